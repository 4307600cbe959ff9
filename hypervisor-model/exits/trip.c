#include "hypervisor-model/exits/trip.h"

#include <inttypes.h>

#include "hypervisor-model/exit_note.h"

/* The exit half of a round trip, rounded down; the entry pays the rest. */
static uint64_t exit_half(const struct hv_config *config)
{
    uint64_t round_trip = config->exit_roundtrip_cycles;

    return round_trip * config->exit_share_pct / 100;
}

void trip_begin(struct trip *t)
{
    const struct hv_config *config = trip_config(t);
    enum vmexit reason = t->exit->reason;

    exit_note_begin(t->v, t->c, t->exit);
    counter_add(&t->v->counters, COUNTER_EXIT_TOTAL, 1);
    counter_add(&t->v->counters, counter_of_exit(reason), 1);
    cpu_charge(t->c, LEDGER_EXIT,
               exit_half(config) + config->mitigation_cycles);
    cpu_control(t->c)->exit_mov_dr = config->exit_on.mov_dr;
    if (!config->has_vpid)
        mmu_invvpid(cpu_mmu(t->c), cpu_control(t->c)->vpid);
    cpu_charge(t->c, ledger_of_exit(reason), config->handler_cycles[reason]);
    trip_vmread(t, 2); /* reason, interruption or IDT-vectoring info */
}

bool trip_is_injected(const struct cpu_exit *x)
{
    return x->vectoring_valid && (x->vectoring_kind == INJECT_INTERRUPT ||
                                  x->vectoring_kind == INJECT_NMI ||
                                  x->vectoring_kind == INJECT_EXCEPTION);
}

static void inject(struct trip *t, uint8_t kind, uint8_t vector, bool has_error,
                   uint32_t error_code)
{
    struct guest_control *control = cpu_control(t->c);

    control->inject.valid = true;
    control->inject.kind = kind;
    control->inject.vector = vector;
    control->inject.has_error = has_error;
    control->inject.error_code = error_code;
    trip_vmwrite(t, has_error ? 2 : 1);
}

void trip_inject_again(struct trip *t)
{
    const struct cpu_exit *x = t->exit;

    inject(t, x->vectoring_kind, x->vectoring_vector, x->vectoring_has_error,
           x->vectoring_error);
}

void trip_end(struct trip *t)
{
    const struct hv_config *config = trip_config(t);
    const struct cpu_exit *x = t->exit;

    if (trip_is_injected(x) && !t->delivered &&
        !cpu_control(t->c)->inject.valid)
        trip_inject_again(t);
    /* The IRET that exited runs again, and only then may an NMI come. */
    if (x->nmi_unblocking && !t->delivered && !cpu_control(t->c)->inject.valid)
        cpu_state(t->c)->nmi_blocked = true;
    cpu_charge(t->c, LEDGER_EXIT,
               config->exit_roundtrip_cycles - exit_half(config));
    cpu_sync(t->c);
}

void trip_vmread(struct trip *t, unsigned count)
{
    cpu_charge(t->c, ledger_of_exit(t->exit->reason),
               (uint64_t)count * trip_config(t)->vmread_cycles);
}

void trip_vmwrite(struct trip *t, unsigned count)
{
    cpu_charge(t->c, ledger_of_exit(t->exit->reason),
               (uint64_t)count * trip_config(t)->vmwrite_cycles);
}

void trip_skip(struct trip *t)
{
    cpu_skip(t->c, t->exit->length);
    cpu_state(t->c)->interrupt_shadow = false;
    trip_vmread(t, 1); /* instruction length */
    trip_vmwrite(t, 1);
}

static bool is_contributory(uint8_t vector)
{
    return vector == VECTOR_DE || (vector >= VECTOR_TS && vector <= VECTOR_GP);
}

/* SDM vol. 3, table "Conditions for Generating a Double Fault". */
static bool is_double_fault(uint8_t first, uint8_t second)
{
    if (is_contributory(first))
        return is_contributory(second);
    return first == VECTOR_PF &&
           (is_contributory(second) || second == VECTOR_PF);
}

enum vcpu_action trip_inject(struct trip *t, uint8_t vector, bool has_error,
                             uint32_t error_code)
{
    const struct cpu_exit *x = t->exit;
    bool nested = x->vectoring_valid && x->vectoring_kind == INJECT_EXCEPTION;

    if (nested && x->vectoring_vector == VECTOR_DF)
        return vm_triple_fault(t->v->vm, cpu_state_peek(t->c)->rip);
    if (nested && is_double_fault(x->vectoring_vector, vector)) {
        vector = VECTOR_DF;
        has_error = true;
        error_code = 0;
    }
    inject(t, INJECT_EXCEPTION, vector, has_error, error_code);
    return VCPU_RESUME;
}

enum vcpu_action trip_outside_memory(struct trip *t, gpa_t at)
{
    return vm_crash(t->v->vm,
                    "guest accessed gpa 0x%" PRIx64
                    " outside its memory at rip 0x%" PRIx64,
                    at.v, cpu_state_peek(t->c)->rip);
}
