/*
 * pv_trap.c - what the hypervisor does when a pv guest traps into it.
 *
 * Source  Xen public xen.h and arch-x86/xen-x86_64.h.
 * Model   the guest's kernel and programs both run in ring 3, so every
 *         exception and SYSCALL comes here first.  SYSCALL from the kernel
 *         is a hypercall; from a program it is bounced to the kernel's
 *         callback.  Exceptions are settled here (privileged instructions,
 *         stores to leaf tables, forced CPUID) or bounced.
 */
#include "hypervisor-model/pv/pv_trap.h"

#include "hypervisor-model/hypercall/hypercall.h"
#include "hypervisor-model/pv/pv_guest.h"
#include "hypervisor-model/pv/pv_page.h"

/* What SYSCALL leaves behind (SDM vol. 2, "SYSCALL"). */
static void finish_syscall(struct pv_turn *t, const struct cpu_trap *trap)
{
    struct cpu_state *s = cpu_state(t->c);

    cpu_skip(t->c, trap->length);
    s->gpr[REG_RCX] = s->rip;
    s->gpr[REG_R11] = s->rflags;
}

static enum vcpu_action trap_syscall(struct pv_turn *t,
                                     const struct cpu_trap *trap)
{
    struct pv_bounce b = {
        .handler = t->vcpu->syscall.address,
        .mask_events = t->vcpu->syscall.mask_events,
    };

    finish_syscall(t, trap);
    if (t->vcpu->kernel_mode) {
        pv_turn_count(t, VMEXIT_VMCALL);
        return hypercall_handle(t);
    }
    pv_turn_count(t, VMEXIT_PV_SYSCALL);
    t->work_cycles += t->costs->handler_cycles[VMEXIT_PV_SYSCALL];
    pv_bounce(t, &b);
    return pv_turn_end(t, ledger_of_exit(VMEXIT_PV_SYSCALL));
}

/* INT n: the guest says which vectors its programs may call. */
static enum vcpu_action trap_software(struct pv_turn *t,
                                      const struct cpu_trap *trap)
{
    const struct pv_trap_handler *h = &t->vcpu->traps[trap->vector];
    unsigned needed = t->vcpu->kernel_mode ? 1 : 3;

    pv_turn_count(t, VMEXIT_EXCEPTION);
    if ((h->flags & TRAP_DPL) < needed) {
        pv_inject(t, VECTOR_GP, true, trap->vector * 8u + 2);
    } else {
        cpu_skip(t->c, trap->length);
        pv_inject(t, trap->vector, false, 0);
    }
    return pv_turn_end(t, ledger_of_exit(VMEXIT_EXCEPTION));
}

/* A privileged instruction of the guest's kernel, or CPUID by request. */
static bool emulated(struct pv_turn *t, const struct cpu_trap *trap)
{
    if (trap->vector == VECTOR_UD)
        return pv_emulate_cpuid(t);
    if (trap->vector == VECTOR_GP && trap->error_code == 0 &&
        t->vcpu->kernel_mode)
        return pv_emulate_privileged(t);
    return false;
}

/* A store of the guest's kernel to a page that it may only read. */
static bool may_be_table_write(const struct pv_turn *t,
                               const struct cpu_trap *trap)
{
    const uint32_t write = PF_PRESENT | PF_WRITE;

    return trap->vector == VECTOR_PF && t->vcpu->kernel_mode &&
           (trap->error_code & (write | PF_RESERVED | PF_FETCH)) == write;
}

static void bounce_exception(struct pv_turn *t, const struct cpu_trap *trap)
{
    if (trap->vector == VECTOR_PF) {
        pv_inject_page_fault(t, trap->cr2, trap->error_code);
        return;
    }
    if (trap->vector == VECTOR_NM)
        pv_set_task_switched(t, false);
    pv_inject(t, trap->vector, trap->has_error, trap->error_code);
}

static enum vcpu_action trap_exception(struct pv_turn *t,
                                       const struct cpu_trap *trap)
{
    bool decode = trap->vector == VECTOR_UD ||
                  (trap->vector == VECTOR_GP && t->vcpu->kernel_mode);

    if (decode && emulated(t, trap)) {
        uint64_t work = t->work_cycles;

        t->work_cycles = 0;
        pv_turn_count(t, VMEXIT_PV_PRIVILEGED);
        t->work_cycles = work + t->costs->pv_emulate_cycles +
                         t->costs->handler_cycles[VMEXIT_PV_PRIVILEGED];
        return pv_turn_end(t, ledger_of_exit(VMEXIT_PV_PRIVILEGED));
    }
    if (t->action == VCPU_CRASHED)
        return t->action;
    pv_turn_count(t, VMEXIT_EXCEPTION);
    if (!may_be_table_write(t, trap) || !pv_emulate_table_write(t, trap->cr2))
        bounce_exception(t, trap);
    return pv_turn_end(t, ledger_of_exit(VMEXIT_EXCEPTION));
}

enum vcpu_action pv_trap(struct pv_turn *t, const struct cpu_trap *trap)
{
    t->trap = trap;
    switch (trap->kind) {
    case TRAP_SYSCALL:
        return trap_syscall(t, trap);
    case TRAP_SOFTWARE:
        return trap_software(t, trap);
    case TRAP_EXCEPTION:
        return trap_exception(t, trap);
    }
    return t->action;
}

int pv_new_base(struct pv_turn *t, hfn_t root)
{
    struct pv_vcpu *pv = t->vcpu;
    hfn_t old = pv->kernel_root;
    int rc = pv_page_use(t, root, PV_TYPE_L4);

    if (rc)
        return rc;
    pv->kernel_root = root;
    pv_load_root(t);
    pv_flush_all(t);
    t->work_cycles += t->costs->pv_switch_cycles;
    pv_page_unuse(t, old);
    return 0;
}

int pv_new_user_base(struct pv_turn *t, hfn_t root)
{
    struct pv_vcpu *pv = t->vcpu;
    hfn_t old = pv->user_root;

    if (root.v) {
        int rc = pv_page_use(t, root, PV_TYPE_L4);

        if (rc)
            return rc;
    }
    pv->user_root = root;
    if (old.v)
        pv_page_unuse(t, old);
    return 0;
}

void pv_set_task_switched(struct pv_turn *t, bool set)
{
    struct cpu_state *s = cpu_state(t->c);

    t->vcpu->cr0 = (t->vcpu->cr0 & ~CR0_TS) | (set ? CR0_TS : 0);
    s->cr0 = (s->cr0 & ~CR0_TS) | (set ? CR0_TS : 0);
    cpu_sync(t->c);
}

void pv_block(struct pv_turn *t)
{
    const uint8_t *info = memory_at(t->domain->dram, t->vcpu->info);

    pv_set_upcall_mask(t, 0);
    if (info[offsetof(struct vcpu_info, evtchn_upcall_pending)])
        return;
    t->vcpu->blocked = true;
    t->action = VCPU_HALT;
}

bool pv_port_allowed(const struct pv_turn *t, uint16_t port, unsigned bytes)
{
    unsigned last = port + bytes - 1;

    if (t->vcpu->iopl < (t->vcpu->kernel_mode ? 1 : 3))
        return false;
    return (port >= PORT_SERIAL && last <= PORT_SERIAL + 7) ||
           (port >= PORT_DEBUG_STDERR && last <= PORT_DEBUG_STDOUT) ||
           (port == PORT_DEBUG_EXIT && bytes == 1) ||
           port == PORT_HOST_FILES_QUEUE || port == PORT_HOST_FILES_SAVE ||
           (port == PORT_HOST_FILES_CONTROL && bytes == 4);
}
