/** Where the root is mounted before it becomes the root. */
export const SYSROOT = 'sysroot';

/** List of the modules that are loaded first: absolute paths, one a line. */
export const MODULES = 'modules';

/** What is mounted below the root before it becomes the root: source, path, type and options, one a line. */
export const MOUNTS = 'mounts';

/**
 * The first program of a machine whose kernel cannot mount its root by itself: it loads modules, opens a LUKS container
 * or a dm-verity device, and mounts what the command line names. It asks and complains on every console of the kernel, as
 * nobody knows at which of them someone sits; the first right passphrase counts. `shell` is what runs it: the words after
 * `#!`, of a shell that has `printf` built in.
 */
export function initProgram(shell: string): string {
  return `#!${shell}
# Started by the kernel, in an initramfs. Command line:
#   root=                    UUID=, LABEL=, PARTUUID=, PARTLABEL=, or the path of a device
#   rd.luks.name=UUID=NAME   a container that is opened first, and what it is called when it is open; may come again
#   rd.distrokit.swap=       swap with another key at each start, named as in root=
#   roothash=                hash of a dm-verity root that is opened first: root=/dev/mapper/NAME then
#   systemd.verity_root_data=, systemd.verity_root_hash=   its devices, named as in root=
#   systemd.verity_root_options=   options of veritysetup open, with commas between
#   verity.validate          all of it is read first
#   usrhash=, systemd.verity_usr_...=, verity.validate=usr   the same of /usr, which becomes /dev/mapper/usr
#   these also with rd. before them, which a systemd that runs later does not read
#   rd.shell                 a shell on /dev/console where the root cannot be mounted
#   rootfstype=, rootflags=, ro, rw, init=   as the kernel takes them
export PATH=/usr/sbin:/usr/bin:/sbin:/bin

say() {
    for console in $consoles; do echo "distrokit: $1" > "/dev/$console"; done
}

stop() {
    say "$1"
    [ -z "$rescue" ] || ${shell} -i < /dev/console > /dev/console 2>&1
    while :; do sleep 60; done
}

load_modules() {
    while read -r module; do
        said=$(insmod "$module" 2>&1) && continue
        # Not in this machine.
        case $said in *'No such device'*) continue ;; esac
        say "$module is not loaded: $said"
    done < /${MODULES}
}

# Until "$2 ..." succeeds: drives appear by and by.
wait_for() {
    what=$1
    shift
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        [ "$tries" != 10 ] || say "waiting for $what ..."
        [ "$tries" != 300 ] || say "there is no $what yet; there are: $(echo /sys/class/block/*)"
        sleep 0.1 2> /dev/null || sleep 1
    done
}

find_container() {
    for block in /sys/class/block/*; do
        case \${block##*/} in dm-* | fd* | loop* | ram* | zram*) continue ;; esac
        container=/dev/\${block##*/}
        [ "$(cryptsetup luksUUID "$container" 2> /dev/null)" = "$1" ] && return
    done
    return 1
}

find_device() {
    case $1 in
        /dev/*) device=$1 ;;
        *) device=$(BLKID_FILE=/dev/null findfs "$1" 2> /dev/null) ;;
    esac
    [ -b "$device" ]
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
        if open_containers; then : > /opened; fi
    done
}

# All that is not open yet; fails where something stays closed, which another passphrase may open.
open_containers() {
    closed=
    for container in $containers; do
        name=\${container#*=}
        [ ! -b "/dev/mapper/$name" ] || continue
        # Never an argument: printf is a part of the shell. Nobody else makes device nodes yet.
        printf %s "$passphrase" |
            DM_DISABLE_UDEV=1 cryptsetup open --type luks --key-file=- "\${container%%=*}" "$name" && continue
        echo "$name stays closed."
        closed=yes
    done
    [ -z "$closed" ]
}

# Nobody needs what was in it: another key each time, which nobody ever sees.
open_swap() {
    number=0
    for source in $swaps; do
        number=$((number + 1))
        wait_for "disk with $source" find_device "$source"
        said=$(DM_DISABLE_UDEV=1 cryptsetup open --type plain --cipher aes-xts-plain64 --key-size 512 \
            --key-file /dev/urandom "$device" "swap$number" 2>&1 &&
            mkswap "/dev/mapper/swap$number" 2>&1 && swapon "/dev/mapper/swap$number" 2>&1) ||
            say "there is no swap on $source: $said"
    done
}

unlock() {
    askers=
    for console in $consoles; do
        ask < "/dev/$console" > "/dev/$console" 2>&1 &
        askers="$askers $!"
    done
    until [ -e /opened ]; do sleep 1; done
    kill $askers 2> /dev/null
    for console in $consoles; do stty echo < "/dev/$console"; done
}

# What it is, its name, its hash, its devices, options, and whether all of it is read.
open_verity() {
    checked=$1 device_name=$2 hash=$3 data=$4 tree=$5 options=$6 validate=$7
    wait_for "disk with $data" find_device "$data"
    data=$device
    wait_for "disk with $tree" find_device "$tree"
    tree=$device
    set --
    IFS=,
    for option in $options; do
        case $option in
            fec-device=*)
                find_device "\${option#*=}"
                option=fec-device=$device
                ;;
            root-hash-signature=base64:*)
                printf %s "\${option#*:}" | base64 -d > /root-hash.p7s
                option=root-hash-signature=/root-hash.p7s
                ;;
        esac
        set -- "$@" "--$option"
    done
    unset IFS
    said=$(DM_DISABLE_UDEV=1 veritysetup open "$data" "$device_name" "$tree" "$hash" "$@" 2>&1) ||
        stop "the verified $checked cannot be opened: $said"
    [ -n "$validate" ] || return 0
    say "checking the $checked ..."
    said=$(cat "/dev/mapper/$device_name" 2>&1 > /dev/null) || say "the $checked is damaged: $said"
}

mount_early() {
    while read -r source target type flags; do
        device=$source
        [ "$type" = overlay ] || wait_for "disk with $source" find_device "$source"
        said=$(mount -t "$type" -o "$flags" "$device" "/${SYSROOT}$target" 2>&1) ||
            stop "$target cannot be mounted: $said"
    done < /${MOUNTS}
}

mount -t proc -o nosuid,nodev,noexec proc /proc
mount -t sysfs -o nosuid,nodev,noexec sysfs /sys
mount -t devtmpfs -o nosuid,noexec,mode=0755 devtmpfs /dev
mount -t tmpfs -o nosuid,nodev,mode=0755 run /run

read -r consoles < /sys/class/tty/console/active
root= luks= containers= swaps= type=auto mode=ro flags= init=/sbin/init rescue=
root_hash= root_data= root_tree= root_options= root_validate=
usr_hash= usr_data= usr_tree= usr_options= usr_validate=
read -r line < /proc/cmdline
set -f
for word in $line; do
    case $word in
        root=*) root=\${word#*=} ;;
        rd.luks.name=*=*) luks="$luks \${word#*=}" ;;
        rd.distrokit.swap=*) swaps="$swaps \${word#*=}" ;;
        rd.shell) rescue=yes ;;
        rootfstype=*) type=\${word#*=} ;;
        rootflags=*) flags=,\${word#*=} ;;
        ro | rw) mode=$word ;;
        init=*) init=\${word#*=} ;;
    esac
    case \${word#rd.} in
        roothash=*) root_hash=\${word#*=} ;;
        systemd.verity_root_data=*) root_data=\${word#*=} ;;
        systemd.verity_root_hash=*) root_tree=\${word#*=} ;;
        systemd.verity_root_options=*) root_options=\${word#*=} ;;
        verity.validate) root_validate=yes ;;
        usrhash=*) usr_hash=\${word#*=} ;;
        systemd.verity_usr_data=*) usr_data=\${word#*=} ;;
        systemd.verity_usr_hash=*) usr_tree=\${word#*=} ;;
        systemd.verity_usr_options=*) usr_options=\${word#*=} ;;
        verity.validate=usr) usr_validate=yes ;;
    esac
done
set +f

[ ! -e /${MODULES} ] || load_modules
for word in $luks; do
    uuid=\${word%%=*}
    wait_for "disk with the LUKS container $uuid" find_container "$uuid"
    containers="$containers $container=\${word#*=}"
done
[ -z "$containers" ] || unlock
[ -n "$root" ] || stop "the command line of the kernel has no root=."
[ -z "$root_hash" ] ||
    open_verity root "\${root##*/}" "$root_hash" "$root_data" "$root_tree" "$root_options" "$root_validate"
[ -z "$usr_hash" ] ||
    open_verity usr usr "$usr_hash" "$usr_data" "$usr_tree" "$usr_options" "$usr_validate"
wait_for "disk with $root" find_device "$root"
said=$(mount -t "$type" -o "$mode$flags" "$device" /${SYSROOT} 2>&1) ||
    stop "$device cannot be mounted as $type: $said"
[ ! -e /${MOUNTS} ] || mount_early
[ -z "$swaps" ] || open_swap
for place in proc sys dev run; do
    said=$(mount --move "/$place" "/${SYSROOT}/$place" 2>&1) || stop "/$place cannot be moved into the root: $said"
done
exec switch_root /${SYSROOT} "$init" "$@"
`;
}
