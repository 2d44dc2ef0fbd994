# Sets up a sandbox, verb by verb, from the words it is given; evaluated by `sh -c ... sandbox VERB ...`.
# The words are made by script.ts; the last verb is `exec` or `run`.
set -eu
umask 022
while :; do
  verb=$1
  shift
  case $verb in
    # Waits for our creator; end of file means that it is dead.
    go)
      echo ready >&3
      read -r go <&3 || exit 125
      ;;
    # pdeathsig only tells of a parent that dies after it was set.
    parent)
      [ "$PPID" = "$1" ] || exit 125
      shift
      ;;
    cd)
      cd -- "$1"
      shift
      ;;
    dir)
      mkdir -p -- "$1"
      shift
      ;;
    file)
      if ! [ -e "$1" ]; then
        mkdir -p -- "${1%/*}"
        : >"$1"
      fi
      shift
      ;;
    link)
      ln -sfn -- "$1" "$2"
      shift 2
      ;;
    mount)
      mount -n -t "$1" -o "$2" -- "$1" "$3"
      shift 3
      ;;
    bind)
      mount -n --rbind -- "$1" "$2"
      shift 2
      ;;
    # What a sandbox binds keeps the flags that the host locked (nosuid, nodev ...).
    readonly)
      mount -n -o "remount,bind,ro$1" -- "$2"
      shift 2
      ;;
    pivot)
      cd -- "$1"
      pivot_root . .
      umount -n -l .
      cd /
      shift
      ;;
    hostname)
      hostname "$1"
      shift
      ;;
    loopback)
      if command -v ip >/dev/null; then ip link set lo up; fi
      ;;
    exec)
      exec "$@"
      ;;
    # Process 1 stays a shell, so that orphans have someone to reap them.
    run)
      cd -- "$1"
      shift
      exec 3<&-
      status=0
      env -i "$@" || status=$?
      exit $status
      ;;
    *)
      echo "sandbox: unknown verb $verb" >&2
      exit 125
      ;;
  esac
done
