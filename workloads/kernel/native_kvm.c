/*
 * native_kvm.c - KVM's services, by CPUID, a record in memory and hypercalls.
 */
#include "workloads/kernel/native_kvm.h"

#include "workloads/kernel/kernel.h"
#include "workloads/kernel/native.h"

enum {
    LEAF_SIGNATURE = 0x40000000,
    LEAF_FEATURES = 0x40000001,
    CALL_KICK_CPU = 5,
    CALL_SEND_IPI = 10,
    CALL_SCHED_YIELD = 11,
    PREEMPTED = 1, /* in record.preempted */
    FLUSH_TLB = 2,
};

#define MSR_KVM_STEAL_TIME 0x4b564d03u
#define RECORD_ENABLED     1u

/* struct kvm_steal_time: the hypervisor writes it. */
struct steal_record {
    uint64_t steal_ns;
    uint32_t version; /* odd: it is being changed */
    uint32_t flags;
    uint8_t preempted;
    uint8_t reserved[47];
} __attribute__((aligned(64)));

uint32_t native_kvm_features;
static struct steal_record records[MAX_CPUS];

void native_kvm_init(void)
{
    struct cpuid c = cpuid(LEAF_SIGNATURE, 0);

    if (c.ebx == 0x4b4d564b && c.ecx == 0x564b4d56 && c.edx == 0x4d &&
        c.eax >= LEAF_FEATURES) /* "KVMKVMKVM" */
        native_kvm_features = cpuid(LEAF_FEATURES, 0).eax;
}

void native_kvm_init_cpu(unsigned number)
{
    if (native_kvm_has(KVM_STEAL_TIME))
        wrmsr(MSR_KVM_STEAL_TIME,
              ((uint64_t)&records[number] - KERNEL_BASE) | RECORD_ENABLED);
}

uint64_t native_kvm_steal_ns(unsigned cpu)
{
    const struct steal_record *r = &records[cpu];
    uint32_t version;
    uint64_t steal_ns;

    do {
        version = __atomic_load_n(&r->version, __ATOMIC_ACQUIRE);
        steal_ns = __atomic_load_n(&r->steal_ns, __ATOMIC_ACQUIRE);
    } while (version % 2 != 0 ||
             version != __atomic_load_n(&r->version, __ATOMIC_ACQUIRE));
    return steal_ns;
}

bool native_kvm_is_off(unsigned cpu)
{
    return (__atomic_load_n(&records[cpu].preempted, __ATOMIC_ACQUIRE) &
            PREEMPTED) != 0;
}

bool native_kvm_leave_flush(unsigned cpu)
{
    uint8_t *at = &records[cpu].preempted;
    uint8_t was = __atomic_load_n(at, __ATOMIC_ACQUIRE);

    return (was & PREEMPTED) &&
           __atomic_compare_exchange_n(at, &was, was | FLUSH_TLB, false,
                                       __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

static void call(uint64_t number, const uint64_t arguments[4])
{
    __asm__ volatile("vmcall"
                     : "+a"(number)
                     : "b"(arguments[0]), "c"(arguments[1]), "d"(arguments[2]),
                       "S"(arguments[3])
                     : "memory");
}

void native_kvm_kick(uint32_t apic_id)
{
    call(CALL_KICK_CPU, (const uint64_t[4]){0, apic_id});
}

void native_kvm_yield_to(uint32_t apic_id)
{
    call(CALL_SCHED_YIELD, (const uint64_t[4]){apic_id});
}

void native_kvm_send_ipis(uint64_t ids, uint32_t first, uint32_t command)
{
    call(CALL_SEND_IPI, (const uint64_t[4]){ids, 0, first, command});
}
