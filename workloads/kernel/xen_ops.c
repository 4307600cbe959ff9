/*
 * xen_ops.c - the table of operations (pv_ops.h) for a guest of Xen.
 */
#include "workloads/kernel/kernel.h"
#include "workloads/kernel/xen_guest.h"

/* The address of a page fault is in the shared page. */
void xen_trap(struct trap_frame *f)
{
    trap_exception(f, xen_guest.vcpu->arch.cr2);
}

static pfn_t machine_to_pfn(uint64_t machine_frame)
{
    return xen_machine_to_pfn(machine_frame);
}

static uint64_t pfn_to_machine(pfn_t pfn)
{
    return xen_pfn_to_machine(pfn);
}

static void early_init(void)
{
    xen_event_map();
    xen_io_init();
}

static void load_kernel_stack(uint64_t top)
{
    xen_guest.context.stack = top;
}

static void load_fs_base(uint64_t base)
{
    xen_guest.context.fs_base = base;
}

static void load_user_gs_base(uint64_t base)
{
    xen_guest.context.gs_base = base;
}

static struct multicall_entry call_of(uint64_t op, uint64_t a, uint64_t b)
{
    return (struct multicall_entry){.op = op, .args = {a, b}};
}

/*
 * On the way to user mode: tells Xen what a process switch changed, in one
 * trip; usually nothing.
 */
void xen_load_context(void)
{
    struct xen_context *c = &xen_guest.context;
    struct multicall_entry calls[3];
    unsigned n = 0;

    if (c->stack != c->loaded_stack)
        calls[n++] =
            call_of(__HYPERVISOR_stack_switch, FLAT_KERNEL_SS, c->stack);
    if (c->fs_base != c->loaded_fs)
        calls[n++] =
            call_of(__HYPERVISOR_set_segment_base, SEGBASE_FS, c->fs_base);
    if (c->gs_base != c->loaded_gs)
        calls[n++] =
            call_of(__HYPERVISOR_set_segment_base, SEGBASE_GS_USER, c->gs_base);
    if (n == 0)
        return;
    c->loaded_stack = c->stack;
    c->loaded_fs = c->fs_base;
    c->loaded_gs = c->gs_base;
    if (n == 1)
        xen_call2((unsigned)calls[0].op, calls[0].args[0], calls[0].args[1]);
    else
        xen_call2(__HYPERVISOR_multicall, (uint64_t)calls, n);
}

/* A domain has one. */
static void start_no_cpus(void)
{
}

/* The runstate record would say; nothing here reads it. */
static uint64_t no_steal(unsigned cpu)
{
    (void)cpu;
    return 0;
}

const struct pv_ops xen_ops = {
    .name = "xen",
    .early_init = early_init,
    .map_memory = xen_map_memory,
    .cpu_init = xen_event_init,
    .start_cpus = start_no_cpus,
    .pfn_to_machine = pfn_to_machine,
    .machine_to_pfn = machine_to_pfn,
    .space_new = xen_space_new,
    .space_ready = xen_space_ready,
    .space_dying = xen_space_dying,
    .space_free = xen_space_free,
    .table_new = xen_table_new,
    .table_free = xen_table_free,
    .pte_set = xen_pte_set,
    .lazy_begin = xen_lazy_begin,
    .lazy_end = xen_lazy_end,
    .load_space = xen_load_space,
    .flush_page = xen_flush_page,
    .flush_user = xen_flush_user,
    .load_kernel_stack = load_kernel_stack,
    .load_fs_base = load_fs_base,
    .load_user_gs_base = load_user_gs_base,
    .return_to_user = xen_return_to_user,
    .clock_ns = xen_clock_ns,
    .boot_epoch_s = xen_boot_epoch_s,
    .steal_ns = no_steal,
    .timer_arm = xen_timer_arm,
    .idle = xen_idle,
    .write = xen_write,
    .shutdown = xen_shutdown,
};
