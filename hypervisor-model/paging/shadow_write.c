/*
 * shadow_write.c - writes that no entry may let through: to guest tables that
 * are shadowed, and those that CR0.WP being clear allows.
 *
 * Hardware  Intel SDM vol. 3, "Page-Level Protection" (CR0.WP).
 * Model     what hypervisors emulate of stores to page tables is in
 *           guest_store.h; everything else the CPU executes itself, with an
 *           entry that lasts for one instruction.
 */
#include <inttypes.h>

#include "hypervisor-model/exits/emulate.h"
#include "hypervisor-model/exits/trip.h"
#include "hypervisor-model/guest_store.h"
#include "hypervisor-model/paging/shadow_internal.h"

/* True if the walk that led to the frame went through it. */
static bool walk_uses(const struct guest_walk *w, gfn_t frame)
{
    for (unsigned level = w->level; level <= w->top; level++)
        if (gpa_to_gfn(w->table[level]).v == frame.v)
            return true;
    return false;
}

/* Debug exceptions and #AC are left to the CPU. */
static bool is_watched(const struct cpu_state *s)
{
    return (s->rflags & RFLAGS_TF) || (s->dr[7] & 0xff) ||
           (s->cpl == 3 && (s->rflags & RFLAGS_AC) && (s->cr0 & CR0_AM));
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

    if (t->exit->vectoring_valid || is_watched(cpu_state_peek(t->c)) ||
        !guest_store_decode(t->c, va, store) ||
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

enum vcpu_action shadow_write_alone(struct trip *t, struct shadow *s,
                                    const struct shadow_regime *r,
                                    const struct guest_walk *w,
                                    const struct shadow_access *a)
{
    uint32_t root = guest_vcpu(t->v)->paging_root;
    struct shadow_access alone = *a;
    enum vcpu_action action;
    bool drop, done;

    alone.alone = true;
    drop = shadow_fill(s, root, r, w, a) == SHADOW_ALONE;
    if (drop)
        shadow_fill(s, root, r, w, &alone);
    shadow_end(t, s);
    if (trip_is_injected(t->exit))
        trip_inject_again(t);
    action = trip_emulate(t, &done);
    if (drop)
        shadow_drop_leaf(s, root, a->va);
    return action;
}

/*
 * The guest's own path to the frame needs it as a table, and the instruction
 * is none that we know: the CPU executes it with that page open.
 */
static enum vcpu_action write_open(struct trip *t, struct shadow *s,
                                   const struct shadow_regime *r,
                                   const struct guest_walk *w,
                                   const struct shadow_access *a)
{
    gfn_t frame = gpa_to_gfn(w->target);
    enum vcpu_action action;

    if (!shadow_open(s, frame))
        return vm_crash(t->v->vm,
                        "one instruction writes too many page tables, at rip "
                        "0x%" PRIx64,
                        cpu_state_peek(t->c)->rip);
    action = shadow_write_alone(t, s, r, w, a);
    shadow_close(s, frame);
    return action;
}

/* The store is none that we emulate: the frame is data from now on. */
static enum vcpu_action take_for_data(struct trip *t, struct shadow *s,
                                      const struct shadow_regime *r,
                                      const struct guest_walk *w,
                                      const struct shadow_access *a)
{
    gfn_t frame = gpa_to_gfn(w->target);

    if (!walk_uses(w, frame) && shadow_forget(s, frame))
        return VCPU_RESUME;
    return write_open(t, s, r, w, a);
}

enum vcpu_action shadow_emulate_write(struct trip *t, struct shadow *s,
                                      const struct shadow_regime *r,
                                      const struct guest_walk *w,
                                      const struct shadow_access *a)
{
    struct guest_store store;

    s->work_cycles += s->config->shadow_emulate_cycles;
    if (!execute(t, a->va, w->target, &store))
        return take_for_data(t, s, r, w, a);
    counter_add(s->counters, COUNTER_SHADOW_WRITE_EMULATED, 1);
    shadow_touch(s, hpa_add(s->vm->memory_base, w->target.v), ACCESS_WRITE);
    shadow_guest_wrote(s, w->target, store.bytes);
    cpu_skip(t->c, store.insn.info.length);
    cpu_state(t->c)->interrupt_shadow = false;
    return VCPU_RESUME;
}
