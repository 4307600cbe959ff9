/*
 * shadow.c - shadow paging of a guest in guest mode: which exits it asks for,
 * and what each does to the tables.
 *
 * Hardware  Intel SDM vol. 3, "Virtualizing Page Tables" is the older
 *           editions' name for this: page faults, INVLPG and control
 *           register writes exit.
 * Model     a page fault is the guest's own if its tables forbid the access
 *           (it is injected), else the shadow's (it is filled, or the write
 *           to a table is emulated) and the guest never knows.
 */
#include <string.h>

#include "hypervisor-model/exit_note.h"
#include "hypervisor-model/exits/exit_device.h"
#include "hypervisor-model/exits/trip.h"
#include "hypervisor-model/guest_insn.h"
#include "hypervisor-model/paging/shadow_internal.h"

static struct shadow *shadow_of(const struct vm *vm)
{
    return guest_vm(vm)->paging_data;
}

static struct shadow_regime regime_of(const struct trip *t)
{
    const struct cpu_state *s = cpu_state_peek(t->c);
    const struct pt_geom *g = cpu_page_table_geom(t->c);
    struct shadow_regime r = {
        .guest = s->cr0 & CR0_PG ? g : NULL,
        .wp = (s->cr0 & CR0_WP) != 0,
        .nxe = (s->efer & EFER_NXE) && g->has_nx,
        .smep = (s->cr4 & CR4_SMEP) != 0,
        .smap = (s->cr4 & CR4_SMAP) != 0,
        .pke = (s->cr4 & CR4_PKE) && g->has_keys,
        .pkru = s->pkru,
        .root = gpa(s->cr3 & g->root_mask),
        .vcpu = t->v->id,
    };

    memcpy(r.pdpte, s->pdpte, sizeof r.pdpte);
    return r;
}

static enum status shadow_vm_init(struct vm *vm, struct error *e)
{
    struct shadow *s = shadow_new(vm, e);

    guest_vm(vm)->paging_data = s;
    return s ? STATUS_OK : STATUS_MEMORY;
}

static void shadow_vm_free(struct vm *vm)
{
    shadow_free(shadow_of(vm));
}

static enum status shadow_vcpu_init(struct vcpu *v, struct error *e)
{
    struct shadow *s = shadow_of(v->vm);
    const struct shadow_regime regime = {.vcpu = v->id}; /* no paging yet */
    struct guest_vcpu *g = guest_vcpu(v);

    (void)e;
    g->paging_root = shadow_load_root(s, &regime, 0);
    v->control.exception_bitmap = (uint32_t)1 << VECTOR_PF;
    v->control.exit_cr3_load = true;
    v->control.exit_invlpg = true;
    v->control.cr0_mask = CR0_PE | CR0_PG | CR0_WP | CR0_CD | CR0_NW;
    v->control.cr4_mask = CR4_PSE | CR4_PAE | CR4_PGE | CR4_PCIDE | CR4_SMEP |
                          CR4_SMAP | CR4_PKE | CR4_LA57;
    v->control.shadow = true;
    v->control.shadow_format = shadow_format(&regime);
    v->control.shadow_root = shadow_table(s, g->paging_root);
    return STATUS_OK;
}

static struct shadow *begin(struct trip *t)
{
    struct shadow *s = shadow_of(t->v->vm);

    s->mmu = cpu_mmu(t->c);
    s->counters = &t->v->counters;
    return s;
}

void shadow_end(struct trip *t, struct shadow *s)
{
    cpu_charge(t->c, LEDGER_SHADOW, shadow_take_work(s));
    if (!shadow_take_flush(s))
        return;
    mmu_invvpid(s->mmu, cpu_control(t->c)->vpid);
    for (unsigned i = 0; i < t->v->vm->vcpu_count; i++)
        guest_vcpu(t->v->vm->vcpus[i])->flush_request |= i != t->v->id;
}

static void use_root(struct trip *t, struct shadow *s,
                     const struct shadow_regime *r)
{
    struct guest_vcpu *g = guest_vcpu(t->v);

    g->paging_root = shadow_load_root(s, r, g->paging_root);
    cpu_control(t->c)->shadow_root = shadow_table(s, g->paging_root);
    cpu_control(t->c)->shadow_format = shadow_format(r);
    trip_vmwrite(t, 1);
}

/*
 * The PDPTEs that a move may load, as the guest's memory has them: the CPU
 * cannot read them, for it does not know where that memory is.
 */
static void before_control(struct trip *t)
{
    const struct cpu_state *s = cpu_state_peek(t->c);
    const struct cpu_exit *x = t->exit;
    uint64_t cr3 = x->reason == VMEXIT_CR_ACCESS && x->cr == 3
                       ? s->gpr[x->gpr % REG_COUNT]
                       : s->cr3;
    uint64_t pdpte[PT_PDPTES] = {0};

    vm_copy_out(t->v->vm, pdpte, gpa(cr3 & pt_geom_x86_pae.root_mask),
                sizeof pdpte);
    memcpy(cpu_control(t->c)->pdpte, pdpte, sizeof pdpte);
}

static enum vcpu_action regime_changed(struct trip *t, unsigned changes)
{
    const struct shadow_regime regime = regime_of(t);
    struct shadow *s = begin(t);

    use_root(t, s, &regime);
    shadow_resync(s, guest_vcpu(t->v)->paging_root);
    if (changes & REGIME_MODE)
        s->flush = true;
    else
        mmu_flush_pcid(s->mmu);
    shadow_end(t, s);
    return VCPU_RESUME;
}

/* Most turns find nothing written, and cost nothing: how many there are must
   not show (a debugger makes more). */
static void devices_wrote(struct trip *t)
{
    struct shadow *s = begin(t);

    if (shadow_devices_wrote(s))
        shadow_end(t, s);
}

static enum vcpu_action invalidate_page(struct trip *t, gva_t va)
{
    struct shadow *s = begin(t);

    shadow_invalidate(s, guest_vcpu(t->v)->paging_root, va);
    mmu_invvpid_page(s->mmu, cpu_control(t->c)->vpid, va);
    shadow_end(t, s);
    return VCPU_RESUME;
}

static bool holds(uint64_t base, uint32_t limit, uint64_t va)
{
    return va - base <= limit;
}

/* True if an operand of the instruction that exited lies at its address. */
static bool is_operand(const struct trip *t, uint64_t va)
{
    const struct cpu_state *s = cpu_state_peek(t->c);
    struct guest_insn insn;

    if (!guest_insn_decode(t->c, &insn))
        return false;
    for (unsigned i = 0; i < insn.info.operand_count; i++) {
        const ZydisDecodedOperand *op = &insn.operands[i];
        uint64_t at, bytes = op->size / 8;

        if (guest_insn_address(s, &insn, op, &at) &&
            va - at + bytes < 2 * bytes)
            return true; /* a push lies below its address */
    }
    return false;
}

/*
 * The exit does not say whether the CPU's own access to a system table faulted
 * or an operand's (SDM vol. 3, "Access Rights": SMAP tells them apart).
 */
static bool is_implicit(const struct trip *t)
{
    const struct cpu_state *s = cpu_state_peek(t->c);
    uint64_t va = t->exit->qualification;

    return (holds(s->gdtr.base, s->gdtr.limit, va) ||
            holds(s->idtr.base, s->idtr.limit, va) ||
            holds(s->ldtr.base, s->ldtr.limit, va) ||
            holds(s->tr.base, s->tr.limit, va)) &&
           !is_operand(t, va);
}

static struct shadow_access access_of(const struct trip *t)
{
    const struct cpu_exit *x = t->exit;
    const struct cpu_state *s = cpu_state_peek(t->c);
    bool explicit = !x->vectoring_valid && s->cpl != 3;

    return (struct shadow_access){
        .va = gva(x->qualification),
        .write = (x->error_code & PF_WRITE) != 0,
        .fetch = (x->error_code & PF_FETCH) != 0,
        .user = (x->error_code & PF_USER) != 0,
        .smap_off = explicit && (s->rflags & RFLAGS_AC) &&
                    !(s->cr4 & CR4_SMAP && is_implicit(t)),
    };
}

static enum vcpu_action inject_fault(struct trip *t, gva_t va,
                                     uint32_t error_code)
{
    cpu_state(t->c)->cr2 = va.v;
    return trip_inject(t, VECTOR_PF, true, error_code);
}

static enum vcpu_action settle(struct trip *t, struct shadow *s,
                               const struct shadow_regime *r,
                               const struct shadow_access *a)
{
    const struct guest_walk walk = shadow_walk_guest(s, r, a);

    if (!walk.ok)
        return inject_fault(t, a->va, walk.error_code);
    exit_note_target(t->v, walk.target);
    switch (shadow_fill(s, guest_vcpu(t->v)->paging_root, r, &walk, a)) {
    case SHADOW_FILLED:
        return VCPU_RESUME;
    case SHADOW_WAS_THERE:
        /* The hardware knows a reason that the software walk does not. */
        return inject_fault(t, a->va, t->exit->error_code);
    case SHADOW_EMULATE:
        return shadow_emulate_write(t, s, r, &walk, a);
    case SHADOW_ALONE:
        if (shadow_is_guarded(s, gpa_to_gfn(walk.target)))
            return shadow_emulate_write(t, s, r, &walk, a);
        return shadow_write_alone(t, s, r, &walk, a);
    case SHADOW_OUTSIDE:
        break;
    }
    if (a->fetch)
        return trip_outside_memory(t, walk.target);
    shadow_end(t, s);
    return trip_device(t, a->va, walk.target);
}

static enum vcpu_action page_fault(struct trip *t)
{
    const struct shadow_regime regime = regime_of(t);
    const struct shadow_access access = access_of(t);
    struct shadow *s = begin(t);
    enum vcpu_action action;

    trip_vmread(t, 2); /* error code, address */
    /* A boot loader may have left the vCPU with paging on. */
    if (s->pages[guest_vcpu(t->v)->paging_root].role.guest != regime.guest)
        use_root(t, s, &regime);
    action = settle(t, s, &regime, &access);
    shadow_end(t, s);
    return action;
}

static bool check(const struct vcpu *v, const struct cpu *c, struct error *e)
{
    (void)c;
    return shadow_check(shadow_of(v->vm), e);
}

const struct paging_ops paging_shadow = {
    .name = "shadow",
    .vm_init = shadow_vm_init,
    .vm_free = shadow_vm_free,
    .vcpu_init = shadow_vcpu_init,
    .page_fault = page_fault,
    .invalidate_page = invalidate_page,
    .regime_changed = regime_changed,
    .devices_wrote = devices_wrote,
    .before_control = before_control,
    .check = check,
};

const struct shadow *shadow_peek(const struct vm *vm)
{
    return guest_vm(vm)->paging == &paging_shadow ? shadow_of(vm) : NULL;
}
