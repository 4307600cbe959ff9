#!/bin/sh
# Docs are executed: each ```console block of README.md, CONTRIBUTING.md and
# docs/*.md is run, line `$ command` by line, and its output compared with what
# the page shows.  `...` on the page stands for any text, within a line or as
# a line of its own for any lines.  Blocks of other kinds (sh, text) are not
# run: they install, or are examples of files.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

PATH=$(cd "$BUILD" && pwd):$PATH
export PATH

# Writes each command of a page to $scratch/N.command, what the page shows to
# N.expect; prints how many there are.
split_page()
{
    awk -v out="$scratch" '
    /^```console$/ { inside = 1; next }
    /^```/ { inside = 0 }
    !inside { next }
    /^\$ / {
        n++
        command = out "/" n ".command"
        expect = out "/" n ".expect"
        print substr($0, 3) > command
        printf "" > expect
        next
    }
    /^> / && n && !shown[n] { print substr($0, 3) > command; next }
    n { shown[n] = 1; print > expect }
    END { print n + 0 }' "$1"
}

# Compares output with a page's text; exit 0 if they agree.
agrees()
{
    awk '
    function literal(text) {
        gsub(/[][\\.^$*+?(){}|\/]/, "\\\\&", text)
        return text
    }
    function pattern(line,   parts, n, i, p) {
        n = split(line, parts, /\.\.\./)
        p = literal(parts[1])
        for (i = 2; i <= n; i++)
            p = p ".*" literal(parts[i])
        return "^" p "$"
    }
    NR == FNR { want[++wants] = $0; next }
    { got[++gots] = $0 }
    function match_from(w, g) {
        while (w <= wants && want[w] != "...") {
            if (g > gots || got[g] !~ pattern(want[w])) {
                bad = "page line " w ": " want[w] "\n      got: " got[g]
                return 0
            }
            w++; g++
        }
        if (w > wants)
            return g > gots
        for (; g <= gots + 1; g++)
            if (match_from(w + 1, g))
                return 1
        return 0
    }
    END {
        if (!match_from(1, 1)) {
            print bad
            exit 1
        }
    }' "$1" "$2"
}

for page in README.md CONTRIBUTING.md docs/*.md; do
    [ -e "$page" ] || continue
    rm -f "$scratch"/*.command "$scratch"/*.expect
    count=$(split_page "$page")
    n=1
    while [ "$n" -le "$count" ]; do
        command=$(cat "$scratch/$n.command")
        # A page may leave files behind in out/ only.
        $limit sh -c "$command" >"$scratch/got" 2>&1 </dev/null
        if difference=$(agrees "$scratch/$n.expect" "$scratch/got"); then
            echo "ok $page: $command"
        else
            not_ok "$page: $command"
            echo "$difference"
        fi
        n=$((n + 1))
    done
done
