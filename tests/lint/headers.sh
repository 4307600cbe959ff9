#!/bin/sh
# Each header stands alone: a stub that includes only it compiles, in both
# compilers.  BUILD names the build directory (for generated headers).
set -eu
cd "$(dirname "$0")/../.."
bad=0
for header in $(find sim mmu hypervisor-model workloads visualizer labs tests \
    -name '*.h' ! -path 'workloads/kernel/*' | LC_ALL=C sort); do
    for cc in gcc clang; do
        command -v $cc >/dev/null || continue
        # Freestanding types only: no host library is assumed beyond C17.
        if ! echo "#include \"$header\"" | $cc -std=c17 -Wall -Wextra \
            -Wpedantic -Werror -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE \
            -I. -I"${BUILD:-build}/gen" -x c -fsyntax-only -; then
            echo "$header: does not compile alone with $cc"
            bad=1
        fi
    done
done
exit $bad
