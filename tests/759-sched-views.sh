#!/bin/sh
# Claim: the views of a scheduler's log say what a log made by hand must give:
# runtimes, delays, waits, who was where; in a window only what was in it.
# Source: perf-sched(1), xentrace_format(1) and xen/trace.h, for the forms.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

# Two VMs on two pCPUs; a cycle is a microsecond.  web.0 runs 1..4 and 6..9 ms,
# web.1 2..8 ms, db.0 4..6 ms (it yields) and 9..10 ms.  Percentiles are at most
# 1/32 too large.
cat >"$scratch/log" <<'END'
ringside-sched-log 1
# a log made by hand
host 1000 rr 2 1 1
vm 0 2 256 web
vm 1 1 512 db
0 0 start 0.0
0 0 start 0.1
0 0 start 1.0
1000 0 wake 0.0
1000 0 run 0.0
1500 1 wake 0.1
2000 1 run 0.1 500
2500 0 wake 1.0
4000 0 preempt 0.0 3000
4000 0 run 1.0 1500
6000 0 yield 1.0 2000
6000 0 run 0.0 2000
8000 1 block 0.1 6000
8000 1 idle -
9000 0 block 0.0 3000
9000 0 run 1.0 3000
end 10000 16
END

view()
{
    $limit "$ringside" sched "$@" 2>&1
}

rows()
{
    sed -n 's/ *|/ /g; /^ *\(web\|db\|TOTAL\)/p' | tr -s ' ' | sed 's/ $//'
}

expect_equal "latency has runtime, switches, wake-ups and delays" \
    "$(view latency "$scratch/log" | rows)" \
    "web:(2) 12.000 3 2 0.250 0.000 0.500 0.500 0.001500
db:(1) 3.000 2 1 1.500 1.500 1.500 1.500 0.002500
TOTAL: 15.000 5 3 0.666 0.503 1.500 1.500 0.002500"
expect_equal "latency has a line for each vCPU" \
    "$(view latency --per-vcpu "$scratch/log" | rows | grep '^ ')" \
    " web.0 6.000 2 1 0.000 0.000 0.000 0.000 0.001000
 web.1 6.000 1 1 0.500 0.500 0.500 0.500 0.001500
 db.0 3.000 2 1 1.500 1.500 1.500 1.500 0.002500"
expect_equal "a window cuts runs, and counts the switches in it" \
    "$(view latency --from 3ms --to 5ms "$scratch/log" | rows)" \
    "web:(2) 3.000 0 0 - - - - -
db:(1) 1.000 1 1 1.500 1.500 1.500 1.500 0.002500
TOTAL: 4.000 1 1 1.500 1.500 1.500 1.500 0.002500"
expect_match "latency says what it is of" \
    "$(view latency --from 3ms --to 5ms "$scratch/log" | head -n 1)" \
    "policy rr, 2 pCPUs, from 0.003000 s to 0.005000 s"

expect_equal "map has a line for each switch" "$(view map "$scratch/log")" \
    "A => web (2), B => db (1)
 0   1            pCPU
*A0  .        0.001000 secs
 A0 *A1       0.002000 secs
*B0  A1       0.004000 secs
*A0  A1       0.006000 secs
 A0 *.        0.008000 secs
*B0  .        0.009000 secs"
expect_equal "a step shows who ran longest in it" \
    "$(view map --step 3ms "$scratch/log" | tail -n 4)" \
    "*A0  .        0.000000 secs
*B0 *A1       0.003000 secs
*A0  A1       0.006000 secs
*B0 *.        0.009000 secs"
expect_equal "steps begin with the window" \
    "$(view map --step 1ms --from 5200us --to 7200us "$scratch/log" |
        tail -n 2)" \
    "*B0 *A1       0.005200 secs
*A0  A1       0.006200 secs"

expect_equal "timehist has each run that ended" \
    "$(view timehist "$scratch/log" | tail -n +4 | tr -s ' ')" \
    " 0.004000 [0000] web.0 1.000 0.000 3.000 preempt
 0.006000 [0000] db.0 4.000 1.500 2.000 yield
 0.008000 [0001] web.1 2.000 0.500 6.000 block
 0.009000 [0000] web.0 2.000 0.000 3.000 block"
expect_equal "timehist keeps to the window" \
    "$(view timehist --from 0.006 --to 0.009 "$scratch/log" |
        tail -n +4 | tr -s ' ')" \
    " 0.006000 [0000] db.0 4.000 1.500 2.000 yield
 0.008000 [0001] web.1 2.000 0.500 6.000 block"

expect_equal "xentrace tells a switch as xentrace_format does" \
    "$(view xentrace --from 4ms --to 6ms "$scratch/log")" \
    "CPU0  4000 (+       0)  switch_infprev    [ dom:vcpu = 0x00010000, runtime = 3000000 ]
CPU0  4000 (+       0)  running_to_runnable [ dom:vcpu = 0x00010000 ]
CPU0  4000 (+       0)  switch_infnext    [ new_dom:vcpu = 0x00020000, time = 1500000, r_time = -1 ]
CPU0  4000 (+       0)  __enter_scheduler [ prev<dom:vcpu> = 0x00010000, next<dom:vcpu> = 0x00020000 ]
CPU0  4000 (+       0)  runnable_to_running [ dom:vcpu = 0x00020000 ]"
expect_equal "xentrace knows the idle domain" \
    "$(view xentrace --from 8ms --to 9ms "$scratch/log" | tail -n 2)" \
    "CPU1  8000 (+       0)  switch_infnext    [ new_dom:vcpu = 0x7fff0001, time = 0, r_time = -1 ]
CPU1  8000 (+       0)  __enter_scheduler [ prev<dom:vcpu> = 0x00010001, next<dom:vcpu> = 0x7fff0001 ]"
expect_equal "xentrace has the events between" \
    "$(view xentrace "$scratch/log" | awk '{ print $4 $5 }' |
        sed 's/\[.*//; s/^[0-9]*)//' | sort | uniq -c | awk '{ print $2 $1 }' |
        grep -E 'domain|do_' | tr '\n' ' ')" \
    "do_block2 do_yield1 domain_wake3 sched_add_domain2 "

# The time line: JSON, a process for each VM and one for the pCPUs.
if command -v python3 >"$scratch/which"; then
    view perfetto "$scratch/log" >"$scratch/json"
    expect_equal "perfetto has a track for each vCPU and each pCPU" \
        "$(python3 - "$scratch/json" <<'END'
import collections, json, sys
events = json.load(open(sys.argv[1]))["traceEvents"]
names = {(e["pid"], e.get("tid")): e["args"]["name"] for e in events
         if e["ph"] == "M" and e["name"] in ("process_name", "thread_name")}
sums = collections.Counter()
for e in events:
    if e["ph"] == "X":
        track = names[e["pid"], None] + "/" + names[e["pid"], e["tid"]]
        sums[track, e["name"]] += e["dur"] / 1000
print(*("%s %s %g" % (t, n, d) for (t, n), d in sorted(sums.items())), sep="\n")
END
)" \
        "db/db.0 runnable 4.5
db/db.0 running 3
pCPUs/pCPU 0 db.0 3
pCPUs/pCPU 0 web.0 6
pCPUs/pCPU 1 web.1 6
web/web.0 runnable 2
web/web.0 running 6
web/web.1 runnable 0.5
web/web.1 running 6"
else
    echo "skip perfetto has a track for each vCPU and each pCPU: no python3"
fi

expect_equal "a log comes through a pipe" \
    "$(view timehist - <"$scratch/log" | cksum)" \
    "$(view timehist "$scratch/log" | cksum)"
expect_equal "the views are those of --help" \
    "$("$ringside" sched --names | tr '\n' ' ')" \
    "latency map timehist xentrace perfetto plot "
wide=$("$ringside" sched --help | awk 'length > 80' | wc -l)
expect_equal "help of sched fits 80 columns" "$wide" 0
