#!/bin/bash
# Runs a build where everything that must not matter is otherwise. Usage: vary.sh FOLDER CORE COMMAND ...
# FOLDER becomes the new top of the build; CORE is which of our processors it gets. What was varied is
# written to /build/out/varied, one condition a line: a root may lack what one of them takes.
# What is varied, and why not more: docs/verify.md.
set -euo pipefail
exec 2>&1
folder=$1
core=$2
shift 2
varied() { echo "$1" >>/build/out/varied; }

mkdir -p "$folder" /home/builder
varied 'build folder'

# tmpfs lists a folder's newest entries first, disks by a hash. A large build would not fit into memory.
srpm_kib=$(($(cat /build/in/*.src.rpm | wc -c) / 1024))
limit_kib=$(($(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo) / 4))
if ((srpm_kib * 40 < limit_kib)) && mount -t tmpfs -o "size=${limit_kib}k,mode=755" verify "$folder"; then
  varied 'order of directories'
fi

if hostname elsewhere.verify.invalid; then varied 'host name'; fi

# The name that uid 0 has; root stays a name that files can be given to.
if sed -i '1i builder:x:0:0:builder:/home/builder:/bin/bash' /etc/passwd; then varied 'user name and home'; fi
export USER=builder LOGNAME=builder HOME=/home/builder

export TZ=VERIFY-13:45 LC_ALL=C LANGUAGE=de COLUMNS=57 CAPTURED_ENVIRONMENT=verify
export PATH=$PATH:/nowhere/verify
varied 'time zone'
varied 'locale'
varied 'environment'

cores=$(taskset -pc $$ | sed 's/.*: //' | tr ',' '\n' | awk -F- '{ for (i = $1; i <= ($2 == "" ? $1 : $2); i++) print i }')
if taskset -pc "$(sed -n "$((core % $(wc -l <<<"$cores") + 1))p" <<<"$cores")" $$ >/dev/null; then varied 'cores'; fi

umask 077
varied 'umask'

# Read by glibc's loader only: programs of musl and static ones keep the real clock.
before=$(date +%Y%m%d)
if gcc -shared -fPIC -O2 -nostdlib -o /build/shift-clock.so /build/shift-clock.c && chmod 755 /build/shift-clock.so; then
  echo /build/shift-clock.so >/etc/ld.so.preload
  chmod 644 /etc/ld.so.preload
  if [ "$(date +%Y%m%d)" != "$before" ]; then varied 'clock'; fi
fi
exec "$@"
