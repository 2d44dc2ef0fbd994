import { LUKS_NAME } from '../../../domain/image-encryption.ts';

/** Where the root is mounted before it becomes the root. */
export const SYSROOT = 'sysroot';

/**
 * The first program of a machine whose root is a LUKS container. It asks on every console of the kernel, as nobody
 * knows at which of them someone sits; the first right passphrase counts. `shell` is what runs it: the words after
 * `#!`, of a shell that has `printf` built in.
 */
export function initProgram(shell: string): string {
  return `#!${shell}
# Started by the kernel, in an initramfs. Command line:
#   rd.luks.name=UUID=NAME   the container, and what it is called when it is open
#   rootfstype=, rootflags=, ro, rw, init=   as the kernel takes them
# Nobody else makes device nodes yet.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin DM_DISABLE_UDEV=1

stop() {
    echo "distrokit: $1" >&2
    while :; do sleep 60; done
}

find_device() {
    for block in /sys/class/block/*; do
        case \${block##*/} in dm-* | fd* | loop* | ram* | zram*) continue ;; esac
        device=/dev/\${block##*/}
        [ "$(cryptsetup luksUUID "$device" 2> /dev/null)" = "$uuid" ] && return
    done
    return 1
}

ask() {
    # Before it asks: what is typed at once is not to be seen either.
    stty -echo
    while [ ! -e /opened ]; do
        printf '\\nPassphrase of the disk: '
        # A line that hung up has no end of lines.
        if ! IFS= read -r passphrase; then sleep 5; continue; fi
        echo
        [ ! -e /opened ] || return
        # Never an argument: printf is a part of the shell.
        if printf %s "$passphrase" | cryptsetup open --type luks2 --key-file=- "$device" "$name"; then
            : > /opened
        fi
    done
}

mount -t proc -o nosuid,nodev,noexec proc /proc
mount -t sysfs -o nosuid,nodev,noexec sysfs /sys
mount -t devtmpfs -o nosuid,noexec,mode=0755 devtmpfs /dev
mount -t tmpfs -o nosuid,nodev,mode=0755 run /run

uuid= name=${LUKS_NAME} type=ext4 mode=ro flags= init=/sbin/init
read -r line < /proc/cmdline
set -f
for word in $line; do
    case $word in
        rd.luks.name=*=*) uuid=\${word#*=} name=\${word##*=} uuid=\${uuid%%=*} ;;
        rootfstype=*) type=\${word#*=} ;;
        rootflags=*) flags=,\${word#*=} ;;
        ro | rw) mode=$word ;;
        init=*) init=\${word#*=} ;;
    esac
done
set +f

said=
until find_device; do
    # Drives appear by and by.
    [ -n "$said" ] || echo "distrokit: waiting for the disk $uuid ..."
    said=yes
    sleep 1
done

askers=
read -r consoles < /sys/class/tty/console/active
for console in $consoles; do
    ask < "/dev/$console" > "/dev/$console" 2>&1 &
    askers="$askers $!"
done
until [ -e /opened ]; do sleep 1; done
kill $askers 2> /dev/null
for console in $consoles; do stty echo < "/dev/$console"; done

mount -t "$type" -o "$mode$flags" "/dev/mapper/$name" /${SYSROOT} || stop "the root cannot be mounted."
for place in proc sys dev run; do
    mount --move "/$place" "/${SYSROOT}/$place" || stop "/$place cannot be moved."
done
exec switch_root /${SYSROOT} "$init" "$@"
`;
}
