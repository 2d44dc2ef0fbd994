# Partitions that scripts of the configuration choose on the machine itself: they write $include, in the words of
# kickstart. Source: pykickstart's documentation, `part`.
include=${INSTALLER_INCLUDE:-/tmp/part-include}
# The same as lines that lay_out_include reads.
partitions_wanted=$state/include

# run_script NUMBER NAME SECONDS INTERPRETER ARGUMENTS...: runs a script of the medium. Without an interpreter the
# script says what runs it, else it is one of the shell.
run_script() {
    number=$1
    name=$2
    seconds=$3
    interpreter=$4
    shift 4
    script=$state/pre-install-$number
    cp "$medium/pre-install/$number" "$script" && chmod 0700 "$script" || return 1
    set -- "$script" "$@"
    start=$(head -c 4 "$script" | tr -d '\000')
    case $interpreter,$start in
        ,'#!'* | ,*ELF) ;;
        ,*) set -- /bin/sh "$@" ;;
        *) set -- "$interpreter" "$@" ;;
    esac
    say "Running $name ..."
    printf '+ %s\n' "$*" >> "$log"
    timeout -s KILL "$seconds" "$@" < /dev/null >> "$log" 2>&1 && return 0
    say "error: the script $name failed, or did not end within $seconds seconds. The log said last:"
    tail -n 5 "$log"
    return 1
}

# Runs all scripts, and sets $aim to the disk that they chose.
prepare_kickstart() {
    rm -f "$include"
    . "$medium/pre-install/run.sh" || return 1
    if [ ! -e "$include" ]; then
        say "error: no script of preInstall has written $include. It holds the partitions, as in" \
            "'part / --fstype=ext4 --size=1 --grow --ondisk=sda'."
        return 1
    fi
    sed 's/^/  /' "$include" >> "$log"
    if ! read_include > "$state/read" 2> "$state/missing"; then
        say "error: $(cat "$state/missing")"
        return 1
    fi
    mv "$state/read" "$partitions_wanted"
    aim=$(cut -f 9 "$partitions_wanted" | grep -vx -e - | head -n 1)
    case $aim in
        '') aim=only ;;
        /*) ;;
        *) aim=/dev/$aim ;;
    esac
}

# read_include: the partitions of $include, one a line, with the fields
#   want MOUNT FS SIZE GROW MOST LABEL OPTIONS DISK
# with sizes in MiB and "-" for none; MOUNT is a path, `swap` or `biosboot`. What is not done here fails, with its place.
read_include() {
    awk -v file="$include" -v OFS='\t' '
        function wrong(what) {
            print file ":" NR ": " what > "/dev/stderr"
            failed = 1
            exit 1
        }
        # Words as a shell takes them apart, into the array word.
        function split_words(text,    at, c, quote, now, begun) {
            count = 0
            for (at = 1; at <= length(text); at++) {
                c = substr(text, at, 1)
                if (quote != "") {
                    if (c == quote) quote = ""
                    else now = now c
                } else if (c == "\"" || c == sprintf("%c", 39)) {
                    quote = c
                    begun = 1
                } else if (c ~ /[ \t\r]/) {
                    if (begun) word[++count] = now
                    now = ""
                    begun = 0
                } else if (c == "#" && !begun) {
                    break
                } else {
                    now = now c
                    begun = 1
                }
            }
            if (quote != "") wrong("a quote has no end")
            if (begun) word[++count] = now
        }
        # Options of a command, into the array option; flags and valued name those that are known, with spaces around.
        function read_options(first, flags, valued,    at, name, value, has) {
            split("", option)
            rest = ""
            for (at = first; at <= count; at++) {
                if (word[at] !~ /^--/) {
                    if (rest != "") wrong("\"" word[at] "\" is one word too many: options begin with --")
                    rest = word[at]
                    continue
                }
                name = substr(word[at], 3)
                has = index(name, "=")
                value = has ? substr(name, has + 1) : ""
                if (has) name = substr(name, 1, has - 1)
                if (index(flags, " " name " ")) {
                    if (has) wrong("--" name " has no value")
                    option[name] = 1
                    continue
                }
                if (!index(valued, " " name " "))
                    wrong("--" name " of " word[1] " is not known to this installer: leave it out")
                if (!has) value = word[++at]
                if (at > count || value == "") wrong("--" name " wants a value")
                if (name in option) wrong("--" name " is there twice")
                option[name] = value
            }
        }
        function megabytes(name) {
            if (!(name in option)) return 0
            if (option[name] !~ /^[0-9]+$/ || length(option[name]) > 8 || option[name] + 0 < 1)
                wrong("--" name "=" option[name] ": a whole number of MiB is wanted")
            return option[name] + 0
        }
        function given(name) { return name in option ? option[name] : "" }
        function device(value) {
            sub(/^\/dev\//, "", value)
            if (value !~ /^[A-Za-z0-9._:\/-]+$/) wrong("\"" value "\" is no disk: one is wanted, as sda")
            return value
        }
        function plain(name, pattern) {
            if (!(name in option)) return "-"
            if (option[name] !~ pattern) wrong("--" name "=" option[name] " has what fstab does not take")
            return option[name]
        }
        function part(    mount, fs, disk, size, most) {
            read_options(2, " grow asprimary active ",
                " fstype size maxsize ondisk ondrive label fsoptions ")
            mount = rest
            if (mount == "") wrong("a mount point is wanted: a path, swap or biosboot")
            if (mount != "/") sub(/\/+$/, "", mount)
            if (mount != "swap" && mount != "biosboot" && mount !~ /^\/$|^(\/[A-Za-z0-9_@+.-]+)+$/)
                wrong("\"" mount "\" is no mount point: a path, swap or biosboot is wanted; there is no LVM or RAID")
            if ((mount "/") ~ /\/\.\.?\//) wrong("\"" mount "\" has . or .. in it")
            if (mount ~ /^\/(usr|usr\/(bin|sbin|lib|lib64)|etc|bin|sbin|lib|lib64|dev|proc|sys|run)$/)
                wrong(mount " is wanted before anything is mounted: it is part of /")
            if (mount != "swap" && mount in seen) wrong(mount " is there twice")
            seen[mount] = 1
            fs = given("fstype")
            if (fs == "") fs = mount == "swap" || mount == "biosboot" ? mount : mount == "/boot/efi" ? "efi" : "ext4"
            if (fs == "linux-swap") fs = "swap"
            if (fs ~ /^(vfat|fat16|fat32)$/ && mount == "/boot/efi") fs = "efi"
            if (mount == "swap" || mount == "biosboot") {
                if (fs != mount) wrong(mount " is a file system of its own: say --fstype=" mount)
            } else if (mount == "/boot/efi") {
                if (fs != "efi") wrong("UEFI reads FAT only: say --fstype=efi")
            } else if (mount == "/") {
                if (fs != "ext4") wrong("the root is ext4 here, and not " fs ": say --fstype=ext4")
            } else if (fs !~ /^ext[234]$/) {
                wrong("nothing on the medium makes " fs ": say --fstype=ext4")
            }
            size = megabytes("size")
            most = megabytes("maxsize")
            if (!size && !given("grow")) wrong("--size is missing: MiB, or --grow")
            if (!size) size = 1
            if (most && !given("grow")) wrong("--maxsize is of what has --grow")
            if (most && most < size) wrong("--maxsize is less than --size")
            if ("ondisk" in option && "ondrive" in option) wrong("--ondisk and --ondrive are the same: say one")
            disk = given("ondisk") given("ondrive")
            disk = disk == "" ? "-" : device(disk)
            if (parts++ && disk != chosen)
                wrong("one disk is installed to, and here it is " (disk == "-" ? "none" : disk) " after " \
                    (chosen == "-" ? "none" : chosen) ": say the same --ondisk everywhere")
            chosen = disk
            if (length(given("label")) > (mount == "swap" ? 15 : 16)) wrong("--label=" option["label"] " is too long")
            print "want", mount, fs, size, given("grow") ? "grow" : "-", most ? most : "-",
                plain("label", "^[A-Za-z0-9_][A-Za-z0-9_.-]*$"), plain("fsoptions", "^[A-Za-z0-9_.,=:@/+-]+$"), disk
        }
        {
            split_words($0)
            if (!count) next
            if (word[1] == "part" || word[1] == "partition") {
                part()
            } else if (word[1] == "clearpart") {
                read_options(2, " all initlabel none linux ", " drives list disklabel ")
                if ("none" in option || "linux" in option || "list" in option)
                    wrong("this installer keeps nothing of a disk: say clearpart --all")
                if ("disklabel" in option && option["disklabel"] != "gpt")
                    wrong("the partition table is a GPT here, and not " option["disklabel"])
            } else if (word[1] != "zerombr" && word[1] != "reqpart") {
                wrong("\"" word[1] "\" is not known to this installer: part, clearpart, zerombr and reqpart are")
            }
        }
        END {
            if (failed) exit 1
            if (!("/" in seen)) {
                print file ": nothing is mounted at /: add \"part / --fstype=ext4 --size=1 --grow\"" > "/dev/stderr"
                exit 1
            }
        }
    ' "$include"
}

# lay_out_include SECTORS: as lay_out, the partitions that the scripts want, before them what starts the system, also
# where they have not named it. Root, and what is copied, keep the identity that the plan gives them: boot programs and fstab
# know them by it. A last field has options of fstab.
lay_out_include() {
    awk -F '\t' -v OFS='\t' -v total="$1" '
        function number(value) { return sprintf("%.0f", value) }
        function refuse(why) {
            print why > "/dev/stderr"
            failed = 1
            exit 1
        }
        function uuid(    text) {
            getline text < "/proc/sys/kernel/random/uuid"
            close("/proc/sys/kernel/random/uuid")
            return text
        }
        $1 == "partition" {
            role = $12 == "/" ? "/" : $9 == "-" ? "biosboot" : $12
            planned[role] = $0
            least[role] = $4 / 2048
            if (role != "/") order[++roles] = role
        }
        $1 == "want" {
            wanted[$2] = 1
            size[++count] = $4
            mount[count] = $2
            fs[count] = $3
            grows[count] = $5 == "grow"
            most[count] = $6 == "-" ? total / 2048 : $6
            label[count] = $7
            options[count] = $8
        }
        function take(to, from) {
            size[to] = size[from]; mount[to] = mount[from]; fs[to] = fs[from]; grows[to] = grows[from]
            most[to] = most[from]; label[to] = label[from]; options[to] = options[from]
        }
        # What starts the system has the number that GRUB looks for, and lies where the boot code looks for GRUB.
        function put_first(role,    i, at) {
            for (at = 1; at <= count; at++) if (mount[at] == role) break
            if (at > count) {
                count += 1
                size[at] = least[role]; mount[at] = role; grows[at] = 0
                label[at] = options[at] = "-"
            }
            take(0, at)
            for (i = at; i >= 1; i--) take(i, i - 1)
        }
        END {
            if (failed) exit 1
            for (i = roles; i >= 1; i--) put_first(order[i])
            room = int((total - 33) / 2048) - 1
            for (i = 1; i <= count; i++) {
                if (mount[i] == "/boot/efi" && !(mount[i] in planned))
                    refuse("the medium has nothing for /boot/efi: leave that partition out")
                if (mount[i] != "/" && mount[i] in planned && size[i] < least[mount[i]])
                    refuse(mount[i] " needs " number(least[mount[i]]) " MiB, and has --size=" size[i])
                room -= size[i]
                if (grows[i]) growing += 1
            }
            if (room < 0) refuse("the disk is " number(-room) " MiB too small")
            while (room > 0 && growing > 0) {
                share = int(room / growing)
                if (share < 1) share = 1
                growing = 0
                for (i = 1; i <= count; i++) {
                    if (!grows[i]) continue
                    more = most[i] - size[i] < share ? most[i] - size[i] : share
                    if (more > room) more = room
                    size[i] += more
                    room -= more
                    if (size[i] >= most[i]) grows[i] = 0
                    else growing += 1
                }
            }
            free = 2048
            for (i = 1; i <= count; i++) {
                sectors = size[i] * 2048
                if (mount[i] in planned) {
                    $0 = planned[mount[i]]
                    if (mount[i] == "/" && size[i] < least["/"])
                        refuse("the system needs a root of " number(least["/"]) " MiB, and / has " number(size[i]))
                    $2 = i; $3 = number(free); $4 = number(sectors); $8 = $14 = "-"
                    if (label[i] != "-" && mount[i] == "/") $11 = label[i]
                    print $0, options[i]
                } else if (mount[i] == "biosboot") {
                    print "partition", i, number(free), number(sectors), "21686148-6449-6e6f-744e-656564454649", uuid(),
                        "bios", "-", "-", "-", "-", "-", "none", "-", "-"
                } else {
                    swap = mount[i] == "swap"
                    type = swap ? "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f" : mount[i] == "/home" ? \
                        "933ac7e1-2eb4-4f13-b844-0e14e2aef915" : "0fc63daf-8483-4772-8e79-3d69d8477de4"
                    name = swap ? mount[i] : substr(mount[i], 2)
                    gsub("/", "-", name)
                    print "partition", i, number(free), number(sectors), type, uuid(), substr(name, 1, 36), "-", fs[i],
                        uuid(), label[i], swap ? "-" : mount[i], swap ? "swap" : "tree", "-", options[i]
                }
                free += sectors
            }
        }
    ' "$medium/plan" "$partitions_wanted"
}

# Options of the root that the scripts gave, in its line of fstab.
set_root_options() {
    options=$(awk -F '\t' '$12 == "/" && $15 != "" && $15 != "-" { print $15 }' "$state/partitions")
    [ -n "$options" ] || return 0
    OPTIONS=$options awk '$2 == "/" { $4 = ENVIRON["OPTIONS"] } { print }' "$target/etc/fstab" |
        rewrite "$target/etc/fstab"
}
