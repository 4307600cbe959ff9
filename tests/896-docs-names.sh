#!/bin/sh
# Claim: what the pages name is there: each `name()` in README.md,
# CONTRIBUTING.md, docs/ and the READMEs of the folders is a function of the
# source, and each file of source, table or script is there, or is a public
# header.  `*` stands for any text, `[ch]` for both; with NAME in it, it is an
# example.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

find sim mmu hypervisor-model workloads tests \
    -name '*.[ch]' -o -name '*.S' >"$scratch/sources"
xargs cat <"$scratch/sources" |
    grep -oE '[A-Za-z_][A-Za-z_0-9]*\(' | sort -u >"$scratch/functions"
find . -path './build*' -prune -o -path ./.git -prune -o -type f -print \
    >"$scratch/files"

# Words in backticks of a page that match an expression, one a line.
words()
{
    grep -oE '`[^` ]+`' "$1" | tr -d '`' | grep -E "$2" | sort -u
}

is_file()
{
    folder=$(dirname "$page")
    for place in "$folder/$1" "./$1" "/usr/include/$1"; do
        # shellcheck disable=SC2086
        for found in $place; do
            [ -e "$found" ] && return 0
        done
    done
    grep -qF "/$1" "$scratch/files"
}

for page in README.md CONTRIBUTING.md docs/*.md $(find sim mmu \
    hypervisor-model workloads tests -name README.md); do
    [ -e "$page" ] || continue
    missing=
    for word in $(words "$page" '^[a-z_0-9]+\(\)$'); do
        grep -qxF "${word%)}" "$scratch/functions" || missing="$missing $word"
    done
    for word in $(words "$page" '^[A-Za-z_0-9/*.-]+(\[ch\])?$' |
        grep -E '[^/]\.(c|h|def|conf|sh|S|\[ch\])$' | grep -v NAME); do
        is_file "$word" || missing="$missing $word"
    done
    expect_equal "$page names only what is there" "$missing" ""
done
