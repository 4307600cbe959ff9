/*
 * proc.c - what /proc and /sys say about the machine.
 */
#include "workloads/kernel/proc.h"

#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/log.h"
#include "workloads/kernel/native.h"
#include "workloads/kernel/proc_files.h"
#include "workloads/kernel/time.h"

typedef void proc_function(struct text *t);

struct proc_row {
    const char *directory, *name;
    proc_function *write;
};

#define PROC(directory, name, function) {directory, name, function},
static const struct proc_row rows[] = {
#include "workloads/kernel/proc.def"
};
#undef PROC

void proc_zero(struct text *t)
{
    text_put(t, "0\n");
}

/* Four bytes of text in a register. */
static void put_register(struct text *t, uint32_t value)
{
    text_bytes(t, &value, sizeof value);
}

/* "0", or "0-3". */
void proc_cpus(struct text *t)
{
    text_put(t, "0");
    if (kernel.cpu_count > 1) {
        text_put(t, "-");
        text_number(t, kernel.cpu_count - 1);
    }
    text_put(t, "\n");
}

static void put_cpu(struct text *t, unsigned number)
{
    struct cpuid vendor = cpuid(0, 0), basic = cpuid(1, 0);
    unsigned family = basic.eax >> 8 & 15, model = basic.eax >> 4 & 15;

    if (family == 6 || family == 15)
        model |= (basic.eax >> 16 & 15) << 4;
    if (family == 15)
        family += basic.eax >> 20 & 255;
    text_put(t, "processor\t: ");
    text_number(t, number);
    text_put(t, "\nvendor_id\t: ");
    put_register(t, vendor.ebx);
    put_register(t, vendor.edx);
    put_register(t, vendor.ecx);
    text_put(t, "\ncpu family\t: ");
    text_number(t, family);
    text_put(t, "\nmodel\t\t: ");
    text_number(t, model);
    text_put(t, "\nstepping\t: ");
    text_number(t, basic.eax & 15);
    text_put(t, "\nphysical id\t: 0\nsiblings\t: ");
    text_number(t, kernel.cpu_count);
    text_put(t, "\ncore id\t\t: ");
    text_number(t, number);
    text_put(t, "\ncpu cores\t: ");
    text_number(t, kernel.cpu_count);
    text_put(t, "\n\n");
}

void proc_cpuinfo(struct text *t)
{
    for (unsigned i = 0; i < kernel.cpu_count; i++)
        put_cpu(t, i);
}

void proc_filesystems(struct text *t)
{
    text_put(t, "nodev\ttmpfs\nnodev\tproc\n");
}

void proc_loadavg(struct text *t)
{
    text_put(t, "0.00 0.00 0.00 1/");
    text_number(t, (uint64_t)kernel.processes.last_pid);
    text_put(t, " ");
    text_number(t, (uint64_t)kernel.processes.last_pid);
    text_put(t, "\n");
}

void proc_meminfo(struct text *t)
{
    uint64_t total = kernel.frames.total << PAGE_BITS;
    uint64_t free = kernel.frames.free << PAGE_BITS;

    text_kib(t, "MemTotal:", total);
    text_kib(t, "MemFree:", free);
    text_kib(t, "MemAvailable:", free);
    text_kib(t, "Buffers:", 0);
    text_kib(t, "Cached:", 0);
    text_kib(t, "SwapTotal:", 0);
    text_kib(t, "SwapFree:", 0);
}

void proc_mounts(struct text *t)
{
    text_put(t, "none / tmpfs rw 0 0\nproc /proc proc rw 0 0\n");
}

/* user nice system idle iowait irq softirq steal guest guest_nice: those that
   are not kept are 0. */
enum { STAT_USER = 0, STAT_SYSTEM = 2, STAT_IDLE = 3, STAT_STEAL = 7 };
enum { STAT_COLUMNS = 10, NS_PER_STAT = NS_PER_S / 100 };

static void add_cpu(uint64_t columns_ns[STAT_COLUMNS], const struct cpu *c)
{
    columns_ns[STAT_USER] += c->user_ns;
    columns_ns[STAT_SYSTEM] += c->system_ns;
    columns_ns[STAT_IDLE] += c->idle_ns;
    columns_ns[STAT_STEAL] += kernel.pv->steal_ns(c->number);
    if (c->idle && c->idle_since_ns)
        columns_ns[STAT_IDLE] += kernel.pv->clock_ns() - c->idle_since_ns;
}

static void put_columns(struct text *t, const uint64_t columns_ns[STAT_COLUMNS])
{
    for (unsigned i = 0; i < STAT_COLUMNS; i++) {
        text_put(t, " ");
        text_number(t, columns_ns[i] / NS_PER_STAT);
    }
    text_put(t, "\n");
}

void proc_stat(struct text *t)
{
    uint64_t all[STAT_COLUMNS] = {0};

    for (unsigned i = 0; i < kernel.cpu_count; i++)
        add_cpu(all, &kernel.cpus[i]);
    text_put(t, "cpu ");
    put_columns(t, all);
    for (unsigned i = 0; i < kernel.cpu_count; i++) {
        uint64_t one[STAT_COLUMNS] = {0};

        add_cpu(one, &kernel.cpus[i]);
        text_put(t, "cpu");
        text_number(t, i);
        put_columns(t, one);
    }
    text_put(t, "btime ");
    text_number(t, kernel.pv->boot_epoch_s());
    text_put(t, "\nprocesses ");
    text_number(t, (uint64_t)kernel.processes.last_pid);
    text_put(t, "\nprocs_running 1\nprocs_blocked 0\n");
}

void proc_uptime(struct text *t)
{
    text_number(t, kernel.pv->clock_ns() / NS_PER_S);
    text_put(t, ".00 0.00\n");
}

void proc_version(struct text *t)
{
    text_put(t, "Linux version 6.1.0-minikernel\n");
}

void proc_pipe_size(struct text *t)
{
    text_put(t, "1048576\n");
}

void proc_hostname(struct text *t)
{
    text_put(t, "ringside\n");
}

void proc_osrelease(struct text *t)
{
    text_put(t, "6.1.0-minikernel\n");
}

void proc_ostype(struct text *t)
{
    text_put(t, "Linux\n");
}

void proc_pid_max(struct text *t)
{
    text_put(t, "4194304\n");
}

void proc_map_count(struct text *t)
{
    text_put(t, "65530\n");
}

void proc_init(void)
{
    for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
        struct inode *d =
            fs_make_directories(rows[i].directory, S_IFDIR | 0555);
        struct inode *n = inode_new(S_IFREG | 0444);

        if (!d || !n || directory_add(d, rows[i].name, n) < 0)
            panic("no memory for %s/%s", rows[i].directory, rows[i].name);
        n->made = i + 1;
        inode_drop(n);
    }
    kernel.fs.proc = fs_make_directories("proc", S_IFDIR | 0555);
    kernel.fs.proc_self = fs_make_directories("proc/self", S_IFDIR | 0555);
    kernel.fs.proc_fds = fs_make_directories("proc/self/fd", S_IFDIR | 0555);
    if (!kernel.fs.proc || !kernel.fs.proc_self || !kernel.fs.proc_fds)
        panic("no memory for /proc");
}

struct inode *proc_snapshot(const struct inode *n)
{
    struct inode *copy = inode_new(n->mode);
    struct text t = {.to = copy};

    if (copy)
        rows[n->made - 1].write(&t);
    return copy;
}

/* A decimal number and nothing else; -1: it is none. */
static int number_of(const char *name)
{
    int value = 0;

    if (!*name)
        return -1;
    for (; *name; name++) {
        if (*name < '0' || *name > '9' || value > 9999999)
            return -1;
        value = value * 10 + (*name - '0');
    }
    return value;
}

struct inode *proc_find(const struct inode *d, const char *name)
{
    int number = number_of(name);
    struct file *f;

    if (number < 0 || !kernel.current)
        return NULL;
    if (d == kernel.fs.proc)
        return number == kernel.current->tgid ? kernel.fs.proc_self : NULL;
    if (d != kernel.fs.proc_fds)
        return NULL;
    f = file_get(number);
    return f ? f->inode : NULL;
}
