#!/bin/sh
# Claim: the shipped scenarios are good and run; the same command gives the same
# bytes; --set, --over and a file's own sweep vary what they name; a real guest in
# a scenario writes what it writes alone; ^C leaves nothing half-written.
# TEST_EVERY=N runs every Nth: for builds that are slow (sanitizers).
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"
scenarios=workloads/scenarios
number=0

for file in "$scenarios"/*.conf; do
    got=$($limit "$ringside" scenario check "$file" 2>&1)
    expect_match "$(basename "$file") is good" "$got" "$file: a good scenario: *"
    expect_match "$(basename "$file") opens with a question" \
        "$(head -n 1 "$file")" "# *[?]*"
    number=$((number + 1))
    [ $((number % ${TEST_EVERY:-1})) = 0 ] || continue
    length="--set run.warmup=0 --set run.length=100ms"
    ! grep -q 'start =' "$file" || length=
    ! grep -q minikernel "$file" || length="--set run.warmup=0 --set run.length=3ms"
    # shellcheck disable=SC2086
    got=$($limit "$ringside" run -q $length "$file" --check \
        --csv "$scratch/$(basename "$file").csv" 2>&1)
    expect_equal "$(basename "$file") runs, its invariants checked" "$?$got" 0
done
expect_true "there are ten at least" test "$(ls "$scenarios"/*.conf | wc -l)" -ge 10

# figures NAME OPTIONS...: NAME.json without what the host decides
figures()
{
    name=$1
    shift
    $limit "$ringside" "$@" -q --json "$scratch/$name.all" --set run.length=1s &&
        sed '/"host_seconds"/d' "$scratch/$name.all" >"$scratch/$name.json"
}

file=$scenarios/lock-holder.conf
figures one run "$file" --set run.warmup=100ms
figures two run "$file" --set run.warmup=100ms
expect_true "the same command, the same bytes" \
    cmp "$scratch/one.json" "$scratch/two.json"
figures seed run "$file" --set run.warmup=100ms --seed 2
expect_true "another seed, another run" \
    sh -c "! cmp -s '$scratch/one.json' '$scratch/seed.json'"
for warmup in 0 333ms; do
    $limit "$ringside" run -q "$file" --set run.length=1s \
        --set run.warmup=$warmup --sched-trace "$scratch/$warmup.log"
done
expect_equal "when figures begin to count changes nothing that happens" \
    "$(grep -v '^#' "$scratch/0.log" | sha256sum)" \
    "$(grep -v '^#' "$scratch/333ms.log" | sha256sum)"
figures over compare --over sched.policy=rr,credit "$file" \
    --set run.warmup=100ms
expect_equal "--over: a run of each value" \
    "$(grep -c '"label"' "$scratch/over.json")" 2
expect_equal "--over: with its policy" \
    "$(sed -n 's/ *"sched": "\(.*\)",/\1/p' "$scratch/over.json" | tr '\n' ' ')" \
    "rr credit "
figures credit run "$file" --set run.warmup=100ms --set sched.policy=credit
# part FILE POLICY: the figures of its VMs and pCPUs
part()
{
    awk -v want="\"sched\": \"$2\"," '/"label"/ { on = 0 }
        index($0, want) { on = 1 }
        on && /"(run|wait|block)_cycles|"done"|"guest":|"idle":/' "$1"
}
expect_true "--over is --set, one after the other" test \
    "$(part "$scratch/over.json" credit)" = "$(part "$scratch/credit.json" credit)"
expect_true "it compares something" test \
    "$(part "$scratch/over.json" credit | wc -l)" -ge 10

figures jobs compare --jobs 1 --over sched.policy=rr,credit "$file" \
    --set run.warmup=100ms
expect_true "side by side is one after the other" \
    cmp "$scratch/over.json" "$scratch/jobs.json"

cat >"$scratch/sweep.conf" <<'END'
host: { pcpus = 1; };
run: { length = "100ms"; };
vms = ( { name = "a"; workload = "compute 1ms; done"; } );
sweep: { key = "vms.a.copies"; values = [1, 2, 5]; };
END
$limit "$ringside" run -q "$scratch/sweep.conf" --csv "$scratch/sweep.csv"
expect_equal "a sweep: a run of each value" \
    "$(cut -d, -f1 "$scratch/sweep.csv" | sort | uniq -c | tr -s ' \n' ' ')" \
    ' 1 "1" 2 "2" 5 "5" 1 run '
$limit "$ringside" run -q "$scratch/sweep.conf" --set vms.a.copies=3 \
    --csv "$scratch/sweep.csv"
expect_equal "--set of the key that is swept: that value alone" \
    "$(sed 1d "$scratch/sweep.csv" | wc -l)" 3


# column NAME FILE: of a CSV without commas in its texts
column()
{
    awk -F, -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
        NR > 1 { printf "%s ", $at[name] }' "$2"
}

$limit "$ringside" compare -q "$scratch/sweep.conf" --over vms.weight=1,2 \
    --over host.pcpus=1,2 --csv "$scratch/both.csv"
expect_equal "--over twice, and a sweep: all combinations" \
    "$(cut -d'"' -f2 "$scratch/both.csv" | sed 1d | uniq -c | tr -s ' \n' ' ')" \
    " 1 1, 1, 1 2 1, 1, 2 5 1, 1, 5 1 1, 2, 1 2 1, 2, 2 5 1, 2, 5\
 1 2, 1, 1 2 2, 1, 2 5 2, 1, 5 1 2, 2, 1 2 2, 2, 2 5 2, 2, 5 "
expect_match "one value of --over has its column" \
    "$($limit "$ringside" compare "$scratch/sweep.conf" --over vms.a.copies=2 \
        2>&1 | grep 'vms.a.copies  VM' -A 1 | tr '\n' ' ')" \
    " vms.a.copies  VM *  2             a-1 *"

# 60 times 10 us: 166 times round in 100 ms; what is cut at 512 bytes, more.
long="$(printf 'compute 10us; %.0s' $(seq 60)) done"
$limit "$ringside" run -q "$scratch/sweep.conf" --set vms.a.copies=1 \
    --set "vms.workload=$long" --csv "$scratch/long.csv"
expect_equal "a long --set is taken whole" \
    "$(column done "$scratch/long.csv")" "166 "
cat >"$scratch/wide.conf" <<'END'
run: { length = "100ms"; seed = 4294967298; };
vms = ( { workload = "block 1s"; requests: { every = "5ms"; service = "1ms"; }; } );
END
$limit "$ringside" run -q "$scratch/wide.conf" --json "$scratch/wide.json" \
    --set vms.vm1.weight=3 --set vms.vm1.requests.every=10ms \
    --set vms.requests.service=2ms --csv "$scratch/wide.csv"
expect_match "a seed of more than 32 bits" \
    "$(grep '"seed":' "$scratch/wide.json")" '*4294967298*'
expect_equal "--set of requests, of a VM without a name" \
    "$(column weight "$scratch/wide.csv")$(column requests "$scratch/wide.csv"
    )$(column response_p50_us "$scratch/wide.csv" | cut -d. -f1)" "3 9 2002"
$limit "$ringside" run -q "$scratch/wide.conf" --set run.length=100us --set \
    "vms.workload=repeat 1000000000 { repeat 1000000000 { shootdown; done } };
    compute 1us"
expect_equal "phases that take no time do not stop the clock" "$?" 0

got=$($limit "$ringside" run "$scenarios/realtime.conf" 2>&1)
expect_match "deadlines: none is missed, and it says so" "$got" \
    "*deadlines missed
 loop * 0
 busy-1 * 0
 busy-2 * 0
*"
expect_equal "all that is promised is heeded" "$(echo "$got" | grep heeds)" ""
expect_equal "promises that a scheduler does not heed are named" \
    "$($limit "$ringside" compare --over sched.policy=credit,esx,gang,rtds \
        "$scenarios/realtime.conf" --set vms.loop.weight=512 \
        --set vms.loop.cap=80 --set vms.loop.reservation=10 2>&1 |
        grep heeds | tr '\n' ';')" \
    " credit heeds no reservation, period (ringside list schedulers);\
 rtds heeds no weight, cap, reservation (ringside list schedulers);\
 esx heeds no period (ringside list schedulers);\
 gang heeds no cap, reservation, period (ringside list schedulers);"

for word in vcpus weight cpu entitled steal wait wake done switch migrate response \
    spinning ple halts kicks shootdown busy scheduler jain decisions; do
    expect_true "explain knows $word of the report" \
        sh -c '"$1" explain "$2" >"$3"' - "$ringside" $word "$scratch/word"
done

# A run and a warm-up that end in the middle of a switch (4812 cycles).
$limit "$ringside" run -q "$file" --set run.length=1us --set run.warmup=0 \
    --json "$scratch/short.json"
$limit "$ringside" run -q "$file" --set run.length=10us --set run.warmup=1us \
    --json "$scratch/late.json"
expect_equal "half a switch is half a switch" \
    "$(grep -h -e '"guest":' -e '"scheduler":' "$scratch/short.json" \
        "$scratch/late.json" | paste - - | uniq | tr -d ' \t\n')" \
    '"guest":0,"scheduler":3600,"guest":31188,"scheduler":1212,'

# What JSON says of a run is a scenario file again.
cat >"$scratch/all.conf" <<'END'
question = "Is \"all\" said?";
host: { profile = "zen2"; pcpus = 4; threads_per_core = 2; nodes = 2; };
policy: { sched = "cfs"; };
run: { length = "300ms"; warmup = "50ms"; seed = 7; };
vms = (
  { name = "a"; copies = 2; vcpus = 2; weight = 77; cap = 130; locks = "pv";
    workload = [ "compute exp 1ms; lock 0; compute 9us; unlock 0; done",
                 "block uniform 1ms..2ms; touch 3" ];
    affinity = "0,2-3"; soft_affinity = "2-3"; ple = false; pv_flush = true; },
  { name = "b"; workload = "block 1s"; start = "20ms"; stop = "200ms";
    requests: { every = "exp 3ms"; service = "100us"; }; }
);
sweep: { key = "vms.a.weight"; values = [77, 300]; };
END
if command -v python3 >/dev/null; then
    $limit "$ringside" run -q "$scratch/all.conf" --json "$scratch/all.json"
    cat >"$scratch/again.py" <<'END'
import json, sys
def text(x):
    if isinstance(x, dict):
        return "{ %s }" % " ".join("%s = %s;" % (k, text(v))
                                   for k, v in x.items())
    if isinstance(x, list):
        ends = "()" if isinstance(x[0], dict) else "[]"
        return ends[0] + ", ".join(map(text, x)) + ends[1]
    return json.dumps(x)
if len(sys.argv) == 2:
    for k, v in json.load(open(sys.argv[1]))["runs"][1]["resolved"].items():
        print("%s = %s;" % (k, text(v)))
else:
    one, two = (json.load(open(f))["runs"] for f in sys.argv[1:])
    print(*(one[1][k] == two[0][k] for k in ("vms", "pcpus", "resolved")))
END
    python3 "$scratch/again.py" "$scratch/all.json" >"$scratch/again.conf"
    $limit "$ringside" run -q "$scratch/again.conf" --json "$scratch/again.json"
    expect_equal "a run is made again from its JSON" \
        "$(python3 "$scratch/again.py" "$scratch/all.json" \
            "$scratch/again.json")" "True True True"
else
    echo "skip a run is made again from its JSON: no python3"
fi

odd=$(printf '%s/odd\377.conf' "$scratch")
sed 's/name = "a"/name = "b\xfe"/; /^sweep/d' "$scratch/sweep.conf" >"$odd"
$limit "$ringside" run -q "$odd" --json "$scratch/odd.json"
expect_equal "names that are no UTF-8: status 0" "$?" 0
expect_match "names that are no UTF-8: marked in the JSON" \
    "$(grep -e '"name"' -e '"scenario"' "$scratch/odd.json" | tr -d '\n')" \
    '*odd[?].conf*"b[?]"*'

# Real guests, under every technique that shares.
cat >"$scratch/real.conf" <<'END'
host: { pcpus = 2; };
run: { length = "1s"; };
vms = (
  { name = "a"; kernel = "minikernel"; technique = "nested"; copies = 2;
    vcpus = 2; memory = "64M"; workload = "-- busybox seq 300"; },
  { name = "b"; kernel = "minikernel"; technique = "shadow"; memory = "64M";
    workload = "-- busybox seq 300"; },
  { name = "c"; kernel = "minikernel"; technique = "pv"; memory = "64M";
    workload = "-- busybox false"; },
  { name = "d"; vcpus = 2; workload = "compute 100us; block 50us; done"; }
);
END
sum=$($ringside run -q -- busybox seq 300 | sha256sum | cut -d' ' -f1)
for policy in credit cfs gang; do
    $limit "$ringside" run -q "$scratch/real.conf" --set sched.policy=$policy \
        --set gang.alternate=on --json "$scratch/real.json"
    expect_equal "$policy: three guests write what one alone does" \
        "$(grep -c "\"stdout_sha256\": \"$sum\"" "$scratch/real.json")" 3
    expect_equal "$policy: their exit statuses" \
        "$(sed -n 's/ *"exit_status": \([0-9]*\),*/\1/p' "$scratch/real.json" |
            tr '\n' ' ')" "0 0 0 1 "
done

sed '/name = "[bcd]"/,$d; s/copies = 2/copies = 1/; s/1s/5ms/
    s/ *-- busybox seq 300/chase:footprint=64K,n=9999999/' \
    "$scratch/real.conf" >"$scratch/work.conf"
printf ');\n' >>"$scratch/work.conf"
sed -i 's/},$/}/' "$scratch/work.conf"
if command -v gnuplot >/dev/null; then
    $limit "$ringside" compare -q "$scratch/work.conf" --plot "$scratch/drawn" \
        --over sched.policy=rr,credit 2>"$scratch/err"
    expect_equal "figures of runs: status 0, nothing said" \
        "$? $(cat "$scratch/err")" "0 "
    expect_true "real guests do instructions" \
        test "$(awk -F, 'NR > 1 && $2 > 1' "$scratch/drawn/throughput.csv" |
            wc -l)" -eq 2
    $limit "$ringside" run -q "$scratch/sweep.conf" --plot "$scratch/busy" \
        --set run.warmup=50ms --set host.pcpus=8 2>"$scratch/err"
    expect_equal "nobody wakes: no figure of wake-ups" \
        "$? $(cat "$scratch/err")$(ls "$scratch/busy" | tr '\n' ' ')" \
        "0 throughput.csv throughput.gp throughput.png throughput.svg "
    $limit "$ringside" compare -q "$scratch/sweep.conf" --plot "$scratch/two" \
        --over vms.weight=256,300 --over host.pcpus=2,1 2>"$scratch/err"
    expect_equal "what varies last is the axis, the rest makes lines" \
        "$? $(cat "$scratch/err")$(sed '2,$s/,.*//' "$scratch/two/throughput.csv" |
            tr '\n' ' ')" \
        '0 "vms.a.copies","256, 2: a","256, 1: a","300, 2: a","300, 1: a" "1" "2" "5" '
    expect_equal "numbers that ascend have their place, others are in a row" \
        "$(grep -c 'using 1:2' "$scratch/two/throughput.gp") $(
        $limit "$ringside" compare -q "$scratch/sweep.conf" \
            --set vms.a.copies=1 --plot "$scratch/row" --over vms.cap=0,80,40 &&
            grep -c 'using 0:2:xtic' "$scratch/row/throughput.gp")" "1 1"
else
    echo "skip figures of runs: no gnuplot"
fi

# services SETTING...: kicks and ends of two VMs, of which the first has PV locks
services()
{
    cat >"$scratch/services.conf" <<END
host: { pcpus = 4; };
policy: { sched = "cfs"; set = "cpu.timing=fast"; };
run: { length = "100ms"; };
vms = (
  { name = "pv"; kernel = "minikernel"; vcpus = 4; memory = "64M"; ple = false;
    locks = "pv"; workload = "ctxswitch:processes=8,n=100"; },
  { name = "plain"; kernel = "minikernel"; vcpus = 4; memory = "64M";
    ple = false; workload = "ctxswitch:processes=8,n=100"; }
);
END
    $limit "$ringside" run -q "$scratch/services.conf" \
        --json "$scratch/services.json" "$@"
    sed -n 's/ *"kvm.kick": \([0-9]*\),/\1/p' "$scratch/services.json" |
        awk '{ printf "%s ", ($1 > 0 ? "kicks" : "none") }'
}
expect_equal "a VM has what its keys say" "$(services)" "kicks none "
expect_equal "... whatever the parameter says" \
    "$(services --set kvm.pv_unhalt=off)" "kicks none "
expect_equal "the parameter is for those who say nothing" \
    "$(services --set kvm.pv_unhalt=on --set vms.pv.locks=ticket)" "none kicks "

# interrupt CLAIM COMMAND...: ^C in the middle of a long run
interrupt()
{
    claim=$1
    shift
    "$ringside" "$@" -q "$scenarios/big-host.conf" --set run.length=1000s \
        --json "$scratch/cut.json" --plot "$scratch/cut.json.figures" \
        2>"$scratch/cut.err" &
    sleep 1
    kill -INT $!
    wait $!
    expect_equal "$claim: status 130" "$?" 130
    expect_match "$claim: says so" "$(cat "$scratch/cut.err")" "*interrupted*"
    expect_equal "$claim: no file" "$(ls "$scratch" | grep '^cut.json')" ""
}

interrupt "^C" run
interrupt "^C in the warm-up" run --set run.warmup=999s
interrupt "^C of several" compare --over sched.policy=rr,credit,cfs
