# An encrypted root: a LUKS container whose key and salts are made here, of $passphrase. $encrypted says
# whether it is wanted.
container=/dev/mapper/root
# Nobody else makes device nodes here.
export DM_DISABLE_UDEV=1

# is_container MOUNT: whether what is mounted there lies in the container.
is_container() {
    [ "$1" = / ] && [ -n "$encrypted" ]
}

# make_container DEVICE: opens it, too. Sectors and cipher are those of encrypted images.
make_container() {
    device=$1
    type=$(plan_value container-type)
    set -- --sector-size 4096 --pbkdf argon2id
    # The first version has sectors of 512 bytes and one way to slow guesses down.
    [ "$type" != luks1 ] || set -- --hash sha256
    with_passphrase luksFormat --batch-mode --type "$type" --uuid "$(plan_value container)" \
        --cipher aes-xts-plain64 --key-size 512 "$@" "$device" &&
        with_passphrase open --type "$type" "$device" "${container##*/}"
}

# with_passphrase ARGUMENTS: runs cryptsetup, which reads the passphrase. It is never an argument: printf is a
# part of the shell.
with_passphrase() {
    printf '+ cryptsetup %s\n' "$*" >> "$log"
    printf %s "$passphrase" | cryptsetup --key-file=- "$@" >> "$log" 2>&1 && return 0
    say "error: the root could not be encrypted. The log said last:"
    tail -n 5 "$log" | sed 's/^/  /' >&2
    return 1
}

close_container() {
    [ ! -e "$container" ] || quietly cryptsetup close "${container##*/}"
}
