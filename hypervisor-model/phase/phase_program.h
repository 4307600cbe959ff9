/*
 * phase_program.h - what a modelled vCPU does, as text.
 *
 *     compute 2ms; lock 0; compute 20us; unlock 0; block exp 500us; done
 *
 * The phases repeat for ever.  repeat N { ... } repeats some of them.
 *
 *     compute T      run for T of processor time
 *     block T        wait for T without the processor (I/O, a timer)
 *     sleep_until T  wait for the next multiple of T since power-on: a timer
 *                    that keeps in step with the host's ticks
 *     lock K         take spinlock K of the VM, 0 .. 15
 *     unlock K       give it back
 *     touch P        use P pages
 *     send B         send B bytes
 *     barrier        wait, spinning, for all vCPUs of the VM
 *     shootdown      interrupt the VM's other vCPUs, spin until all answered
 *     yield          give way, by a hypercall
 *     done           one unit of work is done: throughput counts these; without
 *                    it, each time round is one
 *
 * T is a number with ns, us, ms, s or c (cycles); exp T draws from an
 * exponential distribution of that mean, uniform T..T between two times.
 */
#ifndef HYPERVISOR_MODEL_PHASE_PHASE_PROGRAM_H
#define HYPERVISOR_MODEL_PHASE_PHASE_PROGRAM_H
#include <stdbool.h>
#include <stdint.h>

#include "sim/core/rng.h"
#include "sim/core/status.h"

enum { PHASE_LOCKS = 16, PHASE_MAX_DEPTH = 4, PHASE_MAX_OPS = 256 };

#define PHASE(id, name, operand, sentence) PHASE_##id,
enum phase_kind {
#include "hypervisor-model/phase/phases.def"
    PHASE_COUNT
};
#undef PHASE

enum phase_operand {
    OPERAND_NONE,
    OPERAND_TIME,
    OPERAND_LOCK,
    OPERAND_NUMBER,
};

enum phase_draw { DRAW_FIXED, DRAW_EXPONENTIAL, DRAW_UNIFORM };

struct phase_info {
    const char *name;
    enum phase_operand operand;
    const char *sentence;
};

const struct phase_info *phase_info(enum phase_kind kind);

/* An amount, or how to draw one. */
struct phase_amount {
    enum phase_draw draw;
    uint64_t low, high; /* cycles, or units; high: of DRAW_UNIFORM */
};

struct phase {
    enum phase_kind kind;
    struct phase_amount amount;
    uint32_t target; /* PHASE_AGAIN: where its block begins */
};

struct phase_program {
    struct phase *phases; /* owned */
    unsigned count;
};

/*
 * khz: of the clock that compute counts.  Refuses, in one line, what is not of
 * the form above, a program that takes no time, and locks without unlock.
 */
enum status phase_program_parse(struct phase_program *p, const char *text,
                                uint64_t khz, struct error *e);
void phase_program_free(struct phase_program *p);

/* "exp 500us" alone. */
enum status phase_amount_parse(struct phase_amount *a, const char *text,
                               uint64_t khz, struct error *e);

/* 1 or more. */
uint64_t phase_amount_draw(const struct phase_amount *a, struct rng *r);

#endif
