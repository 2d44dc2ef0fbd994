#!/bin/bash
# Builds the packages of one source RPM. Usage: build.sh SRPM [rpmbuild options ...]
# One pipe for all that is said, so that errors stand in the log where they happened.
set -euo pipefail
exec 2>&1
srpm=$1
shift

# Times come from the newest changelog entry (chroot/rpm/macros.distrokit). A spec without one would take
# the clock's. SOURCE_DATE_EPOCH would win over a changelog: it is set for no other package.
if [ -z "$(rpm -qp --nosignature --qf '[%{CHANGELOGTIME}]' "$srpm")" ]; then
  export SOURCE_DATE_EPOCH=1767225600
fi
exec rpmbuild --rebuild "$@" "$srpm"
