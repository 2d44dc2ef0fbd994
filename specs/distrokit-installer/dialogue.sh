# The questions of an attended installation. Each step sets its answers; its exit code says where to go
# on: 0 forward, 2 back.
BACK=2

# ask QUESTION DEFAULT: sets $answer. "<" goes back.
ask() {
    printf '%s%s: ' "$1" "${2:+ [$2]}"
    IFS= read -r answer || exit 1
    answer=${answer%"$(printf '\r')"}
    [ "$answer" != '<' ] || return $BACK
    [ -n "$answer" ] || answer=$2
}

# ask_hidden QUESTION: the same, and what is typed is not seen.
ask_hidden() {
    stty -echo
    ask "$1" ''
    result=$?
    stty echo
    echo
    return $result
}

# ask_twice WHAT: sets $typed to what is typed unseen, and therefore twice; empty where nothing was typed.
ask_twice() {
    while true; do
        ask_hidden "$1" || return $BACK
        typed=$answer
        [ -n "$typed" ] || return 0
        ask_hidden "$1, again" || return $BACK
        [ "$typed" != "$answer" ] || return 0
        echo "The two are not the same."
    done
}

# ask_password WHOSE: sets $hash; empty where nothing was typed.
ask_password() {
    while true; do
        ask_twice "Password of $1" || return $BACK
        hash=
        [ -n "$typed" ] || return 0
        hash=$(printf '%s\n' "$typed" | hash_password)
        [ -z "$hash" ] || return 0
        echo "mkpasswd could not make a hash of it."
    done
}

# is_name TEXT: whether it can name an account.
is_name() {
    printf '%s\n' "$1" | grep -qE '^[a-z_][a-z0-9_-]{0,31}$'
}

# How many systems the medium offers.
offered_systems() {
    if [ -e "$media/systems" ]; then wc -l < "$media/systems"; else echo 1; fi
}

# Sets $medium to the folder of a system. What was answered for another one may not be right for it.
step_system() {
    encrypted=
    home=0 swap=0 root=rest
    count=$(offered_systems)
    echo
    awk -F '\t' '{ printf "  %d) %s\n", NR, $2 }' "$media/systems"
    while true; do
        ask "System to install" 1 || return $BACK
        case $answer in
            0* | *[!0-9]* | ????*) ;;
            *) [ "$answer" -gt "$count" ] || break ;;
        esac
        echo "A number of the list is wanted."
    done
    medium=$media/$(sed -n "${answer}p" "$media/systems" | cut -f 1)
}

step_disk() {
    echo
    all=$(list_disks)
    if [ -z "$all" ]; then
        echo "No disk was found. Attach one and press Enter."
        ask "Enter looks again" '' || true
        return $BACK
    fi
    number=0
    for name in $all; do
        number=$((number + 1))
        echo "  $number) $(describe_disk "$name")"
    done
    while true; do
        ask "Disk to install to; everything on it is lost" 1 || return $BACK
        case $answer in
            *[!0-9]* | ????*) disk= ;;
            *) disk=$(echo "$all" | sed -n "${answer}p" 2> /dev/null) ;;
        esac
        [ -n "$disk" ] || { echo "A number of the list is wanted."; continue; }
        check_twice "$disk" again && can_hold 0 0 rest && return 0
    done
}

# can_hold HOME SWAP ROOT: whether the disk has room for them; says what is missing.
can_hold() {
    lay_out "$(disk_sectors "$disk")" "$@" > /dev/null 2> "$state/missing" && return 0
    echo "/dev/$disk: $(cat "$state/missing")."
    return 1
}

step_partitions() {
    home=0
    swap=0
    root=rest
    echo
    echo "  1) the whole disk, as the medium plans it"
    echo "  2) sizes of swap, root and /home"
    while true; do
        ask "Partitions" 1 || return $BACK
        case $answer in
            1) return 0 ;;
            2) break ;;
        esac
        echo "1 or 2 is wanted."
    done
    while true; do
        ask_size "Size of swap in MiB, 0 for none" 512 || return $BACK
        swap=$answer
        ask_root || return $BACK
        ask_home || return $BACK
        ! can_hold "$home" "$swap" "$root" || return 0
    done
}

# Sets $root: MiB, or `rest` where it stays as it is planned.
ask_root() {
    root=rest
    planned=$(planned_root)
    case $planned in
        '') ;;
        *' rest')
            ask_size "Size of the root in MiB, 'rest' for what is left" rest rest || return $BACK
            root=$answer
            ;;
        *)
            ask_size "Size of the root in MiB" "${planned% *}" || return $BACK
            root=$answer
            ;;
    esac
}

# Sets $home: MiB, 0 where there is none of its own, or `rest`.
ask_home() {
    home=0
    ! grep -q "^partition$tab.*$tab/home$tab" "$medium/plan" || return 0
    case $root,$(planned_root) in
        rest,* | *' -') ask_size "Size of /home in MiB, 0 for none" 0 || return $BACK ;;
        # What the root leaves is anyone's.
        *) ask_size "Size of /home in MiB, 0 for none, 'rest' for what is left" rest rest || return $BACK ;;
    esac
    home=$answer
}

# ask_size QUESTION DEFAULT [WORD]: a number of MiB, or the word.
ask_size() {
    while true; do
        ask "$1" "$2" || return $BACK
        [ "$answer" != "${3:-MiB}" ] || return 0
        case $answer in
            *[!0-9]* | ????????*) echo "A whole number of MiB is wanted." ;;
            *) return 0 ;;
        esac
    done
}

step_encryption() {
    encrypted=
    echo
    echo "The passphrase is asked for at each start. Nobody can read the root without it, nor restore it."
    [ "$(plan_value encryption)" != optional ] || echo "Without one the root is not encrypted."
    while true; do
        ask_twice "Passphrase of the disk" || return $BACK
        passphrase=$typed
        if [ -z "$passphrase" ]; then
            [ "$(plan_value encryption)" != optional ] || return 0
            echo "This system wants one."
        elif [ ${#passphrase} -lt 8 ]; then
            echo "A passphrase has 8 characters at least."
        else
            encrypted=yes
            return 0
        fi
    done
}

step_host() {
    while true; do
        ask "Name of the machine" "$(plan_value hostname)" || return $BACK
        host=$answer
        ! printf '%s\n' "$host" | grep -qE '^[A-Za-z0-9]([A-Za-z0-9.-]{0,61}[A-Za-z0-9])?$' || return 0
        echo "A host name has letters, digits, dots and -."
    done
}

step_root() {
    echo "An empty password leaves the account as the medium has it."
    ask_password root || return $BACK
    root_hash=$hash
}

step_user() {
    user_hash=
    while true; do
        ask "Name of a user; empty for none" '' || return $BACK
        user=$answer
        [ -n "$user" ] || return 0
        if is_name "$user" && [ "$user" != root ]; then break; fi
        echo "A user's name has small letters, digits, _ and -."
    done
    while [ -z "$user_hash" ]; do
        ask_password "$user" || return $BACK
        user_hash=$hash
        [ -n "$user_hash" ] || echo "A user needs a password."
    done
}

step_confirm() {
    echo
    echo "  what        $(plan_value title)"
    echo "  disk        $(describe_disk "$disk")"
    lay_out "$(disk_sectors "$disk")" "$home" "$swap" "$root" | awk -F '\t' -v encrypted="$encrypted" '{
        said = ""
        if (encrypted != "" && ($13 == "tree" || $13 == "whole" || $13 == "swap"))
            said = $12 == "/" ? ", encrypted" : ", not encrypted"
        printf "  %s %s, %.0f MiB%s%s\n", NR == 1 ? "partitions " : "           ",
            $7 == "-" ? $2 : $7, $4 / 2048, $12 == "-" ? "" : ", " $12, said
    }'
    if is_sealed; then
        echo "  The root is the same on every machine: name and accounts are as the medium has them."
    else
        echo "  name        $host"
        echo "  root        ${root_hash:+has the new password}"
        echo "  user        ${user:-none}"
    fi
    for found in $(installed_disks); do echo "/dev/$found has this installation already."; done
    echo "Everything on /dev/$disk will be lost:"
    lost=$(describe_contents "$disk")
    if [ -n "$lost" ]; then echo "$lost" | sed 's/^/  /'; else echo "  nothing known is on it"; fi
    while true; do
        ask "Type 'install' to begin, '<' to go back" '' || return $BACK
        [ "$answer" != install ] || return 0
    done
}

# has_step NAME: whether a question is to be asked.
has_step() {
    case $1 in
        system) [ "$(offered_systems)" -gt 1 ] ;;
        disk | confirm) ;;
        encryption) ! is_sealed && [ "$(plan_value encryption)" != none ] ;;
        # Nothing is added to an MBR, which has room for four partitions.
        partitions) ! is_sealed && [ "$(plan_value table)" != mbr ] ;;
        *) ! is_sealed ;;
    esac
}

# Asks everything; sets medium, disk, home, swap, root, encrypted, passphrase, host, root_hash, user and user_hash.
ask_all() {
    encrypted=
    home=0 swap=0 root=rest
    set -- system disk partitions encryption host root user confirm
    current=1
    onward=1
    while [ "$current" -le $# ]; do
        eval "step=\${$current}"
        if has_step "$step"; then
            onward=1
            "step_$step" || onward=-1
        fi
        current=$((current + onward))
        # Nothing comes before the first question.
        if [ "$current" = 0 ]; then
            current=1
            onward=1
        fi
    done
}
