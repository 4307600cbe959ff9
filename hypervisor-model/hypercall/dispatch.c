/*
 * dispatch.c - the table of hypercalls, and how one is made.
 *
 * Model   one row per call of hypercall.def that the hypervisor implements; a
 *         number without a row answers -ENOSYS, as under Xen.  A call inside
 *         a multicall costs pv_multicall_cycles in place of the dispatch.
 */
#include "hypervisor-model/hypercall/hypercall.h"

#include "hypervisor-model/pv/pv_guest.h"
#include "sim/core/macros.h"

struct hypercall_row {
    uint16_t number;
    uint16_t counter; /* enum hypercall */
    hypercall_fn *make;
};

static const struct hypercall_row rows[] = {
    {__HYPERVISOR_set_trap_table, HYPERCALL_SET_TRAP_TABLE,
     call_set_trap_table},
    {__HYPERVISOR_mmu_update, HYPERCALL_MMU_UPDATE, call_mmu_update},
    {__HYPERVISOR_set_gdt, HYPERCALL_SET_GDT, call_set_gdt},
    {__HYPERVISOR_stack_switch, HYPERCALL_STACK_SWITCH, call_stack_switch},
    {__HYPERVISOR_set_callbacks, HYPERCALL_SET_CALLBACKS, call_set_callbacks},
    {__HYPERVISOR_fpu_taskswitch, HYPERCALL_FPU_TASKSWITCH,
     call_fpu_taskswitch},
    {__HYPERVISOR_set_debugreg, HYPERCALL_SET_DEBUGREG, call_set_debugreg},
    {__HYPERVISOR_update_descriptor, HYPERCALL_UPDATE_DESCRIPTOR,
     call_update_descriptor},
    {__HYPERVISOR_memory_op, HYPERCALL_MEMORY_OP, call_memory_op},
    {__HYPERVISOR_multicall, HYPERCALL_MULTICALL, call_multicall},
    {__HYPERVISOR_update_va_mapping, HYPERCALL_UPDATE_VA_MAPPING,
     call_update_va_mapping},
    {__HYPERVISOR_set_timer_op, HYPERCALL_SET_TIMER_OP, call_set_timer_op},
    {__HYPERVISOR_xen_version, HYPERCALL_XEN_VERSION, call_xen_version},
    {__HYPERVISOR_console_io, HYPERCALL_CONSOLE_IO, call_console_io},
    {__HYPERVISOR_vm_assist, HYPERCALL_VM_ASSIST, call_vm_assist},
    {__HYPERVISOR_iret, HYPERCALL_IRET, call_iret},
    {__HYPERVISOR_vcpu_op, HYPERCALL_VCPU_OP, call_vcpu_op},
    {__HYPERVISOR_set_segment_base, HYPERCALL_SET_SEGMENT_BASE,
     call_set_segment_base},
    {__HYPERVISOR_mmuext_op, HYPERCALL_MMUEXT_OP, call_mmuext_op},
    {__HYPERVISOR_sched_op, HYPERCALL_SCHED_OP, call_sched_op},
    {__HYPERVISOR_callback_op, HYPERCALL_CALLBACK_OP, call_callback_op},
    {__HYPERVISOR_event_channel_op, HYPERCALL_EVENT_CHANNEL_OP,
     call_event_channel_op},
    {__HYPERVISOR_physdev_op, HYPERCALL_PHYSDEV_OP, call_physdev_op},
};

static const struct hypercall_row *find_row(uint64_t number)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (rows[i].number == number)
            return &rows[i];
    return NULL;
}

int64_t hypercall_make(struct pv_turn *t, uint64_t number, const uint64_t *args)
{
    const struct hypercall_row *row = find_row(number);

    counter_add(&t->v->counters, COUNTER_HYPERCALL_TOTAL, 1);
    if (!row)
        return -XEN_ENOSYS;
    counter_add(&t->v->counters,
                counter_of_hypercall((enum hypercall)row->counter), 1);
    return row->make(t, args);
}

int64_t hypercall_batch(struct pv_turn *t, const uint64_t *args, uint64_t bytes,
                        request_fn *one)
{
    _Alignas(uint64_t) uint8_t request[BATCH_REQUEST_BYTES];
    uint64_t at = args[0];
    uint32_t count = (uint32_t)args[1], done = 0;
    int64_t rc = 0;

    if (bytes > sizeof(request))
        BUG("a request that is too long");
    if (args[3] != DOMID_SELF)
        return -XEN_EPERM;
    while (done < count && !rc) {
        if (!pv_turn_request(t))
            rc = -XEN_EINVAL;
        else if (!pv_copy_from(t, request, at, bytes))
            rc = -XEN_EFAULT;
        else
            rc = one(t, request);
        if (!rc) {
            done++;
            at += bytes;
        }
    }
    if (args[2] && !pv_copy_to(t, args[2], &done, sizeof(done)))
        return -XEN_EFAULT;
    return rc;
}

enum vcpu_action hypercall_handle(struct pv_turn *t)
{
    struct cpu_state *s = cpu_state(t->c);
    const uint64_t args[HYPERCALL_ARGS] = {
        s->gpr[REG_RDI], s->gpr[REG_RSI], s->gpr[REG_RDX],
        s->gpr[REG_R10], s->gpr[REG_R8],  s->gpr[REG_R9],
    };
    int64_t result;

    t->work_cycles += t->costs->pv_hypercall_cycles;
    result = hypercall_make(t, s->gpr[REG_RAX], args);
    if (!t->no_result)
        s->gpr[REG_RAX] = (uint64_t)result;
    return pv_turn_end(t, LEDGER_HYPERCALL);
}
