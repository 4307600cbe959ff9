/*
 * kvm_call.c - KVM's hypercalls: kicks, interrupts, yields (kvm_pv.h).
 *
 * Interface  Linux, Documentation/virt/kvm/x86/hypercalls.rst: number in RAX,
 *            arguments in RBX, RCX, RDX, RSI, answer in RAX; outside 64-bit
 *            code the low halves count.
 */
#include "hypervisor-model/exits/kvm_pv.h"
#include "hypervisor-model/exits/trip.h"
#include "hypervisor-model/guest_insn.h"

enum {
    CALL_KICK_CPU = 5,
    CALL_SEND_IPI = 10,
    CALL_SCHED_YIELD = 11,
    ARGUMENTS = 4,
};

/* What an interrupt command may not say here: the bitmap says who. */
enum { ICR_LOGICAL = 1 << 11, ICR_SHORTHAND = 3 << 18 };

#define NO_SUCH_CALL ((uint64_t)-1000) /* -KVM_ENOSYS */
#define BAD_ARGUMENT ((uint64_t)-22)   /* -KVM_EINVAL */

struct call {
    uint64_t number;
    uint64_t arguments[ARGUMENTS];
    unsigned word_bits; /* of an argument */
};

static struct call call_of(const struct trip *t)
{
    static const enum cpu_reg from[ARGUMENTS] = {REG_RBX, REG_RCX, REG_RDX,
                                                 REG_RSI};
    const struct cpu_state *s = cpu_state_peek(t->c);
    bool wide = guest_in_64bit_code(s);
    uint64_t mask = wide ? UINT64_MAX : UINT32_MAX;
    struct call call = {.number = s->gpr[REG_RAX] & mask,
                        .word_bits = wide ? 64 : 32};

    for (unsigned i = 0; i < ARGUMENTS; i++)
        call.arguments[i] = s->gpr[from[i]] & mask;
    return call;
}

static uint32_t apic_id(const struct vcpu *v)
{
    return platform_lapic(&v->vm->platform, v->id)->id;
}

/* NULL: the VM has none. */
static struct vcpu *vcpu_of(const struct vm *vm, uint64_t id)
{
    for (unsigned i = 0; i < vm->vcpu_count; i++)
        if (apic_id(vm->vcpus[i]) == id)
            return vm->vcpus[i];
    return NULL;
}

static void count(struct trip *t, enum counter counter, uint64_t n)
{
    counter_add(&t->v->counters, counter, n);
}

static enum vcpu_action yield_to(struct trip *t, const struct vcpu *to)
{
    if (!to || to == t->v)
        return VCPU_RESUME;
    t->v->yields_to = to->id;
    return VCPU_YIELDS;
}

static enum vcpu_action kick(struct trip *t, const struct call *call)
{
    struct vcpu *to = vcpu_of(t->v->vm, call->arguments[1]);

    count(t, COUNTER_KVM_KICK, 1);
    if (to)
        guest_vcpu(to)->kicked = true;
    return yield_to(t, to);
}

static bool is_named(const struct call *call, uint32_t id)
{
    uint64_t first = call->arguments[2], at = id - first;

    return id >= first && at < 2 * call->word_bits &&
           (call->arguments[at / call->word_bits] >> at % call->word_bits & 1);
}

static uint64_t send_ipis(struct trip *t, const struct call *call)
{
    const struct vm *vm = t->v->vm;
    uint64_t icr = call->arguments[3], sent = 0;
    const struct apic_message m = {.vector = (uint8_t)icr,
                                   .mode = icr >> 8 & 7};

    if (icr & (ICR_LOGICAL | ICR_SHORTHAND))
        return BAD_ARGUMENT;
    for (unsigned i = 0; i < vm->vcpu_count; i++)
        if (is_named(call, apic_id(vm->vcpus[i])))
            sent += platform_tell(trip_platform(t), i, &m);
    cpu_charge(t->c, LEDGER_DEVICE, sent * trip_config(t)->device_cycles);
    count(t, COUNTER_KVM_SEND_IPI, sent);
    return sent;
}

enum vcpu_action kvm_pv_call(struct trip *t)
{
    const struct kvm_config *kvm = &t->v->vm->kvm;
    const struct call call = call_of(t);
    enum vcpu_action action = VCPU_RESUME;
    uint64_t answer = NO_SUCH_CALL;

    if (call.number == CALL_KICK_CPU && kvm->pv_unhalt) {
        action = kick(t, &call);
        answer = 0;
    } else if (call.number == CALL_SEND_IPI && kvm->pv_ipi) {
        answer = send_ipis(t, &call);
    } else if (call.number == CALL_SCHED_YIELD && kvm->pv_sched_yield) {
        count(t, COUNTER_KVM_SCHED_YIELD, 1);
        action = yield_to(t, vcpu_of(t->v->vm, call.arguments[0]));
        answer = 0;
    }
    cpu_state(t->c)->gpr[REG_RAX] =
        call.word_bits == 64 ? answer : (uint32_t)answer;
    return action;
}
