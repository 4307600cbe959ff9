#include "hypervisor-model/exits/guest_apic.h"

#include <string.h>

#include "hypervisor-model/exits/exit_device.h"
#include "hypervisor-model/exits/exit_table.h"
#include "hypervisor-model/exits/trip.h"

enum {
    TPR_MSR = 0x808,
    EOI_MSR = 0x80b,
    CURRENT_COUNT_MSR = 0x839,
    SELF_IPI_MSR = 0x83f,
    TPR_OFFSET = 0x80,
    EOI_OFFSET = 0xb0,
};

static bool uses_apicv(const struct hv_config *config)
{
    return config->has_apicv && config->apicv;
}

static bool uses_shadow(const struct hv_config *config)
{
    return config->has_tpr_shadow && (config->tpr_shadow || uses_apicv(config));
}

bool guest_apic_has_msr(const struct hv_config *config, uint32_t index,
                        bool write)
{
    if (!uses_apicv(config))
        return false;
    if (write)
        return index == TPR_MSR || index == EOI_MSR || index == SELF_IPI_MSR;
    return index != CURRENT_COUNT_MSR &&
           lapic_msr_readable(index - MSR_X2APIC_FIRST);
}

enum status guest_apic_setup(struct vcpu *v, struct error *e)
{
    const struct hv_config *config = v->vm->hv->config;
    struct guest_control *g = &v->control;
    hfn_t frame;

    g->exit_cr8_load |= !uses_shadow(config);
    g->exit_cr8_store |= !uses_shadow(config);
    if (!uses_shadow(config))
        return STATUS_OK;
    if (!frame_alloc(v->vm->hv, &frame))
        return error_set(e, STATUS_MEMORY, "no memory for a virtual-APIC page");
    g->tpr_shadow = true;
    g->virtual_apic = hfn_to_hpa(frame);
    g->apic_registers = g->virtual_interrupts = uses_apicv(config);
    g->apic_access_page = hpa(GUEST_APIC_ACCESS);
    return STATUS_OK;
}

/* --- before and after a turn --------------------------------------------- */

/* Where the TPR must fall for an interrupt to be deliverable; 0: nowhere. */
static uint8_t threshold_of(const struct lapic *l)
{
    int vector = lapic_requested(l);

    if (vector < 0 || (uint32_t)vector >> 4 > l->task_priority >> 4)
        return 0;
    return (uint8_t)(vector >> 4);
}

static uint8_t vector_or_0(int vector)
{
    return vector < 0 ? 0 : (uint8_t)vector;
}

static void follow_mode(const struct vcpu *v, const struct lapic *l,
                        struct guest_control *g)
{
    const struct hv_config *config = v->vm->hv->config;

    g->virtual_x2apic = g->apic_registers && lapic_is_x2apic(l);
    g->apic_access = config->has_apic_access && config->flexpriority &&
                     guest_vm(v->vm)->paging->maps_apic &&
                     lapic_has_page(l, GUEST_APIC_PAGE);
}

static void follow_interrupts(const struct lapic *l, struct guest_control *g)
{
    if (!g->virtual_interrupts) {
        g->tpr_threshold = threshold_of(l);
        return;
    }
    g->rvi = vector_or_0(lapic_requested(l));
    g->svi = vector_or_0(lapic_in_service(l));
    for (unsigned i = 0; i < 4; i++)
        g->eoi_exit[i] = l->tmr[2 * i] | (uint64_t)l->tmr[2 * i + 1] << 32;
}

/* Most turns find it as the last one left it. */
static void fill_page(struct vcpu *v, const struct lapic *l, uint8_t *page)
{
    struct lapic *known = &guest_vcpu(v)->in_page;

    if (memcmp(known, l, sizeof *l) == 0)
        return;
    lapic_fill_page(l, page);
    memcpy(known, l, sizeof *l);
}

void guest_apic_enter(struct vcpu *v, struct cpu *c)
{
    const struct lapic *l = platform_lapic(&v->vm->platform, v->id);
    struct guest_control *g = cpu_control(c);
    struct memory *dram = v->vm->hv->dram;

    cpu_state(c)->cr8 = l->task_priority >> 4;
    if (!g->tpr_shadow)
        return;
    follow_mode(v, l, g);
    follow_interrupts(l, g);
    if (g->apic_registers)
        fill_page(v, l, memory_at(dram, g->virtual_apic));
    else
        memory_copy_in(dram, hpa_add(g->virtual_apic, TPR_OFFSET),
                       &l->task_priority, sizeof l->task_priority);
    guest_vcpu(v)->apic_in_page = true;
}

void guest_apic_leave(struct vcpu *v, struct cpu *c)
{
    struct lapic *l = platform_lapic(&v->vm->platform, v->id);
    const struct guest_control *g = cpu_control(c);

    if (!guest_vcpu(v)->apic_in_page)
        return;
    guest_vcpu(v)->apic_in_page = false;
    lapic_take_page(l, memory_at(v->vm->hv->dram, g->virtual_apic),
                    g->virtual_interrupts);
    cpu_state(c)->cr8 = l->task_priority >> 4;
    if (g->apic_registers)
        memcpy(&guest_vcpu(v)->in_page, l, sizeof *l);
}

/* --- exits --------------------------------------------------------------- */

static void charge_device(struct trip *t)
{
    cpu_charge(t->c, LEDGER_DEVICE, trip_config(t)->device_cycles);
}

/* What waits is injected at the next entry, by guest_mode_budget(). */
enum vcpu_action exit_tpr_threshold(struct trip *t)
{
    trip_vmread(t, 1);
    trip_vmwrite(t, 1); /* the threshold */
    return VCPU_RESUME;
}

/* The end of an interrupt needs no emulator, as in KVM; all else does. */
enum vcpu_action exit_apic_access(struct trip *t)
{
    const uint64_t end = EOI_OFFSET | 1u << 12; /* a write */
    gpa_t at = gpa(GUEST_APIC_PAGE | (t->exit->qualification & 0xfff));

    trip_vmread(t, 1); /* qualification */
    if (t->exit->qualification != end || t->exit->vectoring_valid)
        return trip_device(t, t->exit->gva, at);
    charge_device(t);
    platform_virtual_write(trip_platform(t), t->v->id, cpu_now(t->c),
                           EOI_OFFSET, 0);
    trip_skip(t);
    return VCPU_RESUME;
}

/* The vector has left the ISR; the I/O APIC may wait for that. */
enum vcpu_action exit_virtualized_eoi(struct trip *t)
{
    trip_vmread(t, 1); /* qualification */
    charge_device(t);
    platform_virtual_eoi(trip_platform(t), t->v->id, cpu_now(t->c),
                         (uint8_t)t->exit->qualification);
    return VCPU_RESUME;
}

/* The value is in the page. */
enum vcpu_action exit_apic_write(struct trip *t)
{
    uint32_t offset = (uint32_t)t->exit->qualification & 0xff0;
    uint32_t value = 0;

    memory_copy_out(t->v->vm->hv->dram, &value,
                    hpa_add(cpu_control(t->c)->virtual_apic, offset),
                    sizeof value);
    trip_vmread(t, 1); /* qualification */
    charge_device(t);
    /* What was written may be more than the register takes. */
    memset(&guest_vcpu(t->v)->in_page, 0, sizeof(struct lapic));
    platform_virtual_write(trip_platform(t), t->v->id, cpu_now(t->c), offset,
                           value);
    return VCPU_RESUME;
}
