#!/bin/sh
# Static programs, of tests/guest/programs and of other people, write the same
# and end alike on the host and under the four techniques.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

sources=$PWD/tests/guest/programs
ringside=$(cd "$BUILD" && pwd)/ringside
mkdir -p "$BUILD/tests/guest"
built=$(cd "$BUILD/tests/guest" && pwd)

# compile NAME: leaves $built/NAME, made anew if its source is newer.
# shellcheck disable=SC3013
compile()
{
    if [ -f "$sources/$1.cc" ]; then
        [ "$built/$1" -nt "$sources/$1.cc" ] ||
            g++ -O2 -std=c++17 -static -o "$built/$1" "$sources/$1.cc"
    else
        [ "$built/$1" -nt "$sources/$1.c" ] ||
            gcc -O2 -w -static -o "$built/$1" "$sources/$1.c" -lm
    fi
}

in_new_folder()
{
    rm -rf "$scratch/w"
    mkdir "$scratch/w"
    cd "$scratch/w" || exit 1
}

# run_both WHAT PROGRAM [ARG...]
run_both()
{
    what=$1
    shift
    in_new_folder
    $limit "$ringside" compare --quiet --timing fast --json "$scratch/json" \
        -- "$@" >"$scratch/guest" 2>"$scratch/guest.err" </dev/null
    compared=$?
    guest=$(awk '/"exit_status":/ { gsub(/[^0-9]/, ""); print; exit }' \
        "$scratch/json")
    in_new_folder
    (exec env -i PATH=/bin:/usr/bin HOME=/ LANG=C TERM=dumb "$@") \
        >"$scratch/host" 2>"$scratch/host.err" </dev/null
    host=$?
    if [ $compared -ne 0 ]; then
        not_ok "techniques agree: $what: status $compared: $(tail -n 1 "$scratch/guest.err")"
    elif [ "$guest" != $host ]; then
        not_ok "status: $what: guest $guest, host $host"
    elif ! cmp -s "$scratch/guest" "$scratch/host"; then
        not_ok "output: $what"
        diff "$scratch/guest" "$scratch/host" | head -n 4
    elif grep -q 'does not know' "$scratch/guest.err"; then
        not_ok "system calls: $what: $(grep 'not know' "$scratch/guest.err" | head -n 1)"
    else
        echo "ok $what"
    fi
}

# if_there PROGRAM [ARG...]: a program that may not be installed.
if_there()
{
    if command -v "$1" >"$scratch/which"; then
        run_both "$1" "$@"
    else
        echo "skip $1 is not installed"
    fi
}

for source in "$sources"/*.c*; do
    name=$(basename "${source%.*}")
    if compile "$name" 2>"$scratch/compiler"; then
        run_both "$name" "$built/$name"
    else
        echo "skip $name does not compile: $(tail -n 1 "$scratch/compiler")"
    fi
done

# shellcheck disable=SC2016
if_there bash-static -c '
    declare -A n=([one]=1 [two]=2); a=(3 1 2); x=$(echo sub)
    for i in {1..5}; do echo $((i ** 3)); done | while read -r l; do echo "<$l>"; done
    printf "%s %.3f %q\n" "$x" 2.5 "a b"; echo "${!n[@]}" "${#a[@]}" "${x^^}"
    trap "echo bye" EXIT; [[ abc =~ b(.) ]] && echo "${BASH_REMATCH[1]}"
    (exit 3) || echo $?; f() { local y=$1; ((y--)) && f $y; echo $y; }; f 3
    echo text >f; read -r q <f; echo "$q"; kill -TERM $$'
# shellcheck disable=SC2016
if_there zsh-static -fc '
    print $((2.0 ** 0.5)) ${(U)HOME}; for i in {1..3}; echo $i; a=(c a b); print ${(o)a}
    print -l one two >f; print -r -- $(<f); [[ -f f ]] && print file; exit 4'
if_there sash -c '-echo hello'
