# What disks there are, and whether one may be written to. Disks are named as in /sys/block.

# The disk that the installer was started from.
medium_disk() {
    name=$(awk '$2 == "/run/live/medium" { print $1; exit }' /proc/mounts)
    disk_of "${name##*/}"
}

# disk_of NAME: the disk of a partition; a disk is its own.
disk_of() {
    if [ -e "/sys/class/block/$1/partition" ]; then
        basename "$(readlink -f "/sys/class/block/$1/..")"
    else
        echo "$1"
    fi
}

# All that could be installed to, one a line.
list_disks() {
    own=$(medium_disk)
    for folder in /sys/block/*; do
        name=${folder##*/}
        case $name in loop* | ram* | zram* | fd* | sr* | dm-* | md* | nbd*) continue ;; esac
        [ "$(cat "$folder/size")" -gt 0 ] || continue
        [ "$(cat "$folder/ro")" = 0 ] || continue
        [ "$name" != "$own" ] || continue
        # The plan counts sectors of 512 bytes.
        [ "$(cat "$folder/queue/logical_block_size" 2> /dev/null || echo 512)" = 512 ] || continue
        echo "$name"
    done
}

# Sectors of 512 bytes.
disk_sectors() {
    cat "/sys/class/block/$1/size"
}

# describe_disk NAME: for people.
describe_disk() {
    model=$(cat "/sys/block/$1/device/model" 2> /dev/null)
    echo "/dev/$1, $(($(disk_sectors "$1") / 2048)) MiB${model:+, $model}"
}

# describe_contents NAME: what is known to be on a disk, one line each.
describe_contents() {
    for folder in "/sys/class/block/$1" "/sys/class/block/$1/$1"*; do
        [ -e "$folder/size" ] || continue
        name=${folder##*/}
        kind=$(blkid -c /dev/null -s TYPE -o value "/dev/$name" 2> /dev/null)
        label=$(blkid -c /dev/null -s LABEL -o value "/dev/$name" 2> /dev/null)
        [ "$name" != "$1" ] || [ -n "$kind" ] || continue
        echo "/dev/$name, $(($(disk_sectors "$name") / 2048)) MiB, ${kind:-nothing known}${label:+, $label}"
    done
}

# choose_disk WANTED: the name of the disk that `only`, `largest` or a path means.
choose_disk() {
    all=$(list_disks)
    case $1 in
        only)
            # shellcheck disable=SC2086 # one word for each disk
            set -- $all
            [ $# = 1 ] && echo "$1" && return 0
            say "error: the only disk is wanted, and there are $#: $(echo "$all" | tr '\n' ' ')" >&2
            ;;
        largest)
            largest=$(for name in $all; do
                echo "$(disk_sectors "$name") $name"
            done | sort -rn | head -n 1 | cut -d ' ' -f 2)
            [ -n "$largest" ] && echo "$largest" && return 0
            say "error: no disk was found" >&2
            ;;
        *)
            wanted=$(readlink -f "$1")
            for name in $all; do
                [ "/dev/$name" != "$wanted" ] || { echo "$name"; return 0; }
            done
            say "error: there is no disk $1 that could be written to; found:" \
                "$(echo "${all:-none}" | tr '\n' ' ')" >&2
            ;;
    esac
    return 1
}

# Disks that have this very installation, one a line: its root partition tells.
installed_disks() {
    uuid=$(plan_value root)
    for device in $(blkid -c /dev/null -t "PARTUUID=$uuid" -o device 2> /dev/null); do
        disk_of "${device##*/}"
    done
}

# check_twice DISK [again]: the kernel finds its root by the partition's UUID: two disks in one machine
# must not have the same.
check_twice() {
    for found in $(installed_disks); do
        if [ "$found" != "$1" ]; then
            say "error: /dev/$found has this installation already: take that disk out, or install to it."
            return 1
        fi
        [ "$2" != again ] || continue
        say "error: /dev/$1 has this installation already. The menu's second entry installs again."
        return 1
    done
}

# partition_device DISK NUMBER
partition_device() {
    for file in "/sys/class/block/$1"/*/partition; do
        [ -e "$file" ] && [ "$(cat "$file")" = "$2" ] || continue
        folder=${file%/partition}
        echo "/dev/${folder##*/}"
        return 0
    done
    return 1
}
