# What an installation has of its own: name, accounts, additional mounts. All in $target.

# rewrite FILE: replaces the content by standard input; owner, mode and attributes stay.
rewrite() {
    cat > "$state/rewritten" && cat "$state/rewritten" > "$1"
    status=$?
    rm -f "$state/rewritten"
    [ "$status" = 0 ] || say "error: $1 could not be written"
    return "$status"
}

set_hostname() {
    echo "$1" | rewrite "$target/etc/hostname"
}

# hash_password: crypt(5) hash of the line on standard input.
hash_password() {
    mkpasswd -m sha512 -P 0
}

# set_password NAME HASH: of an account with a line in shadow.
set_password() {
    if [ -z "$2" ] || ! has_account "$1" shadow; then
        say "error: the password of $1 cannot be set"
        return 1
    fi
    NAME=$1 HASH=$2 awk -F : -v OFS=: '
        $1 == ENVIRON["NAME"] { $2 = ENVIRON["HASH"] }
        { print }
    ' "$target/etc/shadow" | rewrite "$target/etc/shadow"
}

# free_id FILE: a number from 1000 on that no line of passwd or group has.
free_id() {
    awk -F : '$3 >= 1000 && $3 < 60000 && $3 >= next_id { next_id = $3 + 1 }
        END { print next_id < 1000 ? 1000 : next_id }' "$target/etc/passwd" "$target/etc/group"
}

has_account() {
    grep -q "^$1:" "$target/etc/$2" 2> /dev/null
}

# add_user NAME HASH: an account with a home; an administrator where there is a group `wheel`. Of one
# that is there already only the password is set.
add_user() {
    if ! has_account "$1" passwd; then
        id=$(free_id)
        shell=/bin/sh
        [ ! -x "$target/usr/bin/bash" ] || shell=/bin/bash
        has_account "$1" group || echo "$1:x:$id:" >> "$target/etc/group"
        gid=$(awk -F : -v name="$1" '$1 == name { print $3 }' "$target/etc/group")
        [ ! -e "$target/etc/gshadow" ] || has_account "$1" gshadow ||
            echo "$1:!::" >> "$target/etc/gshadow"
        echo "$1:x:$id:$gid::/home/$1:$shell" >> "$target/etc/passwd" || return 1
        # Hashes are not for everyone, whoever makes the file.
        [ -e "$target/etc/shadow" ] || (umask 077 && : > "$target/etc/shadow")
        echo "$1:!:$(($(date +%s) / 86400)):0:99999:7:::" >> "$target/etc/shadow"
        make_home "$1" "$id" "$gid" || return 1
        join_group wheel "$1" || return 1
    fi
    set_password "$1" "$2"
}

make_home() {
    mkdir -p "$target/home"
    [ ! -e "$target/home/$1" ] || return 0
    mkdir -m 0700 "$target/home/$1"
    [ ! -d "$target/etc/skel" ] || cp -a "$target/etc/skel/." "$target/home/$1/"
    chown -R "$2:$3" "$target/home/$1"
    chmod 0700 "$target/home/$1"
}

# join_group GROUP USER: where there is such a group.
join_group() {
    for file in group gshadow; do
        [ -e "$target/etc/$file" ] || continue
        awk -F : -v OFS=: -v group="$1" -v user="$2" '
            $1 == group { $4 = $4 == "" ? user : $4 "," user }
            { print }
        ' "$target/etc/$file" | rewrite "$target/etc/$file" || return 1
    done
}

# Where the root was left unencrypted: what the system was made for is that it is not.
name_plain_root() {
    line=$(plan_value plain-root)
    if [ -n "$encrypted" ] || [ -z "$line" ]; then return 0; fi
    LINE=$line awk '$2 == "/" { $0 = ENVIRON["LINE"] } { print }' "$target/etc/fstab" |
        rewrite "$target/etc/fstab"
}

# Lines of fstab for partitions that the plan does not have. Those of a kickstart may have options of their own.
add_mounts() {
    awk -F '\t' '
        NR == FNR { if ($1 == "partition") planned[$6] = 1; next }
        $6 in planned { next }
        { options = $15 == "" || $15 == "-" ? "defaults" : $15 }
        $13 == "swap" { print "UUID=" $10 " none swap " options " 0 0" }
        $13 == "tree" { print "UUID=" $10 " " $12 " " $9 " " options " 0 2" }
    ' "$medium/plan" "$state/partitions" >> "$target/etc/fstab"
}
