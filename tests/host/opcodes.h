/*
 * opcodes.h - instructions by their bytes: every opcode of every map behind
 * all kinds of prefixes, whether an instruction or not.
 */
#ifndef TESTS_HOST_OPCODES_H
#define TESTS_HOST_OPCODES_H
#include <Zydis/Zydis.h>

#include "tests/host/trial.h"

/* What the two sides can be asked. */
enum opcode_verdict {
    OPCODE_COMPARE, /* everything must be equal */
    OPCODE_OUTCOME, /* the fault and the length alone */
    OPCODE_FAULTS,  /* both fault, or all is equal */
    OPCODE_ABSENT,  /* not modelled: #UD here, whatever the host does */
    OPCODE_LEAVE,   /* must not run on the host */
};

/* Bytes of such a trial: the instruction, and INT3 behind it. */
enum { OPCODE_BYTES = 32 };

enum opcode_map { MAP_ONE, MAP_0F, MAP_0F38, MAP_0F3A, MAP_VEX, MAP_COUNT };

/* Where in the maps; variant: the ModRM byte. */
struct opcode_place {
    enum opcode_map map;
    uint8_t opcode;
    uint8_t variant;
};

/* How many variants an opcode has: more where the r/m field chooses, too. */
unsigned opcode_variants(enum opcode_map map, uint8_t opcode);

/*
 * Makes a trial of one instruction, single-stepped: prefixes and operands at
 * random, registers that point to the data.
 */
void opcode_generate(struct trial *t, enum trial_mode mode,
                     const struct opcode_place *at, struct rng *rng);

/* One that the host's kernel gives to programs, or nearly. */
uint16_t opcode_selector(struct rng *rng);

/* Any bytes. */
void opcode_generate_random(struct trial *t, enum trial_mode mode,
                            struct rng *rng);

/* Decided by what Zydis makes of the bytes; reason: a word for the report. */
enum opcode_verdict opcode_judge(const struct trial *t, const char **reason);

/*
 * Gives the trial its form, so that what is undefined is left out, and puts
 * INT3 right behind the instruction.
 */
void opcode_find_form(struct trial *t);

#endif
