# guest_packages.sh - kernels of Debian's packages, for shell tests to source
# after shell.sh.
#
#   guest_package linux-image-cloud-amd64   leaves its files in $package
#   guest_package linux-image-686 i386      the same, of another architecture
#   guest_kernel PACKAGE [ARCHITECTURE]     and its kernel image in $kernel
#   guest_vmlinux                           unpacks that to $scratch/vmlinux
#
# A package is downloaded once (never installed) below $RINGSIDE_GUESTS, by
# default the build's folder guests; a metapackage stands for what it depends
# on.  Where it cannot be had, the test says so and is skipped.

guests=${RINGSIDE_GUESTS:-$BUILD/guests}

# Of another architecture than the host's, apt keeps its lists with the guests:
# the host's own are left alone.
guest_apt_options()
{
    apt_options=
    [ -n "$1" ] || return
    lists=$(cd "$guests" && pwd)/apt-$1
    apt_options="-o APT::Architecture=$1 -o APT::Architectures=$1
        -o Dir::State::Lists=$lists/lists -o Dir::Cache=$lists/cache
        -o Acquire::Languages=none"
    [ -d "$lists" ] && return
    mkdir -p "$lists/lists/partial" "$lists/cache/archives/partial"
    # shellcheck disable=SC2086
    apt-get $apt_options update -qq >/dev/null 2>&1
}

# The package that has the files: linux-image-cloud-amd64 only names one.
guest_package_real()
{
    # shellcheck disable=SC2086
    apt-cache $apt_options depends "$1" 2>/dev/null |
        sed -n 's/^ *Depends: \(linux-image-[0-9].*\)$/\1/p' | head -n 1
}

# guest_unpack NAME: the files to $package, if it can be had.
guest_unpack()
{
    download=$(mktemp -d "$guests/download.XXXXXX")
    # shellcheck disable=SC2086
    if (cd "$download" && apt-get $apt_options download -qq "$1" \
        >/dev/null 2>&1); then
        dpkg -x "$download/"*.deb "$download/files" &&
            mv -T "$download/files" "$package" 2>/dev/null
    fi
    rm -rf "$download"
}

guest_package()
{
    mkdir -p "$guests"
    guest_apt_options "${2:-}"
    name=$(guest_package_real "$1")
    package=$guests/${name:-$1}${2:+-$2}
    [ -d "$package" ] && return
    guest_unpack "${name:-$1}"
    if [ ! -d "$package" ]; then
        echo "skip the package $1 cannot be had here"
        exit 0
    fi
}

# The kernel image among its files.
guest_kernel()
{
    guest_package "$@"
    kernel=$(echo "$package"/boot/vmlinuz-*)
}

# header_field OFFSET BYTES: of the kernel image, little-endian.
header_field()
{
    od -An -t "u$2" -j "$(($1))" -N "$2" "$kernel" | tr -d ' '
}

# The ELF file in $kernel, a bzImage with LZ4 or XZ in it.
guest_vmlinux()
{
    at=$((($(header_field 0x1f1 1) + 1) * 512 + $(header_field 0x248 4)))
    # The last four bytes are the size, and no part of what is packed.
    bytes=$(($(header_field 0x24c 4) - 4))
    tail -c +$((at + 1)) "$kernel" | head -c "$bytes" >"$scratch/payload"
    case $(od -An -t x1 -N 4 "$scratch/payload" | tr -d ' ') in
    02214c18) lz4 -dcq "$scratch/payload" >"$scratch/vmlinux" ;;
    *) xz -dcq "$scratch/payload" >"$scratch/vmlinux" ;;
    esac
    rm "$scratch/payload"
}
