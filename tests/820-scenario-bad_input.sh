#!/bin/sh
# Claim: a scenario that makes no sense is refused before anything runs, with
# status 2 and one line: the file, the line of it, the key, what is legal.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"

# refused CLAIM PATTERN COMMAND...
refused()
{
    claim=$1
    pattern=$2
    shift 2
    got=$($limit "$ringside" "$@" 2>&1 </dev/null)
    expect_equal "$claim: status 2" "$?" 2
    expect_match "$claim: says why" "$got" "$pattern"
    expect_equal "$claim: in one line" "$(printf '%s\n' "$got" | wc -l)" 1
}

# wrong CLAIM PATTERN TEXT: a file of that text
wrong()
{
    printf '%s\n' "$3" >"$scratch/wrong.conf"
    refused "$1" "$2" run "$scratch/wrong.conf"
}

# vm CLAIM PATTERN KEYS: a VM with these keys on two pCPUs
vm()
{
    wrong "$1" "$2" "host: { pcpus = 2; };
vms = (
  { name = \"a\"; $3 } );"
}

good='workload = "compute 1ms";'
refused "a missing file" "*/no/such.conf: cannot be read: No such file*" \
    run /no/such.conf
mkdir "$scratch/folder.conf"
refused "a folder" "*folder.conf: cannot be read: Is a directory*" \
    run "$scratch/folder.conf"
wrong "no end of brackets" "*:1: memory exhausted: too many brackets" \
    "a = $(head -c 20000 /dev/zero | tr '\0' '(')"
wrong "no libconfig" "*wrong.conf:1: syntax error here or before (key = *" "vms = ( name"
wrong "no VM" "*wrong.conf: there is no VM*" "question = \"?\";"
wrong "no list" "*:1: vms: a list*" "vms = { name = \"a\"; };"
wrong "no group" "*:1: vms: a group*" "vms = ( 3 );"
wrong "a key that there is not" "*:1: *'wieght' in vms*mean weight*" \
    "vms = ( { wieght = 3; $good } );"
wrong "a group that there is not" "*:1: *'hots'*mean host*" \
    "hots: { pcpus = 2; };"
wrong "too many pCPUs" "*:1: pcpus: 65 is not in 1 .. 64" \
    "host: { pcpus = 65; };"
wrong "a text for a number" "*:1: pcpus: *many*" "host: { pcpus = \"many\"; };"
wrong "a group for a number" "*:1: pcpus: one value*" "host: { pcpus = {}; };"
wrong "half cores" "*:[0-9]*: host: 3 pCPUs are not whole cores*" \
    "host: { pcpus = 3; threads_per_core = 2; }; vms = ( { $good } );"
wrong "cores that nodes cannot share" "*cannot be dealt out*" \
    "host: { pcpus = 4; nodes = 3; }; vms = ( { $good } );"
wrong "an unknown scheduler" "*no scheduler 'credid'; did you mean credit*" \
    "policy: { sched = \"credid\"; }; vms = ( { $good } );"
wrong "an unknown parameter" "*:1: set: unknown parameter 'credit.x'*" \
    "policy: { set = \"credit.x=1\"; }; vms = ( { $good } );"
wrong "a warm-up that is all" "*:[0-9]*: run: the warmup is as long as*" \
    "run: { length = \"1s\"; warmup = \"1s\"; }; vms = ( { $good } );"
wrong "no time" "*:1: length: 'soon' is no time*" "run: { length = \"soon\"; };"
wrong "a gang greater than the host" \
    "*wrong.conf: gang: VM vm1 has 3 vCPUs; pCPUs where they may run: 2" \
    "policy: { sched = \"gang\"; }; host: { pcpus = 2; };
vms = ( { vcpus = 3; $good } );"
wrong "a sweep without values" "*sweep needs key and values*" \
    "vms = ( { $good } ); sweep: { key = \"host.pcpus\"; };"
wrong "a sweep over nonsense" "*no such VM*" "vms = ( { $good } );
sweep: { key = \"vms.b.copies\"; values = [1]; };"
wrong "a bad value at the end of a sweep" "*weight: 0 is not in 1 *" \
    "vms = ( { name = \"a\"; $good } );
sweep: { key = \"vms.a.weight\"; values = [1, 2, 0]; };"
wrong "two VMs of a name" "*:2: VM a: another VM*" "vms = ( { name = \"a\"; $good },
{ name = \"a\"; $good } );"

wrong "a sweep over what is nothing" "*'vms.weigth' is neither a par*" \
    "vms = ( { $good } ); sweep: { key = \"vms.weigth\"; values = [1]; };"
wrong "a sweep over the sweep" "*'sweep.key' is neither*" \
    "vms = ( { $good } ); sweep: { key = \"sweep.key\"; values = [1]; };"
wrong "a bad program at the end of a sweep" "*a phase*'compote 1ms'*" \
    "vms = ( { $good } ); sweep: { key = \"vms.workload\";
values = [\"compute 1ms\", \"compote 1ms\"]; };"
wrong "a VM with the name of a copy" "*:2: VM a-2: another VM has*" \
    "vms = ( { name = \"a\"; copies = 2; $good },
{ name = \"a-2\"; $good } );"
wrong "a line end in a name" "*VM a?b: a name has no dot*" \
    "vms = ( { name = \"a\\nb\"; $good } );"
wrong "what a terminal obeys in a name" "*VM ??31mb: a name has no dot*" \
    "vms = ( { name = \"\\x1b[31mb\"; $good } );"

# libconfig itself would cut the numbers, end the program, or take minutes.
wrong "a number of more than 32 bits" "*:1: pcpus: 4294967297 is not in 1 .. 64" \
    "host: { pcpus = 4294967297; };"
wrong "in hexadecimal, too" "*:1: pcpus: 4294967297 is not in 1 .. 64" \
    "host: { pcpus = 0x100000001; };"
wrong "a number of more than 64 bits" "*:1: pcpus: 9223372036854775807 is*" \
    "host: { pcpus = 99999999999999999999; };"
wrong "a file in the file" "*wrong.conf:2: a scenario is one file: *@include" \
    "# @include in a remark is none, \"@include\" nor is /* @ */
@include \"/tmp\""
printf 'vms = (\n\0 );' >"$scratch/wrong.conf"
refused "no text" "*wrong.conf:2: a NUL character*" run "$scratch/wrong.conf"
wrong "a megabyte" "*wrong.conf: no scenario: it is longer than 1024 KiB" \
    "question = \"$(head -c 1100000 /dev/zero | tr '\0' x)\";"

vm "no workload" "*:3: VM a: workload is missing*" ""
vm "a phase that there is not" "*VM a: workload: a phase*'dance'*" \
    'workload = "compute 1ms; dance";'
vm "a program that takes no time" "*takes no time*" 'workload = "lock 0";'
vm "a lock that is kept" "*lock 3 is never given back*" \
    'workload = "lock 3; compute 1us";'
vm "a lock taken twice" "*lock 0 is taken twice" \
    'workload = "lock 0; compute 1us; lock 0; unlock 0";'
vm "an unlock without lock" "*lock 1 is not held at unlock" \
    'workload = "lock 0; compute 1us; unlock 1";'
vm "a lock that each time round leaves" "*repeat: each time round*" \
    'workload = "repeat 2 { lock 0; compute 1us }; unlock 0";'
vm "programs for some vCPUs" "*one for each vCPU*" \
    'vcpus = 3; workload = [ "compute 1ms", "compute 2ms" ];'
vm "affinity to no pCPU of the host" "*affinity names a pCPU*" \
    "affinity = \"2-3\"; $good"
vm "no set of pCPUs" "*:3: affinity: 'x' is no set*" "affinity = \"x\"; $good"
vm "a cap and a limit" "*cap and limit*" "cap = 50; limit = 50; $good"
vm "a reservation above the vCPUs" "*reservation is more than its vCPUs*" \
    "reservation = 101; $good"
vm "a reservation above the cap" "*reservation is above the cap*" \
    "reservation = 50; cap = 40; $good"
vm "reservations above the host" "*reservations of 300 % are above*200 %*" \
    "reservation = 100; copies = 3; $good"
vm "a budget above the period" "*budget is longer*" \
    "budget = \"2ms\"; period = \"1ms\"; $good"
vm "a budget of no period" "*budget needs the period*" \
    "budget = \"2ms\"; $good"
vm "a stop before the start" "*stops before it starts*" \
    "start = \"2s\"; stop = \"1s\"; $good"
vm "a start after the end" "*starts after the run*" "start = \"11s\"; $good"
vm "an unknown lock" "*locks: ticket, unfair or pv*" "locks = \"big\"; $good"
vm "half a request" "*both every and service*" \
    "requests: { every = \"1ms\"; }; $good"
vm "requests without sense" "*requests: a number expected*" \
    "requests: { every = \"often\"; service = \"1us\"; }; $good"
vm "an unknown technique" "*technique: there is none*" \
    'kernel = "minikernel"; technique = "magic"; workload = "syscall:n=1";'
vm "more vCPUs than a real guest may have" "*at most 16 vCPUs*" \
    'kernel = "minikernel"; vcpus = 17; workload = "syscall:n=1";'
real='kernel = "minikernel"; workload = "syscall";'
vm "a lock that a real guest has not" "*a real guest: ticket or pv*" \
    "locks = \"unfair\"; $real"
vm "flushes left without a record" "*pv_flush needs steal_time*" \
    "pv_flush = true; steal_time = false; $real"
vm "KVM's services under Xen" "*are for guests of KVM: nested, shadow*" \
    "technique = \"pv\"; pv_ipi = true; $real"
vm "steal time of a modelled guest" "*steal_time are for real guests*" \
    "steal_time = true; $good"
vm "a service that is maybe there" "*pv_yield: 'maybe' is neither*" \
    "pv_yield = \"maybe\"; $real"
vm "more vCPUs than pv has" "*a pv guest has one vCPU*" \
    'kernel = "minikernel"; technique = "pv"; vcpus = 2; workload = "syscall:n=1";'
vm "native beside others" "*has the machine to itself*" \
    'kernel = "minikernel"; technique = "native"; copies = 2; workload = "syscall:n=1";'
vm "an unknown workload" "*:3: VM a: *'nothing'*" \
    'kernel = "minikernel"; workload = "nothing";'
vm "a missing kernel" "*:3: VM a: */no/kernel*" \
    'kernel = "/no/kernel"; workload = "syscall:n=1";'
vm "more memory than the host has" "*VMs' memory*more than the host's*" \
    'kernel = "minikernel"; memory = "16G"; copies = 2; workload = "syscall:n=1";'
vm "more memory than the host has, unsaid" "*VMs' memory of 20G*host's 16G" \
    'kernel = "minikernel"; copies = 40; workload = "syscall:n=1";'
{
    head -c 510 /dev/zero
    printf '\125\252'
} >"$scratch/kernel"
vm "a kernel that pv cannot run" "*:3: VM a: pv takes a kernel that is made*" \
    "kernel = \"$scratch/kernel\"; technique = \"pv\"; workload = \"syscall:n=1\";"
rm "$scratch/kernel"
wrong "real guests without a clock" "*:3: VM vm1: cpu.timing=count has no*" \
    "policy: { set = \"cpu.timing=count\"; };
vms = (
{ kernel = \"minikernel\"; workload = \"syscall:n=1\"; } );"
vm "a program of too many words" "*:3: VM a: a program has at most 64 words" \
    "kernel = \"minikernel\"; workload = \"-- $(seq -s ' ' 65)\";"

printf 'vms = ( { name = "a"; workload = "compute 1ms"; } );\n' \
    >"$scratch/good.conf"
file=$scratch/good.conf
for policy in credit credit2; do
    for us in 1 50 99; do
        refused "$policy: a rate limit of $us us" \
            "*$policy.ratelimit_us=$us: 0 (no limit) or 100 .. 500000 *" \
            run "$file" --set $policy.ratelimit_us=$us
    done
    refused "$policy: a rate limit of a second" "*is out of range (0 .. *" \
        run "$file" --set $policy.ratelimit_us=1000000
done
refused "a --set that names no VM" "*vms.b.copies: *no such VM*" \
    run "$file" --set vms.b.copies=2
refused "a --set of a bad value" "*--set copies: *" \
    run "$file" --set vms.a.copies=many
refused "a key of scenarios without one" "*key of scenario files*" \
    run --set host.pcpus=2 syscall:n=1
refused "a scheduler without a scenario" "*one machine alone*" \
    run --set sched.policy=rr syscall:n=1
refused "a machine's option" "*--kernel is for one machine*" \
    run --kernel /vmlinuz "$file"
refused "a folder for a profile" "*profile /: cannot be read: Is a directory" \
    run "$file" --profile /
refused "a machine's vCPUs" "*vcpus is of one machine*--set vms.vcpus=2" \
    run --vcpus 2 "$file"
refused "a machine's memory" "*memory is of one machine*--set vms.memory=1G" \
    run --set memory=1G "$file"
refused "a machine's kernel's words" "*--append is for one machine*" \
    run --append quiet "$file"
refused "two scenarios" "*one scenario at a time*" run "$file" "$file"
refused "compare without --over" "*needs --over*" compare "$file"
refused "--over without values" "*--over sched.policy: the form*" \
    compare --over sched.policy "$file"
refused "--over with a bad value" "*sched.policy=fast is not one of*" \
    compare --over sched.policy=rr,fast "$file"
refused "--over twice for a key" "*--over seed: twice*" \
    compare --over seed=1 --over seed=2 "$file"
refused "--over without a value between commas" "*the form is*" \
    compare --over seed=1,,2 "$file"
refused "--over of too many values" "*--over seed: more than 64 values" \
    compare --over "seed=$(seq -s , 1 65)" "$file"
refused "--over of what is nothing" "*'sched.polcy' is neither*mean sched.pol*" \
    compare --over sched.polcy=rr "$file"
refused "--over without a scenario" "*--over is for a scenario*" \
    compare --over sched.policy=rr syscall:n=1
refused "an unwritable log" "*/no/such/log*cannot be written*" \
    run "$file" --sched-trace /no/such/log
refused "two outputs in one file" "*one file*" \
    run "$file" --json "$scratch/x" --csv "$scratch/x"
refused "an output over the scenario" "*good.conf: an output would take*" \
    run "$file" --sched-trace "$file"
mkfifo "$scratch/pipe.conf"
refused "a pipe for a scenario" "*pipe.conf: no scenario: it is no file" \
    run "$scratch/pipe.conf"
rm "$scratch/pipe.conf"
refused "a device for a scenario" "*/dev/zero: no scenario: it is no file" \
    scenario check /dev/zero
refused "a log of several runs" "*--sched-trace takes one run*" \
    run workloads/scenarios/consolidation.conf --sched-trace "$scratch/log"
cp "$file" "$scratch/good.cnf"
refused "a scenario of another name" "*good.cnf' is not*ends in .conf" \
    run "$scratch/good.cnf"
rm "$scratch/good.cnf"
if [ -e /dev/full ]; then
    "$ringside" run "$file" 2>/dev/full
    expect_equal "a report that nobody gets: status 2" "$?" 2
fi
refused "scenario without a word" "*scenario check FILE*" scenario
refused "scenario of another word" "*scenario check FILE*" scenario see "$file"
expect_equal "nothing is left behind" "$(ls "$scratch")" "folder.conf
good.conf
wrong.conf"
