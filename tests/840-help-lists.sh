#!/bin/sh
# Help, manual page, completion, list and explain come from the same tables
# and agree with each other: what one names, the others know.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

status_of()
{
    "$@" >"$scratch/out" 2>"$scratch/err"
    echo $?
}

# Mistakes: exit 2, one line on stderr, nothing on stdout.
mistake()
{
    claim=$1
    shift
    status=$(status_of "$ringside" "$@")
    lines=$(wc -l <"$scratch/err")
    bytes=$(wc -c <"$scratch/out")
    expect_equal "$claim" "$status $lines $bytes" "2 1 0"
    expect_match "$claim, by name" "$(cat "$scratch/err")" "ringside: *"
}

mistake "no command is a mistake"
mistake "an unknown command is a mistake" rnu
mistake "an unknown topic is a mistake" list counter
mistake "an unknown name is a mistake" explain walk.hots
mistake "the screen is not there yet" tui gups
mistake "help of an unknown command is a mistake" help me
mistake "explain wants a name" explain

for command in run compare list explain help tui; do
    expect_equal "$command has help" \
        "$(status_of "$ringside" $command --help)" 0
    expect_match "$command's help says how to call it" \
        "$(cat "$scratch/out")" "Usage: ringside $command *"
done
wide=$("$ringside" run --help | awk 'length > 80' | wc -l)
expect_equal "help of run fits 80 columns" "$wide" 0
expect_match "version is printed" "$("$ringside" --version)" "ringside [0-9]*"

# The manual page has every option that help has, and roff accepts it.
"$ringside" generate man >"$scratch/ringside.1"
for option in $("$ringside" compare --help |
    sed -n 's/^  \(-., \)\{0,1\} *--\([a-z-]*\).*/\2/p'); do
    roff=$(echo "$option" | sed 's/-/\\\\-/g')
    expect_true "the manual page has --$option" \
        grep -q -e "--$roff" -e "\\\\-\\\\-$roff" "$scratch/ringside.1"
done
if command -v groff >"$scratch/which"; then
    expect_equal "roff accepts the manual page" \
        "$(groff -man -Tascii -P-cbou -ww "$scratch/ringside.1" 2>&1 >"$scratch/page")" ""
    expect_true "the manual page has its sections" \
        grep -q "EXIT STATUS" "$scratch/page"
else
    echo "skip roff accepts the manual page: no groff"
fi

# The completion is a script that completes.
"$ringside" generate bash >"$scratch/ringside.bash"
complete()
{
    bash -c 'PATH=$1:$PATH; . "$2"; shift 2; COMP_WORDS=("$@")
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _ringside 2>/dev/null
        echo "${COMPREPLY[*]}"' bash "$(cd "$BUILD" && pwd)" \
        "$scratch/ringside.bash" "$@"
}
if command -v bash >"$scratch/which"; then
    expect_equal "a command completes" "$(complete ringside com)" compare
    expect_equal "an option completes" "$(complete ringside run --tec)" \
        --technique
    expect_equal "a technique completes" \
        "$(complete ringside run --technique sha)" shadow
    expect_equal "a workload completes" "$(complete ringside run gu)" gups
    expect_equal "a parameter completes" \
        "$(complete ringside run --set tlb.l2.en)" tlb.l2.entries=
    expect_equal "a topic completes" "$(complete ringside list hyper)" \
        hypercalls
else
    echo "skip the completion completes: no bash"
fi

# Every name of every topic can be explained, and its answer has a source.
for topic in $("$ringside" list --names); do
    names=$("$ringside" list "$topic" --names)
    count=$(echo "$names" | wc -l)
    expect_true "topic $topic has names" [ "$count" -gt 0 ]
    # shellcheck disable=SC2086
    status=$(status_of "$ringside" explain $names)
    expect_equal "all of $topic can be explained" "$status" 0
    sources=$(grep -c '^  source: ' "$scratch/out")
    expect_true "all of $topic have a source" [ "$sources" -ge "$count" ]
    rows=$("$ringside" list "$topic" | wc -l)
    expect_equal "list $topic has one line a name" "$rows" $((count + 1))
    "$ringside" list "$topic" --json >"$scratch/json"
    if command -v python3 >"$scratch/which"; then
        rows=$(python3 -c 'import json, sys
print(len(json.load(open(sys.argv[1]))["rows"]))' "$scratch/json")
        expect_equal "list $topic --json has them all" "$rows" "$count"
    fi
done

# So can every name that a report prints.
for technique in native shadow nested pv; do
    "$ringside" run --exits -t $technique forkwait:n=2
done >"$scratch/out" 2>"$scratch/report"
"$ringside" compare forkwait:n=2 >"$scratch/out" 2>"$scratch/table"
names=$({
    sed -n 's/^ *[0-9,]\{1,\}  \([a-z0-9_.]\{1,\}\).*/\1/p' "$scratch/report"
    sed -n 's/^ \([a-z_]\{1,\}\)  *[0-9]\{1,\}  *[0-9.]*% .*/\1/p' "$scratch/report"
    sed -n 's/^  \([a-z0-9_.]\{1,\}\)  .*[0-9-]$/\1/p' "$scratch/table"
    echo slowdown
} | sort -u | grep -v '^all$')
expect_true "reports print many names" [ "$(echo "$names" | wc -l)" -gt 40 ]
# shellcheck disable=SC2086
status=$(status_of "$ringside" explain $names)
expect_equal "every name of a report can be explained" \
    "$status $(cat "$scratch/err")" "0 "

# Parameters say value, source and confidence; the profile and --set matter.
row=$("$ringside" list params --profile pentium4-2005 |
    grep '^exit.roundtrip_cycles ')
expect_match "a parameter shows its value and source" "$row" \
    "*3963*recalled*USENIX ATC 2012*"
row=$("$ringside" list params | grep '^shadow.entry_cycles ')
expect_match "an estimate is marked" "$row" "* estimate *"
row=$("$ringside" list params --set tlb.l2.entries=3072 |
    grep '^tlb.l2.entries ')
expect_match "--set shows in the list" "$row" "*3072*set on the command line"
expect_match "a ledger row is explained" "$("$ringside" explain walk.host)" \
    "walk.host: ledger row*second-stage references*source: *"
expect_match "an exit is explained with the manual's number" \
    "$("$ringside" explain ept_violation)" "*number: 48*Intel SDM*"

# What is installed: program, manual page, completion.
$limit make -s BUILD="$BUILD" DESTDIR="$scratch/root" PREFIX=/usr install \
    >"$scratch/out" 2>&1
expect_equal "install leaves three files" "$(cd "$scratch/root/usr" &&
    find . -type f | LC_ALL=C sort | tr '\n' ' ')" \
    "./bin/ringside ./share/bash-completion/completions/ringside \
./share/man/man1/ringside.1 "
"$ringside" generate man >"$scratch/ringside.1"
expect_true "the installed page is the generated one" \
    cmp -s "$scratch/ringside.1" "$scratch/root/usr/share/man/man1/ringside.1"

# Output that cannot be written is not a success.
if [ -e /dev/full ]; then
    "$ringside" list counters >/dev/full 2>"$scratch/err"
    expect_equal "a full disk is an error" "$?" 2
fi

expect_match "explain takes names in capitals" "$("$ringside" explain VPID)" \
    "vpid: term*"
expect_equal "a list has no spaces at the end of a line" \
    "$("$ringside" list exits | grep -c ' $')" 0
