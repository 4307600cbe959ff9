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
#include <inttypes.h>
#include <string.h>

#include "hypervisor-model/exits/emulate.h"
#include "hypervisor-model/exits/exit_device.h"
#include "hypervisor-model/exits/trip.h"
#include "hypervisor-model/guest_store.h"
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
    v->control.enable_invpcid = false; /* PCID is withheld */
    v->control.cr0_mask = CR0_PE | CR0_PG | CR0_WP | CR0_CD | CR0_NW;
    v->control.cr4_mask = CR4_PSE | CR4_PAE | CR4_PGE | CR4_PCIDE | CR4_SMEP |
                          CR4_SMAP | CR4_LA57;
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

/* Charges the work; the hardware forgets what the tables no longer say. */
static void end(struct trip *t, struct shadow *s)
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
    end(t, s);
    return VCPU_RESUME;
}

static enum vcpu_action invalidate_page(struct trip *t, gva_t va)
{
    struct shadow *s = begin(t);

    shadow_invalidate(s, guest_vcpu(t->v)->paging_root, va);
    mmu_invvpid_page(s->mmu, cpu_control(t->c)->vpid, va);
    end(t, s);
    return VCPU_RESUME;
}

static struct shadow_access access_of(const struct trip *t)
{
    const struct cpu_exit *x = t->exit;
    const struct cpu_state *s = cpu_state_peek(t->c);
    bool implicit = x->vectoring_valid || s->cpl == 3;

    return (struct shadow_access){
        .va = gva(x->qualification),
        .write = (x->error_code & PF_WRITE) != 0,
        .fetch = (x->error_code & PF_FETCH) != 0,
        .user = (x->error_code & PF_USER) != 0,
        .smap_off = !implicit && (s->rflags & RFLAGS_AC),
    };
}

static enum vcpu_action inject_fault(struct trip *t, gva_t va,
                                     uint32_t error_code)
{
    cpu_state(t->c)->cr2 = va.v;
    return trip_inject(t, VECTOR_PF, true, error_code);
}

/* True if the walk that led to the frame went through it. */
static bool walk_uses(const struct guest_walk *w, gfn_t frame)
{
    for (unsigned level = w->level; level <= w->top; level++)
        if (gpa_to_gfn(w->table[level]).v == frame.v)
            return true;
    return false;
}

/*
 * Executes the store at rip to va, which the guest's tables map to `at`.
 * False, with nothing changed, if it is none that we know.
 */
static bool execute(struct trip *t, gva_t va, gpa_t at,
                    struct guest_store *store)
{
    struct vm *vm = t->v->vm;
    uint64_t before = 0;
    hpa_t where;

    if (!guest_store_decode(t->c, va, store) ||
        !vm_copy_out(vm, &before, at, store->bytes))
        return false;
    guest_store_run(store, before);
    if (!store->kept)
        vm_copy_in(vm, at, &store->result, store->bytes);
    if (vm_gpa_to_hpa(vm, at, &where) &&
        memory_is_code(vm->hv->dram, hpa_to_hfn(where)))
        cpu_code_written(t->c, hpa_to_hfn(where));
    guest_store_finish(store, t->c);
    return true;
}

/*
 * The guest's own path to the frame needs it as a table, and the instruction
 * is none that we know: the CPU executes it with that page open.
 */
static enum vcpu_action write_open(struct trip *t, struct shadow *s,
                                   const struct guest_walk *w,
                                   const struct shadow_access *a)
{
    const struct cpu_exit *x = t->exit;
    const struct shadow_regime regime = regime_of(t);
    gfn_t frame = gpa_to_gfn(w->target);
    enum vcpu_action action;
    bool done;

    if (!shadow_open(s, frame))
        return vm_crash(t->v->vm,
                        "one instruction writes too many page tables, at rip "
                        "0x%" PRIx64,
                        cpu_state_peek(t->c)->rip);
    shadow_fill(s, guest_vcpu(t->v)->paging_root, &regime, w, a);
    end(t, s);
    if (x->vectoring_valid && x->vectoring_kind != INJECT_SOFTWARE)
        trip_inject_again(t);
    action = trip_emulate(t, &done);
    shadow_close(s, frame);
    return action;
}

/* The store is none that we emulate: the frame is data from now on. */
static enum vcpu_action take_for_data(struct trip *t, struct shadow *s,
                                      const struct guest_walk *w,
                                      const struct shadow_access *a)
{
    gfn_t frame = gpa_to_gfn(w->target);

    if (!walk_uses(w, frame) && shadow_forget(s, frame))
        return VCPU_RESUME;
    return write_open(t, s, w, a);
}

static enum vcpu_action emulate(struct trip *t, struct shadow *s,
                                const struct guest_walk *w,
                                const struct shadow_access *a)
{
    struct guest_store store;

    s->work_cycles += s->config->shadow_emulate_cycles;
    if (t->exit->vectoring_valid || !execute(t, a->va, w->target, &store))
        return take_for_data(t, s, w, a);
    counter_add(s->counters, COUNTER_SHADOW_WRITE_EMULATED, 1);
    shadow_touch(s, hpa_add(s->vm->memory_base, w->target.v), ACCESS_WRITE);
    shadow_guest_wrote(s, w->target, store.bytes);
    cpu_skip(t->c, store.insn.info.length);
    cpu_state(t->c)->interrupt_shadow = false;
    return VCPU_RESUME;
}

static enum vcpu_action settle(struct trip *t, struct shadow *s,
                               const struct shadow_regime *r,
                               const struct shadow_access *a)
{
    const struct guest_walk walk = shadow_walk_guest(s, r, a);

    if (!walk.ok)
        return inject_fault(t, a->va, walk.error_code);
    switch (shadow_fill(s, guest_vcpu(t->v)->paging_root, r, &walk, a)) {
    case SHADOW_FILLED:
        return VCPU_RESUME;
    case SHADOW_WAS_THERE:
        /* The hardware knows a reason that the software walk does not. */
        return inject_fault(t, a->va, t->exit->error_code);
    case SHADOW_EMULATE:
        return emulate(t, s, &walk, a);
    case SHADOW_OUTSIDE:
        break;
    }
    if (a->fetch)
        return trip_outside_memory(t, walk.target);
    end(t, s);
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
    end(t, s);
    return action;
}

/* KVM does not offer PCID over shadow tables either. */
static void mask_cpuid(uint32_t leaf, uint32_t out[4])
{
    if (leaf == 1)
        out[2] &= ~((uint32_t)1 << 17); /* PCID */
    else if (leaf == 7)
        out[1] &= ~((uint32_t)1 << 10); /* INVPCID */
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
    .before_control = before_control,
    .cr4_withheld = CR4_PCIDE,
    .mask_cpuid = mask_cpuid,
    .check = check,
};
