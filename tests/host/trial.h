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

/*
 * The same virtual addresses on both sides; the pages around are unmapped.
 * What lies behind the instructions is each side's own: nothing shall read
 * it, so the code is where no sum of data addresses and no corner value leads.
 */
#define TRIAL_DATA ((uint64_t)0x10000000)
#define TRIAL_CODE ((uint64_t)0x25a60000)

/*
 * IRETQ to a 16-bit stack loads SP alone; the host's ESP keeps the upper half
 * of where its frame was.
 */
#define TRIAL_STACK_HIGH ((uint64_t)0x5b370000)

/* Offsets in an FXSAVE image (SDM vol. 1, "FXSAVE Area"). */
enum {
    FXI_FCW = 0,
    FXI_FSW = 2,
    FXI_FTW = 4,
    FXI_MXCSR = 24,
    FXI_ST = 32,
    FXI_XMM = 160,
};

/* What code it is; 16 bits and their data: segments of the LDT. */
enum trial_mode { TRIAL_64, TRIAL_32, TRIAL_16, TRIAL_MODES };

/* Selectors: Linux's for programs, and entries 0 and 1 of the LDT. */
enum {
    SELECTOR_CODE_64 = 0x33,
    SELECTOR_CODE_32 = 0x23,
    SELECTOR_DATA = 0x2b,
    SELECTOR_CODE_16 = 0x07,
    SELECTOR_DATA_16 = 0x0f,
};
enum {
    SEGMENT_CODE_16_LIMIT = 0xffff,
    SEGMENT_DATA_16_LIMIT = TRIAL_DATA_BYTES - 1,
    TRIAL_BATCH_16 = 0x10000 / TRIAL_SLOT_BYTES, /* what the segment holds */
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
    enum trial_mode mode;
    bool stepped;  /* RFLAGS.TF: the first instruction alone */
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

/* Where rip starts: an offset in the code segment. */
static inline uint64_t trial_rip(const struct trial *t, unsigned slot)
{
    return trial_address(slot) - (t->mode == TRIAL_16 ? TRIAL_CODE : 0);
}

/* The offset of TRIAL_DATA in the data segments. */
static inline uint64_t trial_data(enum trial_mode mode)
{
    return mode == TRIAL_16 ? 0 : TRIAL_DATA;
}

static inline unsigned trial_bits(enum trial_mode mode)
{
    return mode == TRIAL_64 ? 64 : mode == TRIAL_32 ? 32 : 16;
}

/* As many trials as a batch may have. */
static inline unsigned trial_batch(enum trial_mode mode)
{
    return mode == TRIAL_16 ? TRIAL_BATCH_16 : TRIAL_BATCH;
}

/*
 * Starts a trial of one form and width, in random state, for t->slot; false:
 * not encodable in this mode.
 */
bool trial_generate(struct trial *t, unsigned form, uint8_t width,
                    enum trial_mode mode, struct rng *rng);

/* Random forms one behind the other, 3 to TRIAL_PARTS of them. */
void trial_generate_sequence(struct trial *t, enum trial_mode mode,
                             struct rng *rng);

/* True if nothing differs beyond the undefined. */
bool trial_equal(const struct trial *t);

/*
 * Prints what differs beyond the undefined, and returns false if anything
 * does.
 */
bool trial_same(const struct trial *t);

#endif
