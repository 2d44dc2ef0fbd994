#!/bin/bash
# Packs one source RPM inside a worker root. /build/in holds its files (read-only), /build/out takes it.
# Usage: pack.sh NAME.spec [rpmbuild options ...]
set -euo pipefail
spec=$1
shift

mkdir -p /build/top/SOURCES /build/top/SPECS
cp -L /build/in/sources/* /build/top/SOURCES/ 2>/dev/null || [ -z "$(ls -A /build/in/sources 2>/dev/null)" ]
cp -L "/build/in/$spec" /build/top/SPECS/

# rpm records mode and time of each file; neither the checkout nor the download may decide them.
find /build/top -type f -exec chmod 0644 {} + -exec touch -d @1 {} +

# Times come from the newest changelog entry (chroot/rpm/macros.distrokit). A spec without one would take
# the clock's. SOURCE_DATE_EPOCH would win over a changelog: it is set for no other spec.
if [ -z "$(rpmspec -q --srpm --qf '[%{CHANGELOGTIME}]' "$@" "/build/top/SPECS/$spec" 2>/dev/null)" ]; then
  export SOURCE_DATE_EPOCH=1767225600
fi

# A source package is the same whether its %check will be run or not.
exec rpmbuild -bs --nodeps --define 'with_check 0' \
  --define '_topdir /build/top' --define '_srcrpmdir /build/out' "$@" \
  "/build/top/SPECS/$spec"
