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

void maker_add_operand(struct maker *m, enum form_operand kind);

/* A general register of this width: AL .. R8B and so on, by Zydis's order. */
ZydisRegister maker_gpr(unsigned width, unsigned n);

/* Registers, prefixes and data that the form's hint asks for. */
void maker_set_up(struct maker *m);

#endif
