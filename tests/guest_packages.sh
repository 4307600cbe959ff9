# guest_packages.sh - kernels of Debian's packages, for shell tests to source
# after shell.sh.
#
#   guest_package linux-image-cloud-amd64   leaves its files in $package
#   guest_package linux-image-686 i386      the same, of another architecture
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
