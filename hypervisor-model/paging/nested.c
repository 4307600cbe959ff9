/*
 * nested.c - second-stage tables, built when the guest first touches a page.
 *
 * Hardware      Intel SDM vol. 3, "The Extended Page Table Mechanism (EPT)".
 * Model         one EPT tree per VM; a violation adds the missing tables and
 *               one leaf of the size that paging.host_page asks for and the
 *               backing allows; every leaf allows all accesses.  The page of
 *               a device becomes an entry that is misconfigured on purpose.
 * NOT MODELLED  A and D bits in EPT, dirty logging, execute-only pages.
 * INVARIANTS    (nested_check asserts them)
 *   1. Every leaf maps a guest frame to the frame that backs it.
 *   2. Nothing outside the VM's memory is mapped.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "hypervisor-model/exits/exit_device.h"
#include "hypervisor-model/exits/guest_apic.h"
#include "hypervisor-model/exits/trip.h"
#include "hypervisor-model/paging/paging.h"
#include "mmu/pt_edit.h"

struct nested {
    hpa_t root;
};

static const struct pt_geom *const geom = &pt_geom_ept_4level;

/* May be written and executed, but not read: no legal entry says so. */
static const uint64_t device_entry = EPT_W | EPT_X;

/* The local APIC's page, when the CPU recognizes accesses to it. */
static const uint64_t apic_entry = GUEST_APIC_ACCESS | EPT_R | EPT_W | EPT_X;

unsigned paging_backing_level(const struct vm *vm, gpa_t at, unsigned wanted)
{
    unsigned level = wanted;

    for (; level > 1; level--) {
        uint64_t span = paging_span(level);
        uint64_t base = at.v & ~(span - 1);

        if (vm->memory_base.v % span == 0 && vm_has_memory(vm, gpa(base), span))
            break;
    }
    return level;
}

static struct nested *nested_of(const struct vm *vm)
{
    return guest_vm(vm)->paging_data;
}

static enum status nested_vm_init(struct vm *vm, struct error *e)
{
    struct nested *n = calloc(1, sizeof *n);
    hfn_t frame;

    guest_vm(vm)->paging_data = n;
    if (!n || !frame_alloc(vm->hv, &frame))
        return error_set(e, STATUS_MEMORY, "no memory for second-stage tables");
    n->root = hfn_to_hpa(frame);
    return STATUS_OK;
}

static void nested_vm_free(struct vm *vm)
{
    free(guest_vm(vm)->paging_data);
}

static enum status nested_vcpu_init(struct vcpu *v, struct error *e)
{
    (void)e;
    v->control.nested = true;
    v->control.nested_root = nested_of(v->vm)->root;
    return STATUS_OK;
}

/* One second-stage entry read or written by the handler, through the caches. */
static void touch(struct trip *t, hpa_t at, enum access_kind kind)
{
    cpu_charge(t->c, ledger_of_exit(t->exit->reason),
               mmu_touch(cpu_mmu(t->c), at, kind));
}

static void write_entry(struct trip *t, hpa_t table, uint64_t index,
                        uint64_t entry)
{
    touch(t, pt_edit_at(geom, table, index), ACCESS_WRITE);
    pt_edit_write(t->v->vm->hv->dram, geom, table, index, entry);
    cpu_charge(t->c, ledger_of_exit(t->exit->reason),
               trip_config(t)->nested_fill_cycles);
    counter_add(&t->v->counters, COUNTER_NESTED_FILL, 1);
}

/* The table below an entry, made if absent; false: no frame is left. */
static bool table_below(struct trip *t, hpa_t *table, uint64_t index,
                        uint64_t entry)
{
    hfn_t frame;

    if (pt_present(geom, entry)) {
        *table = hpa(pt_address(geom, 2, entry, false));
        return true;
    }
    if (!frame_alloc(t->v->vm->hv, &frame))
        return false;
    write_entry(t, *table, index, hfn_to_hpa(frame).v | EPT_R | EPT_W | EPT_X);
    *table = hfn_to_hpa(frame);
    return true;
}

/* Maps the page of this level that holds `at`; false: no frame is left. */
static bool map(struct trip *t, gpa_t at, unsigned leaf_level, uint64_t entry)
{
    const struct vm *vm = t->v->vm;
    hpa_t table = nested_of(vm)->root;

    for (unsigned level = geom->levels; level > leaf_level; level--) {
        uint64_t index = pt_index(geom, level, at.v);
        uint64_t above = pt_edit_read(vm->hv->dram, geom, table, index);

        touch(t, pt_edit_at(geom, table, index), ACCESS_READ);
        if (!table_below(t, &table, index, above))
            return false;
    }
    write_entry(t, table, pt_index(geom, leaf_level, at.v), entry);
    return true;
}

/*
 * A device: from now on its page exits as misconfigured, which says at once
 * what it is.  Without a frame for that, it exits as it did.
 */
static enum vcpu_action device_fault(struct trip *t, gpa_t at)
{
    const struct cpu_exit *x = t->exit;

    if (!(x->qualification & EPTQ_FINAL) || (x->qualification & EPTQ_FETCH) ||
        !platform_is_device(trip_platform(t), at))
        return trip_outside_memory(t, at);
    if (cpu_control(t->c)->apic_access &&
        at.v >> PAGE_SHIFT == GUEST_APIC_PAGE >> PAGE_SHIFT &&
        map(t, at, 1, apic_entry))
        return VCPU_RESUME;
    map(t, at, 1, device_entry);
    return trip_device(t, x->gva, at);
}

static enum vcpu_action nested_fault(struct trip *t)
{
    const struct vm *vm = t->v->vm;
    gpa_t at = t->exit->gpa;
    unsigned leaf_level = paging_backing_level(
        vm, at, paging_level_of_shift(trip_config(t)->host_page_shift));
    uint64_t page = at.v & ~(paging_span(leaf_level) - 1);
    hpa_t backing;

    if (!vm_has_memory(vm, at, 1) || !vm_gpa_to_hpa(vm, gpa(page), &backing))
        return device_fault(t, at);
    if (!map(t, at, leaf_level,
             backing.v | EPT_R | EPT_W | EPT_X | EPT_MEMORY_TYPE_WB |
                 (leaf_level > 1 ? EPT_PS : 0)))
        return vm_crash(t->v->vm, "the host has no memory left for "
                                  "second-stage tables");
    return VCPU_RESUME;
}

/* Checks the tree below a table that maps guest-physical memory from `from`. */
static bool check_table(const struct vm *vm, hpa_t table, unsigned level,
                        uint64_t from, struct error *e)
{
    const struct memory *dram = vm->hv->dram;

    for (uint64_t i = 0; i < 512; i++) {
        uint64_t entry = pt_edit_read(dram, geom, table, i);
        uint64_t at = from + i * pt_span_bytes(geom, level);
        bool leaf = pt_is_leaf(geom, level, entry);
        uint64_t to = pt_address(geom, level, entry, leaf);
        bool good;

        if (!pt_present(geom, entry) || entry == device_entry ||
            entry == apic_entry)
            continue;
        good = leaf ? vm_has_memory(vm, gpa(at), pt_span_bytes(geom, level)) &&
                          to == vm->memory_base.v + at
                    : check_table(vm, hpa(to), level - 1, at, e);
        if (!good && leaf)
            error_set(e, STATUS_USAGE,
                      "check: second-stage entry for gpa 0x%" PRIx64
                      " maps hpa 0x%" PRIx64,
                      at, to);
        if (!good)
            return false;
    }
    return true;
}

static bool nested_check(const struct vcpu *v, const struct cpu *c,
                         struct error *e)
{
    (void)c;
    return check_table(v->vm, nested_of(v->vm)->root, geom->levels, 0, e);
}

const struct paging_ops paging_nested = {
    .name = "nested",
    .vm_init = nested_vm_init,
    .vm_free = nested_vm_free,
    .vcpu_init = nested_vcpu_init,
    .second_stage_fault = nested_fault,
    .maps_apic = true,
    .check = nested_check,
};
