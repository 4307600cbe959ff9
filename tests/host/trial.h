/*
 * trial.h - a few instructions with the state before them and after them.
 */
#ifndef TESTS_HOST_TRIAL_H
#define TESTS_HOST_TRIAL_H
#include <stdbool.h>
#include <stdint.h>

#include "sim/core/rng.h"

enum {
    TRIAL_DATA_BYTES = 4096,
    TRIAL_PARTS = 8,       /* instructions of a sequence */
    TRIAL_CODE_MOST = 176, /* their bytes, with what settles flags */
    TRIAL_SLOT_BYTES = 192,
    TRIAL_BATCH = 512,
    TRIAL_CODE_BYTES = TRIAL_BATCH * TRIAL_SLOT_BYTES,
    TRIAL_FX_BYTES = 512,
    TRIAL_NO_FAULT = 0xff,
    TRIAL_NO_FORM = 0xffff,
};

/* The same virtual addresses on both sides; the pages around are unmapped. */
#define TRIAL_DATA ((uint64_t)0x10000000)
#define TRIAL_CODE ((uint64_t)0x20000000)

/* Offsets in an FXSAVE image (SDM vol. 1, "FXSAVE Area"). */
enum {
    FXI_FCW = 0,
    FXI_FSW = 2,
    FXI_FTW = 4,
    FXI_MXCSR = 24,
    FXI_ST = 32,
    FXI_XMM = 160,
};

struct image {
    _Alignas(16) uint8_t fx[TRIAL_FX_BYTES];
    uint64_t gpr[16]; /* enum cpu_reg */
    uint64_t rflags;
};

/* How it ended. */
struct outcome {
    struct image state;
    uint8_t data[TRIAL_DATA_BYTES];
    uint8_t vector; /* or TRIAL_NO_FAULT */
    uint32_t error_code;
    uint64_t cr2;
    uint64_t rip_offset; /* from the start: the end, or what faulted */
};

/* One instruction of the trial. */
struct part {
    uint16_t form; /* or TRIAL_NO_FORM: a filler, flags are defined again */
    uint8_t offset;
    uint8_t width;
    uint8_t count; /* shift count, for undefined flags */
};

struct trial {
    bool bits32;   /* compatibility mode */
    uint16_t slot; /* where its code goes */
    uint8_t parts_count;
    struct part parts[2 * TRIAL_PARTS];
    uint16_t length;
    uint8_t code[TRIAL_CODE_MOST];
    struct image before;
    uint8_t data[TRIAL_DATA_BYTES];
    struct outcome native, simulated;
};

static inline uint64_t trial_address(unsigned slot)
{
    return TRIAL_CODE + (uint64_t)slot * TRIAL_SLOT_BYTES;
}

/*
 * Starts a trial of one form and width, in random state, for t->slot; false:
 * not encodable in this mode.
 */
bool trial_generate(struct trial *t, unsigned form, uint8_t width, bool bits32,
                    struct rng *rng);

/* Random forms one behind the other, 3 to TRIAL_PARTS of them. */
void trial_generate_sequence(struct trial *t, bool bits32, struct rng *rng);

/* True if nothing differs beyond the undefined. */
bool trial_equal(const struct trial *t);

/*
 * Prints what differs beyond the undefined, and returns false if anything
 * does.
 */
bool trial_same(const struct trial *t);

#endif
