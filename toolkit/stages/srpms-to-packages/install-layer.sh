#!/bin/bash
# Installs the packages of /build/packages into a worker root, in one transaction.
#
# Where a package of ours takes the place of a library's development files from Debian (by the same path, or
# by the same one in Debian's multiarch folder, where the compiler looks first), the whole -dev package of
# Debian leaves this root: a build that includes or links that library gets ours or nothing. Those of the C
# library and of the compiler stay. Any other file that is not an RPM's is never overwritten, unless by the
# same bytes: that would break the tools under the build, or change what later builds see.
set -euo pipefail
export LC_ALL=C
cd /build/packages
kept='libc6-dev|linux-libc-dev|libgcc-[0-9]+-dev|libstdc\+\+-[0-9]+-dev'
work=$(mktemp -d)

# What the packages bring that is no folder: path, package, SHA-256 ("-" for links), ascending.
rpm -qp --nosignature --qf '[%{FILEMODES:perms}\t%{FILENAMES}\t%{=NAME}\t%{FILEDIGESTS}\n]' ./*.rpm |
  awk -F '\t' -v OFS='\t' '$1 !~ /^d/ { print $2, $3, $4 == "" ? "-" : $4 }' | sort >"$work/brought"

# Files of Debian's -dev packages: path, path without the multiarch folder, package.
for list in /var/lib/dpkg/info/*-dev*.list; do
  [ -e "$list" ] || continue
  name=$(basename "$list" .list)
  grep -Exq -- "($kept)" <<<"${name%%:*}" && continue
  [[ ${name%%:*} == *-dev ]] || continue
  awk -v OFS='\t' -v name="$name" '{ plain = $0; sub("/[a-z0-9_]+-linux-gnu(/|$)", "/", plain); print $0, plain, name }' "$list"
done >"$work/replaceable"
awk -F '\t' 'NR == FNR { brought[$1]; next } ($1 in brought || $2 in brought) { print $3 }' \
  "$work/brought" "$work/replaceable" | sort -u |
  while IFS= read -r name; do
    while IFS= read -r path; do
      if [ -L "$path" ] || [ -f "$path" ]; then echo "$path"; fi
    done <"/var/lib/dpkg/info/$name.list"
  done >"$work/leaving"
xargs -r -d '\n' rm -f -- <"$work/leaving"

# Whether an RPM of ours put this file there. For a path that is in no package rpm also answers with who
# provides it by name: seed-root, which has no files.
is_ours() {
  local owners
  owners=$(rpm -qf --qf '%{NAME}\n' "$1" 2>/dev/null) && [ -n "$(grep -vx seed-root <<<"$owners")" ]
}
is_same() {
  [ -f "$1" ] && [ ! -L "$1" ] && [ "$(sha256sum <"$1")" = "$2  -" ]
}
overwritten=$(
  while IFS=$'\t' read -r path name digest; do
    if [ -e "$path" ] || [ -L "$path" ]; then
      is_ours "$path" || is_same "$path" "$digest" || echo "$name: $path"
    fi
  done <"$work/brought"
)
rm -r "$work"
if [ -n "$overwritten" ]; then
  echo "these packages would overwrite files of the worker root:" >&2
  echo "$overwritten" >&2
  exit 1
fi

rpm -i --nosignature --excludedocs ./*.rpm
