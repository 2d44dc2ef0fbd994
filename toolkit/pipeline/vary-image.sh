# Runs a program of an image's making where everything that must not matter is otherwise. Arguments: SCRATCH KIB
# COMMAND ...: an empty folder of the root and how large it may get. What was varied goes to VARIED, one a line.
# What is varied, and why not more: docs/verify.md.
set -eu
folder=$1
kib=$2
shift 2
varied() { echo "$1" >>/run/distrokit/varied/conditions; }

mkdir -p "$folder" /home/builder
varied 'folder'
# tmpfs lists a folder's newest entries first, disks by a hash.
if [ "$kib" -gt 0 ] && mount -t tmpfs -o "size=${kib}k,mode=755" verify "$folder" 2>/dev/null; then
  varied 'order of directories'
fi
if hostname elsewhere.verify.invalid 2>/dev/null; then varied 'host name'; fi
if sed -i '1i builder:x:0:0:builder:/home/builder:/bin/sh' /etc/passwd; then varied 'user name and home'; fi
export USER=builder LOGNAME=builder HOME=/home/builder
export TZ=VERIFY-13:45 LC_ALL=C LANGUAGE=de COLUMNS=57 CAPTURED_ENVIRONMENT=verify
export PATH=$PATH:/nowhere/verify
varied 'time zone'
varied 'locale'
varied 'environment'
first=$(taskset -pc $$ | sed 's/.*: //; s/[,-].*//')
if taskset -pc "$first" $$ >/dev/null 2>&1; then varied 'cores'; fi
umask 077
varied 'umask'
before=$(date +%Y%m%d)
echo /run/distrokit/shift-clock.so >/etc/ld.so.preload
chmod 644 /etc/ld.so.preload
if [ "$(date +%Y%m%d)" != "$before" ]; then varied 'clock'; fi
exec "$@"
