#!/bin/sh
# Claim: unmodified Linux kernels with two vCPUs each, one under nested and one
# under shadow paging, share two pCPUs with a minikernel, and each program's
# output is what it is on the host.
# shellcheck source=tests/shell.sh
. "$(dirname "$0")/shell.sh"
# shellcheck source=tests/guest_packages.sh
. tests/guest_packages.sh

guest_kernel linux-image-cloud-amd64
cat >"$scratch/linux.conf" <<END
host: { pcpus = 2; };
policy: { sched = "credit"; set = "cpu.timing=fast"; };
run: { length = "2s"; };
vms = (
  { name = "nested"; kernel = "$kernel"; vcpus = 2; memory = "256M";
    workload = "-- busybox sha256sum README.md"; },
  { name = "shadow"; kernel = "$kernel"; technique = "shadow"; vcpus = 2;
    memory = "256M"; workload = "-- busybox sha256sum README.md"; },
  { name = "mk"; kernel = "minikernel"; workload = "syscall:n=100000"; }
);
END
$limit "$ringside" run "$scratch/linux.conf" --json "$scratch/linux.json" \
    >"$scratch/out" 2>"$scratch/err"
expect_equal "three VMs run to their end" $? 0
wanted=$(busybox sha256sum README.md | sha256sum | cut -d' ' -f1)
expect_equal "two Linux VMs write what the host does" \
    "$(grep -c "\"stdout_sha256\": \"$wanted\"" "$scratch/linux.json")" 2
expect_equal "all three say so with status 0" \
    "$(grep -c '"exit_status": 0' "$scratch/linux.json")" 3
