/*
 * trial.h - one instruction with the state before it and the state after it.
 */
#ifndef TESTS_HOST_TRIAL_H
#define TESTS_HOST_TRIAL_H
#include <stdbool.h>
#include <stdint.h>

#include "sim/core/rng.h"

enum {
    TRIAL_DATA_BYTES = 4096,
    TRIAL_SLOT_BYTES = 32, /* code: the instruction and a jump back */
    TRIAL_BATCH = 512,
    TRIAL_CODE_BYTES = TRIAL_BATCH * TRIAL_SLOT_BYTES,
    TRIAL_FX_BYTES = 512,
    TRIAL_NO_FAULT = 0xff,
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
    bool rip_is_next; /* after, or at the instruction if it faulted */
};

struct trial {
    unsigned form;
    uint8_t width;
    uint8_t length;
    uint8_t code[16];
    uint8_t count; /* shift count, for undefined flags */
    struct image before;
    uint8_t data[TRIAL_DATA_BYTES];
    struct outcome native, simulated;
};

static inline uint64_t trial_address(unsigned slot)
{
    return TRIAL_CODE + (uint64_t)slot * TRIAL_SLOT_BYTES;
}

/* Fills a trial of this form and width for this slot; false: not encodable. */
bool trial_generate(struct trial *t, unsigned form, uint8_t width,
                    unsigned slot, struct rng *rng);

/*
 * Prints what differs beyond the undefined, and returns false if anything
 * does.
 */
bool trial_same(const struct trial *t);

#endif
