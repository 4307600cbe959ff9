#!/bin/sh
# No mutable globals: no library object may own writable data.  Reads the
# sections of the built libraries; .data.rel.ro is constant after loading.
set -eu
cd "$(dirname "$0")/../.."
bad=0
for lib in "${BUILD:-build}"/lib/*.a; do
    owners=$(nm -A --defined-only "$lib" | awk '$2 ~ /^[0-9a-f]+$/ && $3 ~ /^[bBdDcCsS]$/ { print $1 " " $4 }')
    # Constant tables of pointers land in .data.rel.ro, which nm shows as d.
    for symbol in $(echo "$owners" | awk 'NF { print $2 }'); do
        if ! objdump -t "$lib" 2>/dev/null | grep -E "\.data\.rel\.ro.* $symbol\$" >/dev/null; then
            echo "$lib: mutable global $symbol"
            bad=1
        fi
    done
done
exit $bad
