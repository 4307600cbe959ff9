# guest_packages.sh - kernels of Debian's packages, for shell tests to source
# after shell.sh.
#
#   guest_package linux-image-cloud-amd64   leaves its files in $package
#
# A package is downloaded once (never installed) below $RINGSIDE_GUESTS, by
# default the build's folder guests; a metapackage stands for what it depends
# on.  Where it cannot be had, the test says so and is skipped.

guests=${RINGSIDE_GUESTS:-$BUILD/guests}

# The package that has the files: linux-image-cloud-amd64 only names one.
guest_package_real()
{
    apt-cache depends "$1" 2>/dev/null |
        sed -n 's/^ *Depends: \(linux-image-[0-9].*\)$/\1/p' | head -n 1
}

guest_package()
{
    name=$(guest_package_real "$1")
    name=${name:-$1}
    package=$guests/$name
    [ -d "$package" ] && return
    mkdir -p "$guests/download"
    if (cd "$guests/download" && apt-get download -qq "$name" >/dev/null 2>&1); then
        dpkg -x "$guests/download/$(cd "$guests/download" && echo "$name"_*.deb)" \
            "$package.new" && mv "$package.new" "$package"
    fi
    rm -rf "$guests/download"
    if [ ! -d "$package" ]; then
        echo "skip the package $1 cannot be had here"
        exit 0
    fi
}

# The kernel image among its files.
guest_kernel()
{
    guest_package "$1"
    kernel=$(echo "$package"/boot/vmlinuz-*)
}
