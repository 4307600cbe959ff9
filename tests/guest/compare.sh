#!/bin/sh
# Runs each line of commands.txt with busybox sh, on the host and under the
# minikernel in QEMU, and compares stdout and exit status.
#
#   compare.sh [PATTERN]    only lines that match; exit 1 if any differs
#
# A line "...<<E" is joined with the lines up to "E".
set -eu
here=$(cd "$(dirname "$0")" && pwd)
export KERNEL="${KERNEL:-$here/../../build/guest/minikernel}"
pattern=${1:-.}
top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT

make_files() {
    mkdir -p "$1"
    cp /usr/share/common-licenses/GPL-3 "$1"
    awk 'BEGIN { for (i = 0; i < 400; i++) print (i * 7919) % 101 }' >"$1/numbers"
    xz -k "$1/GPL-3"
    printf 'GPL-3\nnumbers\n' >"$1/names"
    printf '#!/bin/busybox sh\necho script "$@" $#\n' >"$1/script.sh"
    chmod 755 "$1/script.sh"
    touch -d @1700000000 "$1"/*
}

bad=0 good=0
run_one() {
    printf '%s' "$1" | grep -q -e "$pattern" || return 0
    rm -rf "$top/w"
    make_files "$top/w"
    cd "$top/w"
    "$here/bundle.sh" "$top/initrd" -f . -- busybox sh -c "$1" </dev/null
    guest=0
    INITRD="$top/initrd" LOG="$top/log" "$here/qemu-run.sh" \
        >"$top/guest" 2>"$top/guest.err" || guest=$?
    host=0
    env -i PATH=/bin:/usr/bin HOME=/ LANG=C busybox sh -c "$1" \
        >"$top/host" 2>"$top/host.err" </dev/null || host=$?
    if [ $guest -eq $host ] && cmp -s "$top/guest" "$top/host" &&
        ! grep -q -e panic -e unknown "$top/log"; then
        good=$((good + 1))
        return 0
    fi
    bad=$((bad + 1))
    echo "DIFFERS: $1"
    echo "  status: guest $guest, host $host"
    diff "$top/guest" "$top/host" | head -5 | sed 's/^/  /' || :
    head -3 "$top/guest.err" | sed 's/^/  guest stderr: /'
    grep -v ' MiB of memory' "$top/log" | head -5 | sed 's/^/  log: /' || :
}

command=
while IFS= read -r line; do
    command="$command${command:+
}$line"
    case $command in
    *'<<E'*) [ "$line" = E ] || continue ;;
    esac
    run_one "$command"
    command=
done <"$here/commands.txt"
echo "$good the same, $bad different"
[ $bad -eq 0 ]
