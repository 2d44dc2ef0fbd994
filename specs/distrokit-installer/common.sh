# Shared by the programs of the installer: the medium's plan, the log, how things are said.
media=${INSTALLER_MEDIUM:-/run/live/medium/installer}
# The folder of the system that is installed: that of the medium, or one in it.
medium=$media
state=${INSTALLER_STATE:-/run/installer}
target=$state/target
log=$state/log
tab=$(printf '\t')

say() {
    printf '%s\n' "$*"
    printf '%s\n' "$*" >> "$log"
}

# Runs a program whose words go to the log alone; what it said last is shown if it fails.
quietly() {
    printf '+ %s\n' "$*" >> "$log"
    "$@" < /dev/null >> "$log" 2>&1 && return 0
    say "error: '$*' failed. The log said last:"
    tail -n 5 "$log" | sed 's/^/  /' >&2
    return 1
}

# plan_value KEY: the value of a line of the plan.
plan_value() {
    awk -F '\t' -v key="$1" '$1 == key { print $2; exit }' "$medium/plan"
}

# Whether the kernel command line has a word.
is_told() {
    case " $(cat /proc/cmdline) " in *" $1 "*) return 0 ;; esac
    return 1
}
