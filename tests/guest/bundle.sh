#!/bin/sh
# Packs a program, its files and the minikernel's orders into an initramfs.
#
#   bundle.sh OUT.cpio [-i STDIN-FILE] [-f FILE]... -- PROGRAM [ARG...]
#
# PROGRAM and each -f FILE (or directory) keep their absolute paths.
set -eu
out=$(realpath -m "$1")
shift
top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT
mkdir -p "$top/.ringside" "$top/tmp" "$top$PWD"

put() {
    mkdir -p "$top$(dirname "$1")"
    if [ -d "$1" ]; then
        mkdir -p "$top$1"
        cp -a "$1/." "$top$1/"
    else
        cp -a "$1" "$top$1"
    fi
}

# Applets that busybox runs by way of exec (xargs, timeout, find -exec) are
# looked up in PATH: each needs a name there, as on a system made of busybox.
put_applets() {
    mkdir -p "$top/bin"
    for applet in $("$1" --list); do
        [ -e "$top/bin/$applet" ] || ln -s "$1" "$top/bin/$applet"
    done
}

while [ "$1" != -- ]; do
    case $1 in
    -i) cp "$2" "$top/.ringside/stdin" ;;
    -f) put "$(realpath -s "$2")" ;;
    *) echo "bundle.sh: unknown option $1" >&2; exit 2 ;;
    esac
    shift 2
done
shift
program=$(command -v "$1")
program=$(realpath -s "$program")
put "$program"
case $program in */busybox) put_applets "$program" ;; esac
printf '%s' "$program" >"$top/.ringside/program"
printf '%s\0' "$@" >"$top/.ringside/argv"
printf '%s\0' PATH=/bin:/usr/bin HOME=/ LANG=C >"$top/.ringside/envp"
printf '%s' "$PWD" >"$top/.ringside/cwd"
(cd "$top" && find . | LC_ALL=C sort | busybox cpio -o -H newc 2>/dev/null) >"$out"
