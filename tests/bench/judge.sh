# judge.sh - what the scripts here share, for them to source: judgements and
# host time.

misses=0

# judge TEXT CONDITION: an awk condition on numbers
judge()
{
    if awk "BEGIN { exit !($2) }"; then
        echo "  holds   $1"
    else
        echo "  MISSED  $1   ($2)"
        misses=$((misses + 1))
    fi
}

# Processor seconds, children included, of a command; to stdout.
seconds()
{
    (
        "$@" >/dev/null || true
        times
    ) | awk 'END { for (i = 1; i <= 2; i++) {
        split($i, t, /[ms]/); s += 60 * t[1] + t[2] } print s }'
}

# The least of $rounds runs: other work on the host only adds to it.
least_seconds()
{
    seq "$rounds" | while read -r _; do seconds "$@"; done | sort -n | head -n 1
}

# The peers that are installed, in $peers.
find_peers()
{
    peers=
    for p in bochs qemu-system-x86_64; do
        if command -v $p >/dev/null; then
            peers="$peers ${p%-system-x86_64}"
        else
            echo "$p is not installed: not compared with"
        fi
    done
}

# bochs_run OPTIONS: the guest on them, in Debian's Bochs, without a screen;
# what it writes to the serial line goes to $scratch/said
bochs_run()
{
    cat >"$scratch/bochsrc" <<END
display_library: term
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
com1: enabled=1, mode=file, dev=$scratch/said
cpu: model=corei7_haswell_4770, ips=100000000
clock: sync=none
sound: waveoutdrv=dummy, waveindrv=dummy, midioutdrv=dummy
log: $scratch/bochs.log
panic: action=fatal
$1
END
    echo c >"$scratch/rc" # Debian's has its debugger compiled in
    TERM=vt100 timeout "${peer_seconds:-600}" script -qec "bochs -q -f $scratch/bochsrc -rc $scratch/rc" \
        /dev/null </dev/null >/dev/null 2>&1 || true
}
