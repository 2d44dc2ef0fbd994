# Run in a container before it becomes an image: what is only there because a command ran goes. The
# arguments are the targets of its binds.
set -eu
for target; do umount -n -- "$target"; done
for target; do
  if [ -d "$target" ]; then rmdir -- "$target" || :; elif ! [ -s "$target" ]; then rm -f -- "$target"; fi
done
if [ -d /tmp ]; then find /tmp -mindepth 1 -delete; fi
# rpm folds its log into the database when it ends; a log with something in it means that it did not end.
for database in /usr/lib/sysimage/rpm /var/lib/rpm; do
  if [ -s "$database/rpmdb.sqlite-wal" ]; then
    echo "$database/rpmdb.sqlite-wal is still there: the rpm database is in use" >&2
    exit 1
  fi
  rm -f "$database/rpmdb.sqlite-wal" "$database/rpmdb.sqlite-shm"
done
