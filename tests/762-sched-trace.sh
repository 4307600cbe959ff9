#!/bin/sh
# Claim: `run --sched-trace` of a scenario writes a log whose tables agree with
# the run's own report, under modelled and real guests; writing it changes
# nothing; the same run writes the same bytes; --trace shows the same on a time
# line.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

cat >"$scratch/models.conf" <<'END'
host: { pcpus = 4; };
policy: { sched = "rr"; };
run: { length = "2s"; };
vms = (
    { name = "server"; copies = 3; vcpus = 2;
      workload = "compute exp 2ms; block exp 4ms; done"; },
    { name = "batch"; copies = 2; vcpus = 2; workload = "compute 1ms"; }
);
END
cat >"$scratch/real.conf" <<'END'
host: { pcpus = 2; };
policy: { sched = "credit"; };
run: { length = "20ms"; };
vms = (
    { name = "real"; copies = 2; vcpus = 2; technique = "nested";
      kernel = "minikernel"; workload = "forkwait:n=20"; },
    { name = "batch"; vcpus = 2; workload = "compute 1ms"; }
);
END
cd "$scratch" || exit 1
ringside=$(cd "$OLDPWD" && cd "$BUILD" && pwd)/ringside

run()
{
    $limit "$ringside" run -q "$@" </dev/null
}

for kind in models real; do
    run $kind.conf --json $kind.json --sched-trace $kind.sched
    expect_equal "$kind: the run writes its log" "$?" 0
    run $kind.conf --json alone.json
    expect_equal "$kind: a log changes nothing" \
        "$(grep -v host_seconds $kind.json)" "$(grep -v host_seconds alone.json)"
    run $kind.conf --sched-trace again.sched
    expect_true "$kind: the same run writes the same log" \
        cmp -s $kind.sched again.sched
    for view in timehist map xentrace perfetto; do
        "$ringside" sched $view $kind.sched >out 2>err
        expect_equal "$kind: $view shows it" "$? $(cat err)" "0 "
    done
    run $kind.conf --trace $kind.trace
    "$ringside" sched perfetto $kind.sched >$kind.later
    if command -v python3 >"$scratch/which"; then
        expect_equal "$kind: --trace has the spans of the log" \
            "$(python3 - $kind.trace $kind.later <<'END'
import json, sys
def spans(path):
    return sorted((e["pid"], e["tid"], e["ts"], e["dur"], e["name"])
                  for e in json.load(open(path))["traceEvents"]
                  if e["ph"] == "X")
one, two = map(spans, sys.argv[1:])
print(len(one) > 10, one == two)
END
)" "True True"
    else
        echo "skip $kind: --trace has the spans of the log: no python3"
    fi
done

# VM, switches, wake-ups, and in ms: runtime, mean, p50, p99, max.
if command -v python3 >"$scratch/which"; then
    python3 - models.json >wanted <<'END'
import json, sys
for vm in json.load(open(sys.argv[1]))["runs"][0]["vms"]:
    w = vm["wake_us"]
    print(vm["name"], vm["switches"], w["count"],
          *("%.2f" % (x / 1000) for x in
            (w["mean"], w["p50"], w["p99"], w["max"])))
END
    "$ringside" sched latency models.sched | sed -n 's/ *|/ /g; s/:(2)//p' |
        awk '{ printf "%s %d %d %.2f %.2f %.2f %.2f\n",
            $1, $3, $4, $5, $6, $7, $8 }' >got
    # Of the last digit, a step may be lost in rounding twice.
    expect_equal "the table agrees with the report" \
        "$(paste -d ' ' got wanted | awk '{
            for (i = 1; i <= 7; i++)
                if (i < 4 ? $i != $(i + 7) : ($i - $(i + 7)) ^ 2 > 0.000101)
                    print "differs:", $0 }')" ""
    expect_equal "all VMs are in it" "$(wc -l <got)" 5
else
    echo "skip the table agrees with the report: no python3"
fi

cp models.conf "it's odd.conf"
run "it's odd.conf" --set sched.policy=cfs --set vms.batch.weight=512 --seed 3 \
    --set 'vms.batch.workload=compute 2ms; done' --sched-trace first.sched
eval "set -- $(sed -n 's/^# made by: ringside run //p' first.sched)"
run "$@" --sched-trace second.sched
expect_true "a log says what makes it again" cmp -s first.sched second.sched
expect_match "... with all that was set" "$*" "*cfs*seed=3*512*"

run models.conf --sched-trace /dev/full 2>err
expect_equal "a full disk is an error" "$? $(wc -l <err)" "2 1"
run models.conf --sched-trace no/such/file 2>err
expect_equal "a file that cannot be is refused" "$? $(wc -l <err)" "2 1"
printf 'sweep: { key = "vms.batch.copies"; values = [1, 2]; };\n' |
    cat models.conf - >sweep.conf
run sweep.conf --sched-trace sweep.sched 2>err
expect_match "two runs do not share a log" "$? $(cat err)" \
    "2 ringside: --sched-trace takes one run, not 2*"
run sweep.conf --trace sweep.trace 2>err
expect_match "nor a time line" "$? $(cat err)" \
    "2 ringside: --trace takes one run, not 2*"
run models.conf --plot figures 2>err
expect_true "a run's figures have a Gantt chart" [ -s figures/gantt.csv ]
