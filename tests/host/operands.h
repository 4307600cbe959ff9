/*
 * operands.h - operands of one instruction under test, and the state that
 * makes them hit.
 */
#ifndef TESTS_HOST_OPERANDS_H
#define TESTS_HOST_OPERANDS_H
#include "tests/host/forms.h"
#include "tests/host/trial.h"

/* What one instruction is being made of. */
struct maker {
    struct trial *t;
    const struct form *form;
    struct rng *rng;
    unsigned width;
    bool later; /* not the first: registers are not to be chosen any more */
    uint8_t count;
    ZydisEncoderRequest request;
};

/* What Zydis calls the trial's mode. */
static inline ZydisMachineMode trial_machine_mode(enum trial_mode mode)
{
    static const ZydisMachineMode modes[TRIAL_MODES] = {
        ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_MACHINE_MODE_LONG_COMPAT_32,
        ZYDIS_MACHINE_MODE_LONG_COMPAT_16};

    return modes[mode];
}

/* General registers that the mode has. */
unsigned maker_registers(const struct maker *m);

/* A memory operand of this size, with data that the form's hint asks for. */
void maker_add_memory(struct maker *m, unsigned bytes);

void maker_add_operand(struct maker *m, enum form_operand kind);

/* A general register of this width: AL .. R8B and so on, by Zydis's order. */
ZydisRegister maker_gpr(unsigned width, unsigned n);

/* Registers, prefixes and data that the form's hint asks for. */
void maker_set_up(struct maker *m);

#endif
