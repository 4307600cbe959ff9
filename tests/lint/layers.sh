#!/bin/sh
# Direction of includes: a folder may include only itself and folders on rows
# above it in tests/layers.txt.  Prints each wrong include; exit 1 if any.
set -eu
cd "$(dirname "$0")/../.."

find sim mmu hypervisor-model workloads visualizer labs tests \
    -name '*.[chS]' ! -path 'workloads/kernel/*' ! -path 'workloads/programs/*' \
    ! -path 'workloads/init/*' ! -path 'tests/guest/*' ! -path 'tests/bench/*' | LC_ALL=C sort |
xargs grep -Hn '^#include "' |
awk -F: '
function layer(path,   i, best) {
    best = 0
    for (i = 1; i <= rows; i++)
        if (index(path, name[i] "/") == 1 && length(name[i]) > length(name[best]))
            best = i
    return best
}
BEGIN {
    name[0] = ""
    while ((getline line < "tests/layers.txt") > 0)
        if (line !~ /^#/ && line != "")
            name[++rows] = line
}
{
    split($3, part, "\"")
    from = layer($1)
    to = layer(part[2])
    if (part[2] ~ /^workloads\/(kernel|programs)\/.*\.def$/)
        next
    if (!from) {
        print $1 ": its folder is not in tests/layers.txt"
        bad = 1
    } else if (!to) {
        print $1 ":" $2 ": includes \"" part[2] "\", which is in no layer (write includes from the root)"
        bad = 1
    } else if (to > from) {
        print $1 ":" $2 ": " name[from] " may not include " name[to] " (" part[2] ")"
        bad = 1
    }
}
END { exit bad }'
