#!/bin/bash
# Installs what modules are built with outside the kernel's tree. Run in the tree of a built kernel.
# Usage: install-devel.sh FOLDER
set -euo pipefail
folder=$1

mkdir -p "$folder/arch/x86" "$folder/tools/objtool"
cp -p Makefile Kbuild Kconfig .config Module.symvers System.map "$folder"
cp -p arch/x86/Makefile* "$folder/arch/x86"
cp -rp arch/x86/include "$folder/arch/x86"
cp -rp include scripts "$folder"
cp -p tools/objtool/objtool "$folder/tools/objtool"

# What only the build or the care of the kernel itself needs. Dependency files (.*.cmd) tell where it was built,
# and a module's build asks neither for them nor for objects.
cd "$folder"
rm -r include/dt-bindings scripts/{atomic,coccinelle,dtc,dummy-tools,gcc-plugins,gdb,kconfig,ksymoops,package,selinux,tracing}
find . \( -name '*.o' -o -name '.*.cmd' -o -name auto.conf.cmd -o -name .gitignore \) -delete
find scripts -type f -exec awk 'FNR == 1 && /^#!.*(perl|python)/ { print FILENAME }' {} + | xargs rm
find . -type d -empty -delete
chmod -R u+w,go+rX,go-w .
