# Process 1 of a container: stays until nobody has the pipe $1 open for writing, then everything in the
# container ends. First opened both ways, which never waits, so that a writer who is gone already is noticed.
exec 3<>"$1" 4<"$1" 3>&-
while read -r _ <&4; do :; done
