#!/bin/bash
# Installs the packages of /build/packages into a worker root, in one transaction.
# A package that would overwrite a file that is not an RPM's (the Debian base under it) is refused: it
# would break the compiler under the build, or change what later builds see.
set -euo pipefail
cd /build/packages

# Whether an RPM of ours put this file there. For a path that is in no package rpm also answers with who
# provides it by name: seed-root, which has no files.
is_ours() {
  local owners
  owners=$(rpm -qf --qf '%{NAME}\n' "$1" 2>/dev/null) && [ -n "$(grep -vx seed-root <<<"$owners")" ]
}

overwritten=$(
  rpm -qp --nosignature --qf '[%{FILEMODES:perms}\t%{=NAME}\t%{FILENAMES}\n]' ./*.rpm |
    while IFS=$'\t' read -r mode name path; do
      [ "${mode:0:1}" = d ] && continue
      if [ -e "$path" ] || [ -L "$path" ]; then
        is_ours "$path" || echo "$name: $path"
      fi
    done
)
if [ -n "$overwritten" ]; then
  echo "these packages would overwrite files of the worker root:" >&2
  echo "$overwritten" >&2
  exit 1
fi

rpm -i --nosignature --excludedocs ./*.rpm
