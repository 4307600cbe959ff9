#!/bin/sh
# Claim: figures of a scheduler's log have the numbers of the log: the Gantt
# chart who was where and when, the shares what each VM ran, the wake-ups how
# long they took; many VMs of one name are one line.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

# Two VMs on two pCPUs; a cycle is a microsecond.
cat >"$scratch/log" <<'END'
ringside-sched-log 1
host 1000 rr 2 1 1
vm 0 2 256 web
vm 1 1 512 it's "db"
0 0 start 0.0
0 0 start 0.1
0 0 start 1.0
0 0 wake 0.0
0 0 run 0.0
0 1 wake 0.1
0 1 run 0.1
3000 0 wake 1.0
5000 0 preempt 0.0 5000
5000 0 run 1.0 2000
10000 1 block 0.1 10000
10000 1 idle -
15000 0 block 1.0 10000
15000 0 run 0.0 10000
end 20000 14
END

$limit "$ringside" sched plot "$scratch/log" --plot "$scratch/out" \
    2>"$scratch/err"
status=$?
if command -v gnuplot >"$scratch/which"; then
    expect_equal "plot draws" "$status $(cat "$scratch/err")" "0 "
    for figure in gantt shares wakeups; do
        expect_true "$figure.png is drawn" [ -s "$scratch/out/$figure.png" ]
        expect_true "$figure.svg is drawn" [ -s "$scratch/out/$figure.svg" ]
    done
    (cd "$scratch/out" && gnuplot gantt.gp) 2>"$scratch/err"
    expect_equal "anybody can draw it again" "$? $(cat "$scratch/err")" "0 "
else
    expect_match "without gnuplot it says so" "$(cat "$scratch/err")" \
        "*gnuplot is not installed"
fi

# In steps of 1/1500 of the window: within 14 us.
boxes()
{
    awk -F, 'NR > 1 { printf "%s %.0f..%.0f %s\n", $3, $1 * 1000, $2 * 1000, $5 }' \
        "$1" | sort
}

expect_equal "the chart's boxes are the log's runs" \
    "$(boxes "$scratch/out/gantt.csv")" \
    '0 0..5 "web.0"
0 15..20 "web.0"
0 5..15 "it'"'"'s ""db"".0"
1 0..10 "web.1"'
expect_equal "vCPUs of a VM differ in their tint" \
    "$(awk -F, '/web/ { print $4 }' "$scratch/out/gantt.csv" | sort -u |
        wc -l)" 2
expect_equal "shares sum to what each VM ran" \
    "$(awk -F, 'NR > 2 { d = $1 - t; web += w * d; db += b * d }
        NR > 1 { t = $1; w = $2; b = $3 }
        END { printf "%.3f %.3f", web * 2 * 10, db * 2 * 10 }' \
        "$scratch/out/shares.csv")" "20.000 10.000"
expect_equal "wake-ups are those of the log" \
    "$(grep -v us "$scratch/out/wakeups.csv" | tr '\n' ' ')" \
    ",0.1000,0 ,0.1000,100.00000   ,2000.0000,0 ,2000.0000,100.00000 "
$limit "$ringside" sched plot "$scratch/log" --plot "$scratch/part" \
    --from 4ms --to 6ms 2>"$scratch/err"
expect_equal "a window is all that is in the chart" \
    "$(awk -F, 'NR > 1 { print $1; print $2 }' "$scratch/part/gantt.csv" |
        sort -n | sed -n '1p;$p' | tr '\n' ' ')" "0.004000000 0.006000000 "

# Without gnuplot all scripts and data are there all the same.
$limit env PATH=/nonexistent "$(cd "$BUILD" && pwd)/ringside" sched plot \
    "$scratch/log" --plot "$scratch/bare" 2>"$scratch/err"
expect_equal "without gnuplot: status 2, one line" \
    "$? $(wc -l <"$scratch/err")" "2 1"
expect_equal "without gnuplot the data are left" \
    "$(ls "$scratch/bare" | tr '\n' ' ')" \
    "gantt.csv gantt.gp shares.csv shares.gp wakeups.csv wakeups.gp "

# A figure without anything in it is not drawn.
sed 's/^end .*/end 20000 3/; 8,20{/end/!d}' "$scratch/log" >"$scratch/quiet"
$limit "$ringside" sched plot "$scratch/quiet" --plot "$scratch/none"
expect_equal "a log of nothing is no mistake" "$? $(ls "$scratch/none")" "0 "

# 64 pCPUs, 300 VMs of three names.
awk 'BEGIN {
    print "ringside-sched-log 1\nhost 1000 rr 64 2 2"
    for (i = 0; i < 300; i++)
        print "vm", i, 1, 256, substr("webdbxjob", i % 3 * 3 + 1, 3) "-" i
    for (i = 0; i < 300; i++)
        print "0 0 start " i ".0\n0 0 wake " i ".0"
    for (p = 0; p < 64; p++)
        print 500, p, "run", p ".0 500"
    print "end 100000 664"
}' >"$scratch/wide"
$limit "$ringside" sched plot "$scratch/wide" --plot "$scratch/wide.d" \
    2>"$scratch/err"
expect_equal "VMs of one name are one line" \
    "$(head -n 1 "$scratch/wide.d/shares.csv")" \
    'seconds,"web (100 VMs)","dbx (100 VMs)","job (100 VMs)"'
expect_equal "the chart has 64 rows" \
    "$(awk -F, 'NR > 1 { print $3 }' "$scratch/wide.d/gantt.csv" | sort -u |
        wc -l)" 64
