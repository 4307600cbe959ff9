#!/bin/sh
# Each command of tests/guest/commands.txt, run by busybox's shell under the
# four techniques, writes what it writes on the host and ends with the same
# status.  A line "...<<E" is joined with the lines up to "E".
# TEST_EVERY=N runs every Nth command: for builds that are slow (sanitizers).
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

commands=$PWD/tests/guest/commands.txt
ringside=$(cd "$BUILD" && pwd)/ringside
pattern=${1:-.}

make_files()
{
    mkdir "$1"
    cp /usr/share/common-licenses/GPL-3 "$1"
    awk 'BEGIN { for (i = 0; i < 400; i++) print (i * 7919) % 101 }' >"$1/numbers"
    xz -k "$1/GPL-3"
    printf 'GPL-3\nnumbers\n' >"$1/names"
    printf '#!/bin/busybox sh\necho script "$@" $#\n' >"$1/script.sh"
    chmod 755 "$1/script.sh"
    touch -d @1700000000 "$1"/*
}

# The folder itself is an argument, so that all its files travel.
run_one()
{
    printf '%s' "$1" | grep -q -e "$pattern" || return 0
    rm -rf "$scratch/w"
    make_files "$scratch/w"
    cd "$scratch/w" || exit 1
    $limit "$ringside" compare --quiet --timing fast --json "$scratch/json" \
        -- busybox sh -c "$1" . >"$scratch/guest" 2>"$scratch/guest.err"
    compared=$?
    guest=$(awk '/"exit_status":/ { gsub(/[^0-9]/, ""); print; exit }' \
        "$scratch/json")
    env -i PATH=/bin:/usr/bin HOME=/ LANG=C busybox sh -c "$1" . \
        >"$scratch/host" 2>/dev/null </dev/null
    host=$?
    first=$(printf '%s' "$1" | head -n 1)
    if [ $compared -ne 0 ]; then
        not_ok "techniques agree: $first: status $compared: $(head -n 1 "$scratch/guest.err")"
    elif [ "$guest" != $host ]; then
        not_ok "status: $first: guest $guest, host $host"
    elif ! cmp -s "$scratch/guest" "$scratch/host"; then
        not_ok "output: $first"
        diff "$scratch/guest" "$scratch/host" | head -n 4
    else
        printf "%s\n" "ok $first"
    fi
}

command=
number=0
while IFS= read -r line; do
    command="$command${command:+
}$line"
    case $command in
    *'<<E'*) [ "$line" = E ] || continue ;;
    esac
    [ $((number % ${TEST_EVERY:-1})) -ne 0 ] || run_one "$command" </dev/null
    number=$((number + 1))
    command=
done <"$commands"
