#include "hypervisor-model/exits/kvm_pv.h"

#include <string.h>

#include "hypervisor-model/exits/trip.h"

enum {
    LEAF_SIGNATURE = 0x40000000,
    LEAF_FEATURES = 0x40000001,
    FEATURE_STEAL_TIME = 1 << 5,
    FEATURE_PV_UNHALT = 1 << 7,
    FEATURE_PV_TLB_FLUSH = 1 << 9,
    FEATURE_PV_SEND_IPI = 1 << 11,
    FEATURE_PV_SCHED_YIELD = 1 << 13,
    STEAL_TIME_MSR = 0x4b564d03,
    MSR_ENABLED = 1,
    PREEMPTED = 1,
    FLUSH_TLB = 2,
};

/* struct kvm_steal_time. */
struct steal_record {
    uint64_t steal_ns;
    uint32_t version; /* odd: it is being changed */
    uint32_t flags;
    uint8_t preempted;
    uint8_t reserved[47];
};
_Static_assert(sizeof(struct steal_record) == 64, "as KVM has it");

static uint32_t features_of(const struct kvm_config *kvm)
{
    uint32_t features = 0;

    if (kvm->steal_time)
        features |= FEATURE_STEAL_TIME;
    if (kvm->pv_unhalt)
        features |= FEATURE_PV_UNHALT;
    if (kvm->steal_time && kvm->pv_tlb_flush)
        features |= FEATURE_PV_TLB_FLUSH;
    if (kvm->pv_ipi)
        features |= FEATURE_PV_SEND_IPI;
    if (kvm->pv_sched_yield)
        features |= FEATURE_PV_SCHED_YIELD;
    return features;
}

void kvm_pv_cpuid(const struct vm *vm, uint32_t leaf, uint32_t out[4])
{
    static const char signature[12] = "KVMKVMKVM";
    uint32_t features = features_of(&vm->kvm);

    if (features == 0 || (leaf != LEAF_SIGNATURE && leaf != LEAF_FEATURES))
        return;
    memset(out, 0, 4 * sizeof out[0]);
    if (leaf == LEAF_FEATURES) {
        out[0] = features;
        return;
    }
    out[0] = LEAF_FEATURES;
    memcpy(&out[1], signature, sizeof signature);
}

/* --- the record ---------------------------------------------------------- */

static struct guest_memory *memory_of(const struct vcpu *v)
{
    return &v->vm->platform.bus.memory;
}

static gpa_t record_at(const struct vcpu *v)
{
    return gpa(guest_vcpu(v)->steal_msr & ~(uint64_t)63);
}

static bool read_record(const struct vcpu *v, struct steal_record *r)
{
    return (guest_vcpu(v)->steal_msr & MSR_ENABLED) != 0 &&
           guest_memory_read(memory_of(v), record_at(v), r, sizeof *r);
}

static uint64_t cycles_to_ns(const struct vcpu *v, uint64_t cycles)
{
    uint64_t khz = v->vm->hv->platform.tsc_khz;

    return cycles / khz * 1000000 + cycles % khz * 1000000 / khz;
}

/* As if it had flushed all itself: what others wrote to tables, too. */
void kvm_pv_catch_up(struct vcpu *v, struct cpu *c)
{
    const struct cpu_exit none = {.reason = VMEXIT_EXTERNAL_INTERRUPT};
    const struct paging_ops *paging = guest_vm(v->vm)->paging;
    struct trip t = {.v = v, .c = c, .exit = &none};

    if (!guest_vcpu(v)->flush_late)
        return;
    guest_vcpu(v)->flush_late = false;
    if (paging->regime_changed)
        (void)paging->regime_changed(&t, REGIME_CR3);
    mmu_invvpid(cpu_mmu(c), cpu_control(c)->vpid);
}

void kvm_pv_switched_in(struct vcpu *v, uint64_t waited_cycles)
{
    struct guest_vcpu *g = guest_vcpu(v);
    uint64_t waited_ns = cycles_to_ns(v, waited_cycles);
    struct steal_record r;

    if (!read_record(v, &r)) {
        g->steal_known_ns = waited_ns;
        return;
    }
    if (r.preempted & FLUSH_TLB) {
        g->flush_late = true;
        counter_add(&v->counters, COUNTER_KVM_FLUSH_LATE, 1);
    }
    r.preempted = 0;
    r.steal_ns += waited_ns - g->steal_known_ns;
    r.version = (r.version | 1) + 1;
    g->steal_known_ns = waited_ns;
    guest_memory_write(memory_of(v), record_at(v), &r, sizeof r);
}

void kvm_pv_switched_out(struct vcpu *v)
{
    struct steal_record r;

    if (!read_record(v, &r) || r.preempted)
        return;
    r.preempted = PREEMPTED;
    guest_memory_write(memory_of(v), record_at(v), &r, sizeof r);
}

/* --- registers ----------------------------------------------------------- */

bool kvm_pv_has_msr(const struct vm *vm, uint32_t index)
{
    return index == STEAL_TIME_MSR && vm->kvm.steal_time;
}

bool kvm_pv_write_msr(struct trip *t, uint32_t index, uint64_t value)
{
    const uint64_t reserved = 0x3e;

    (void)index;
    if (value & reserved)
        return false;
    guest_vcpu(t->v)->steal_msr = value;
    return true;
}

uint64_t kvm_pv_read_msr(const struct vcpu *v, uint32_t index)
{
    (void)index;
    return guest_vcpu(v)->steal_msr;
}

void kvm_pv_reset(struct vcpu *v)
{
    struct guest_vcpu *g = guest_vcpu(v);

    g->steal_msr = 0;
    g->kicked = false;
}
