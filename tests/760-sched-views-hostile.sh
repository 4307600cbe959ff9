#!/bin/sh
# Claim: what cannot be shown is refused with exit status 2 and one line that
# says where: wrong words, files that are no log, are cut or garbled; a log of
# any length takes the same little memory.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

# refused CLAIM PATTERN COMMAND...: what was right before it may be printed.
refused()
{
    claim=$1
    pattern=$2
    shift 2
    $limit "$ringside" sched "$@" >"$scratch/out" 2>"$scratch/err" </dev/null
    expect_equal "$claim: status 2" "$?" 2
    expect_match "$claim: says why" "$(cat "$scratch/err")" "$pattern"
    expect_equal "$claim: in one line" "$(wc -l <"$scratch/err")" 1
}

# A log of N switches between two VMs, a millisecond each.
long_log()
{
    awk -v n="$1" 'BEGIN {
        print "ringside-sched-log 1"
        print "host 1000000 rr 1 1 1"
        print "vm 0 1 256 a"
        print "vm 1 1 256 b"
        print "0 0 start 0.0\n0 0 wake 0.0\n0 0 start 1.0\n0 0 wake 1.0"
        print "0 0 run 0.0"
        for (i = 1; i <= n; i++) {
            print i "000000 0 preempt " (i + 1) % 2 ".0 1000000"
            print i "000000 0 run " i % 2 ".0 1000000"
        }
        print "end " n + 1 "000000 " 2 * n + 5
    }'
}

long_log 500 >"$scratch/log"
ringside=$(cd "$BUILD" && pwd)/ringside
cd "$scratch" || exit 1

refused "no view" "ringside: sched takes a view and a file*"
refused "no file" "ringside: sched takes a view and a file*" latency
refused "an unknown view" "ringside: unknown view 'latncy'; did you mean lat*" \
    latncy log
refused "a file that is not there" "ringside: none: cannot be read: *" \
    latency none
refused "a directory" "ringside: .: cannot be read: *" map .
refused "no time" "ringside: --from: 'soon' is not a time *" \
    latency --from soon log
refused "a negative time" "ringside: --to: '-1' is not a time *" \
    latency --to -1 log
refused "a unit that is none" "ringside: --step: '3min' is not a time *" \
    map --step 3min log
refused "no step" "ringside: --step must not be 0" map --step 0 log
refused "a window backwards" "ringside: --from 2 is not before --to 1" \
    map --from 2 --to 1 log
refused "a window behind the end" \
    "ringside: log: it ends at 0.501000 s, before --from" latency --from 9 log
refused "an option of others" "ringside: sched takes no --technique *" \
    latency --technique pv log
refused "plot without a folder" "ringside: plot: --plot DIR is missing" \
    plot log
refused "plot of a pipe" "ringside: *" plot - --plot out

# Files that are no log.
printf '' >empty
printf 'ringside-sched-log 2\n' >version
head -c 100000 /dev/zero >zeros
head -n 2 log >header
sed '3s/ 1 256/ 9999 256/' log >many
sed '2s/ 1 1 1$/ 65 1 1/' log >pcpus
sed '2s/host [0-9]*/host 0/' log >clock
for view in latency map timehist xentrace perfetto; do
    refused "$view: an empty file" "ringside: empty:1: not a file of *" \
        $view empty
    refused "$view: zeros" "ringside: zeros:1: not a file of *" $view zeros
done
refused "a program" "ringside: *:1: not a file of *" latency "$ringside"
refused "another version" "ringside: version:1: not a file of *" \
    latency version
refused "only its head" "ringside: header:3: the host or its VMs *" \
    latency header
refused "too many vCPUs" "ringside: many:3: not a VM: *" latency many
refused "too many pCPUs" "ringside: pcpus:2: not a host: *" latency pcpus
refused "no clock" "ringside: clock:2: not a host: *" latency clock

# A remark may be of any length, anywhere.
awk 'NR == 2 || NR == 99 { s = "#"; while (length(s) < 2000) s = s " remark"
    print s } { print }' log >remarks
"$ringside" sched latency remarks >got
"$ringside" sched latency log >wanted
expect_true "remarks are passed over" cmp -s got wanted
expect_true "... and there was something to show" grep -q TOTAL got
printf '# %s' "$(cat remarks)" | head -c 700 >remark
refused "only a remark" "ringside: remark:1: not a file of *" latency remark

# Logs that were cut or changed.
head -n 500 log >lines
head -c 9999 log >bytes
sed '300d' log >missing
sed '77s/run/ran/' log >word
sed '88s/.*/9 9 run 9.9 9/' log >numbers
{
    cat log
    echo more
} >longer
{
    sed '$d' log
    head -c 5000 /dev/zero
} >tail
for view in latency map timehist xentrace perfetto; do
    refused "$view: cut behind a line" \
        "ringside: lines:501: the file was cut here*" $view lines
    refused "$view: cut in a line" "ringside: bytes:*: the file was cut here*" \
        $view bytes
    refused "$view: a line is missing" "ringside: missing:*: *" $view missing
    refused "$view: a wrong word" "ringside: word:77: not an event*" $view word
    refused "$view: wrong numbers" "ringside: numbers:88: not an event*" \
        $view numbers
    refused "$view: more behind the end" "ringside: longer:*: there is more *" \
        $view longer
    refused "$view: zeros at its end" "ringside: tail:*: *" $view tail
done

sed 's/^\(end \)[0-9]*/\11000000000000000000/' log >age
refused "a map of ages" "ringside: age: nothing happens in *" \
    map --step 1us age

# 200,000 switches take no more memory than a thousand, give or take a MiB.
# peak COMMAND...: in KiB; nothing where nobody tells.
peak()
{
    if [ -x /usr/bin/time ]; then
        /usr/bin/time -f %M "$@" 2>&1 >"$scratch/out" | tail -n 1
    fi
}

long_log 1000 >thousand
long_log 200000 >many_switches
for view in latency "map --step 10" timehist xentrace perfetto; do
    # shellcheck disable=SC2086
    few=$(peak "$ringside" sched $view thousand)
    # shellcheck disable=SC2086
    many=$(peak $limit "$ringside" sched $view many_switches)
    if [ -n "$few" ]; then
        expect_true "$view of 200,000 switches takes little memory" \
            [ "$many" -lt $((few + 1024)) ]
    else
        echo "skip $view of 200,000 switches takes little memory: no time(1)"
    fi
done
if [ -e /dev/full ]; then
    "$ringside" sched timehist log >/dev/full 2>err
    expect_equal "a full disk is an error" "$?" 2
fi
