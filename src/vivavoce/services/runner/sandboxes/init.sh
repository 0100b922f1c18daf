# The first process inside a box: unpack, then take the steps that the host names, one line each.
# fd 3: steps from the host. fd 4: answers to the host. fd 5: a tar archive of the files.
# It runs no foreign code before the last step but compilers, and is replaced by the program in the last step.
limit() {
    ulimit -S -t "$1" && ulimit -H -t "$(($1 + 1))"
    [ "$2" = - ] || ulimit -p "$2" 2>/dev/null || ulimit -u "$2"
    [ "$3" = - ] || ulimit -d "$3"
}
step() {
    limit "$1" "$2" "$3"
    shift 3
    exec "$@" 3<&- 4>&-
}
umask 022
echo ready >&4
tar -x -f - --no-same-owner -m <&5 3<&- 4>&- || exit 125
exec 5<&-
echo unpacked >&4
while read -r kind line <&3; do
    eval "set -- $line"
    case $kind in
    last) step "$@" ;;
    *)
        (step "$@") </dev/null
        echo "ended $?" >&4
        ;;
    esac
done
exit 125
