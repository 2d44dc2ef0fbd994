# Writes a disk as the plan says. Lines of the plan that are partitions have the fields
#   partition NUMBER START SECTORS TYPE UUID NAME ATTRIBUTES FS FS-UUID LABEL MOUNT CONTENT REST
# with "-" for none. CONTENT is `tree` (made here and filled from the archive), `image` (copied, and stays
# as it is), `whole` (copied, and can be changed then), `swap` or `none`; REST is `rest` for the one that takes
# what the disk has more than the plan. What lies outside of file systems is
#   binary FILE PARTITION OFFSET
# with bytes from the beginning of that partition, or of the disk where it is "-".

# lay_out SECTORS HOME SWAP [ROOT]: the partitions of a disk of so many sectors, with two more of so many MiB
# (0: none) behind them, and a root of so many MiB. `rest` as ROOT leaves it as the plan has it, as HOME it
# takes what is left. Fails, and says how much is missing, where the disk is too small.
lay_out() {
    awk -F '\t' -v OFS='\t' -v total="$1" -v home="$2" -v swap="$3" -v root="${4:-rest}" \
        -v table="$(plan_value table)" \
        -v home_uuid="$(new_uuid)" -v home_fs="$(new_uuid)" \
        -v swap_uuid="$(new_uuid)" -v swap_fs="$(new_uuid)" '
        $1 == "partition" {
            count += 1
            line[count] = $0
            stop = $3 + $4
            if (stop > end) end = stop
            if ($14 == "rest") pivot = $3
            if ($12 == "/") { top = $3; least = $4 }
        }
        function number(value) { return sprintf("%.0f", value) }
        function add(size, type, uuid, name, fs, fs_uuid, mount, content) {
            if (size == 0) return
            count += 1
            print "partition", count, number(free), number(size * 2048), type, uuid, name, "-", fs,
                fs_uuid, name, mount, content, "-"
            free += size * 2048
        }
        function refuse(why) {
            print why > "/dev/stderr"
            exit 1
        }
        END {
            if (root != "rest") {
                grown = root * 2048 - least
                if (grown < 0) refuse("the system needs a root of " number(least / 2048) " MiB")
                if (pivot == top) pivot = ""
            }
            end = int((end + grown + 2047) / 2048) * 2048
            # An MBR counts sectors with 32 bits. The second table of a GPT takes the last 33 sectors.
            if (table == "mbr" && total > 4294967295) total = 4294967295
            usable = int((total - 33) / 2048) * 2048
            more = usable - end - ((home == "rest" ? 32 : home) + swap) * 2048
            if (more < 0) refuse("the disk is " number(-more / 2048) " MiB too small")
            if (home == "rest") {
                home = 32 + more / 2048
                pivot = ""
            }
            if (pivot == "") more = 0
            old = count
            for (i = 1; i <= old; i++) {
                $0 = line[i]
                start = $3 + 0
                if (start > top + 0) $3 = number($3 + grown)
                if (start == top + 0) $4 = number($4 + grown)
                if (pivot != "" && start > pivot + 0) $3 = number($3 + more)
                if (pivot != "" && start == pivot + 0) $4 = number($4 + more)
                print
            }
            free = end + more
            add(home, "933ac7e1-2eb4-4f13-b844-0e14e2aef915", home_uuid, "home", "ext4", home_fs,
                "/home", "tree")
            add(swap, "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f", swap_uuid, "swap", "swap", swap_fs,
                "-", "swap")
        }
    ' "$medium/plan"
}

# planned_root: MiB of the root that the plan has, and whether it takes the rest; nothing where it is
# copied as it is.
planned_root() {
    awk -F '\t' '$1 == "partition" && $12 == "/" && $13 == "tree" {
        printf "%.0f %s\n", $4 / 2048, $14
    }' "$medium/plan"
}

# How the root gets its content.
root_content() {
    awk -F '\t' '$1 == "partition" && $12 == "/" { print $13 }' "$medium/plan"
}

# Whether the root is copied as it is, and nothing in it can be changed.
is_sealed() {
    [ "$(root_content)" = image ]
}

new_uuid() {
    cat /proc/sys/kernel/random/uuid
}

# The partitions of lay_out, on standard input, as sfdisk takes them.
sfdisk_script() {
    awk -F '\t' -v id="$(plan_value disk)" -v table="$(plan_value table)" '
        BEGIN { print "label: " (table == "mbr" ? "dos" : "gpt") "\nlabel-id: " id "\nunit: sectors\n" }
        table == "mbr" {
            count += 1
            line[count] = $2 " : start=" $3 ", size=" $4 ", type=" $5 ($8 == "-" ? "" : ", " $8)
            is_logical[count] = $2 > 4
            if ($2 > 4 && (first == "" || $3 < first)) first = $3
            if ($2 > 4 && $3 + $4 > last) last = $3 + $4
            next
        }
        {
            name = $7 == "-" ? "" : ", name=\"" $7 "\""
            attributes = $8 == "-" ? "" : ", attrs=\"" $8 "\""
            print $2 " : start=" $3 ", size=" $4 ", type=" $5 ", uuid=" $6 name attributes
        }
        END {
            # The partition that holds the others begins with the link to the first of them.
            for (i = 1; i <= count; i++) {
                if (is_logical[i] && !is_logical[i - 1])
                    printf "4 : start=%.0f, size=%.0f, type=5\n", first - 2048, last - first + 2048
                print line[i]
            }
        }
    '
}

# write_table DISK: makes the partitions of $state/partitions, and waits for their devices.
write_table() {
    sfdisk_script < "$state/partitions" > "$state/table"
    cat "$state/table" >> "$log"
    if ! sfdisk --wipe always --wipe-partitions always "/dev/$1" < "$state/table" >> "$log" 2>&1; then
        say "error: the partition table could not be written. The log said last:"
        tail -n 5 "$log"
        return 1
    fi
    last=$(tail -n 1 "$state/partitions" | cut -f 2)
    tries=50
    until device=$(partition_device "$1" "$last") && [ -b "$device" ]; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || { say "error: /dev/$1 does not show its partitions"; return 1; }
        sleep 0.2
    done
    if [ -e "$medium/mbr.img" ]; then
        quietly dd if="$medium/mbr.img" of="/dev/$1" bs=440 count=1 conv=notrunc || return 1
    fi
    write_binaries "/dev/$1"
}

# write_binaries DEVICE: what lies outside of file systems.
write_binaries() {
    awk -F '\t' '
        NR == FNR { start[$2] = $3; next }
        $1 == "binary" { printf "%s\t%.0f\n", $2, ($3 == "-" ? 0 : start[$3] * 512) + $4 }
    ' "$state/partitions" "$medium/plan" |
        while IFS=$tab read -r name offset; do
            printf '+ zstd -dc %s > %s, from byte %s on\n' "$name" "$1" "$offset" >> "$log"
            {
                zstd -q -dc "$medium/$name.zst" 2>> "$log" || echo failed > "$state/unread"
            } | dd of="$1" bs=64k seek="$offset" oflag=seek_bytes conv=notrunc 2>> "$log" &&
                [ ! -e "$state/unread" ] && continue
            say "error: $1 could not be written"
            exit 1
        done
}

# write_contents DISK: file systems, swap, and what is copied as it is.
write_contents() {
    while IFS=$tab read -r _ number _ _ _ _ _ _ fs uuid label mount content _; do
        device=$(partition_device "$1" "$number") || return 1
        [ "$label" != - ] || label=
        if is_container "$mount"; then
            make_container "$device" || return 1
            device=$container
        fi
        case $content in
            tree) make_ext "$fs" "$uuid" "$label" "$device" || return 1 ;;
            swap) quietly mkswap -U "$uuid" -L "$label" "$device" || return 1 ;;
            image | whole) copy_image "$(image_of "$number")" "$device" || return 1 ;;
        esac
    done < "$state/partitions"
}

# make_ext FS UUID LABEL DEVICE: without what older programs cannot read, GRUB among them.
make_ext() {
    quietly "mkfs.$1" -q -F -O '^metadata_csum_seed,^orphan_file' -U "$2" -L "$3" "$4"
}

# image_of NUMBER: where the medium has what is in a partition. What starts a system whose root was left
# unencrypted is another than the plan's.
image_of() {
    plain=$medium/plain-$1.img.zst
    if [ -z "$encrypted" ] && [ -e "$plain" ]; then
        echo "$plain"
    else
        echo "$medium/$1.img.zst"
    fi
}

copy_image() {
    printf '+ zstd -dc %s > %s\n' "$1" "$2" >> "$log"
    zstd -q -dc "$1" 2>> "$log" > "$2" && return 0
    say "error: $2 could not be written"
    return 1
}

# mount_target DISK: the new file systems, a folder before what is mounted in it.
mount_target() {
    mkdir -p "$target"
    awk -F '\t' '($13 == "tree" || $13 == "whole") && $12 != "-" { print $12 "\t" $2 }' "$state/partitions" | sort |
        while IFS=$tab read -r path number; do
            device=$(partition_device "$1" "$number") || exit 1
            ! is_container "$path" || device=$container
            mkdir -p "$target$path" && quietly mount "$device" "$target$path" || exit 1
        done
}

unmount_target() {
    awk -v top="$target" 'index($2, top) == 1 { print $2 }' /proc/mounts | sort -r |
        while read -r path; do quietly umount "$path" || exit 1; done && close_container
}

# system_mounts: names in the archive of what is mounted in the root and filled from it, one a line.
system_mounts() {
    zstd -q -dc "$medium/system.tar.zst" | tar -t 2>> "$log" | awk -F '\t' '
        NR == FNR { if ($13 == "tree" && $12 != "-") wanted[substr($12, 2)] = 1; next }
        { sub(/\/$/, "") }
        $0 in wanted
    ' "$state/partitions" -
}

# Unpacks the system; what partitions have that were copied, and what the plan wants nowhere, is left out.
copy_system() {
    {
        awk -F '\t' '($13 == "image" || $13 == "whole") && length($12) > 1 { print substr($12, 2) "/*" }' \
            "$state/partitions"
        awk -F '\t' '$1 == "leave-out" { print $2 }' "$medium/plan"
    } > "$state/left-out"
    set --
    if [ "$(root_content)" != tree ]; then
        [ -e "$medium/system.tar.zst" ] || return 0
        system_mounts > "$state/mounts"
        while IFS= read -r path; do set -- "$@" "$path"; done < "$state/mounts"
        [ $# -gt 0 ] || return 0
    fi
    {
        zstd -q -dc "$medium/system.tar.zst" || echo failed > "$state/unpacked"
    } 2>> "$log" |
        tar -x -p --numeric-owner --xattrs '--xattrs-include=*' --anchored -X "$state/left-out" \
            -C "$target" "$@" >> "$log" 2>&1 && [ ! -e "$state/unpacked" ] && return 0
    say "error: the system could not be unpacked. The log said last:"
    tail -n 5 "$log"
    return 1
}

# plan_partitions DISK HOME SWAP ROOT
plan_partitions() {
    sectors=$(disk_sectors "$1")
    shift
    if [ "$(plan_value target)" = kickstart ]; then
        lay_out_include "$sectors"
    else
        lay_out "$sectors" "$@"
    fi
}

# install_to DISK HOME SWAP ROOT: everything up to the unpacked system; it stays mounted at $target.
install_to() {
    if ! plan_partitions "$@" > "$state/partitions" 2> "$state/missing"; then
        say "error: /dev/$1: $(cat "$state/missing")"
        return 1
    fi
    describe_contents "$1" | while IFS= read -r line; do say "Erasing $line"; done
    say "Writing the partition table of /dev/$1 ..."
    write_table "$1" || return 1
    say "Making file systems ..."
    write_contents "$1" || return 1
    mount_target "$1" || return 1
    say "Copying the system ..."
    copy_system
}

# Ends an installation: the log goes along, everything is on the disk.
finish_target() {
    mkdir -p "$target/var/log"
    (umask 077 && cp "$log" "$target/var/log/distrokit-installer.log")
    say "Writing everything to the disk ..."
    sync
    unmount_target
}
