#!/bin/sh
# Formatting, by the pinned clang-format.  `tests/lint/format.sh fix` mends.
set -eu
cd "$(dirname "$0")/../.."
tool=
for name in clang-format-14 clang-format; do
    if command -v $name >/dev/null && $name --version | grep -q 'version 14\.'; then
        tool=$name
        break
    fi
done
if [ -z "$tool" ]; then
    echo "clang-format 14 is not installed: format not checked"
    exit 0
fi
mode="--dry-run --Werror"
[ "${1:-}" = fix ] && mode=-i
# shellcheck disable=SC2086
git ls-files '*.c' '*.h' | xargs $tool $mode
