#!/bin/sh
# Sizes that keep code readable: a function has at most 60 lines and 5
# parameters, a file at most 400 lines.  Tables (.def) are exempt.
# Needs Universal Ctags.  Prints each offender; exit 1 if any.
set -eu
cd "$(dirname "$0")/../.."
max_function_lines=60
max_file_lines=400
max_parameters=5

files=$(find sim mmu hypervisor-model workloads visualizer labs tests \
    -name '*.[ch]' | LC_ALL=C sort)

# shellcheck disable=SC2086
wc -l $files | awk -v max=$max_file_lines '
    $2 != "total" && $1 > max { print $2 ": " $1 " lines (at most " max ")"; bad = 1 }
    END { exit bad }' || bad=1

# shellcheck disable=SC2086
ctags --languages=C --kinds-C=f --fields=+neS --output-format=u-ctags -f - $files |
awk -F '\t' -v lines=$max_function_lines -v params=$max_parameters '
{
    start = end = count = 0
    for (i = 4; i <= NF; i++) {
        if ($i ~ /^line:/) start = substr($i, 6)
        if ($i ~ /^end:/) end = substr($i, 5)
        if ($i ~ /^signature:/) {
            text = substr($i, 11)
            gsub(/\([^()]*\)\(/, "(", text)
            count = text ~ /^\((void)?\)$/ ? 0 : gsub(/,/, ",", text) + 1
        }
    }
    if (end - start + 1 > lines) {
        print $2 ":" start ": " $1 " has " end - start + 1 " lines (at most " lines ")"
        bad = 1
    }
    if (count > params) {
        print $2 ":" start ": " $1 " has " count " parameters (at most " params ")"
        bad = 1
    }
}
END { exit bad }' || bad=1
exit "${bad:-0}"
