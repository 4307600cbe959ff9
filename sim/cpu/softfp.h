/*
 * softfp.h - IEEE 754 binary32, binary64 and the x87 80-bit format, computed
 * with integers only.
 *
 * Hardware  Intel SDM vol. 1, "Floating-Point Number System", "Programming
 *           with the x87 FPU" and "SSE and SSE2 Extensions: exceptions";
 *           tables "Rules for Handling NaNs" and "Masked Responses".
 * Model     a number is unpacked (struct fp), operated on exactly in up to 128
 *           bits with a sticky bit, rounded once to a format, and packed.
 *           Results and exception flags do not depend on the host's floating
 *           point, compiler or rounding mode.
 * INVARIANTS
 *   1. A normal struct fp has bit 63 of mantissa set.
 *   2. A NaN keeps its payload left-aligned as in the 80-bit format: bit 63
 *      set, bit 62 set exactly if it is quiet.
 */
#ifndef SIM_CPU_SOFTFP_H
#define SIM_CPU_SOFTFP_H
#include <stdbool.h>
#include <stdint.h>

#include "sim/cpu/cpu_state.h"

/* Exception flags: the bits of MXCSR and of the x87 status word. */
enum {
    FP_IE = 0x01, /* invalid operation */
    FP_DE = 0x02, /* denormal operand */
    FP_ZE = 0x04, /* divide by zero */
    FP_OE = 0x08, /* overflow */
    FP_UE = 0x10, /* underflow */
    FP_PE = 0x20, /* precision: the result is rounded */
    FP_FLAGS = 0x3f,
};

/* As encoded in MXCSR.RC and in the x87 control word. */
enum fp_rounding {
    FP_ROUND_NEAREST,
    FP_ROUND_DOWN,
    FP_ROUND_UP,
    FP_ROUND_ZERO
};

enum fp_class {
    FP_CLASS_ZERO,
    FP_CLASS_NORMAL, /* denormals too: normalized, .denormal set */
    FP_CLASS_INF,
    FP_CLASS_QNAN,
    FP_CLASS_SNAN,
    FP_CLASS_UNSUPPORTED, /* 80-bit unnormals, pseudo-NaN, pseudo-infinity */
};

/* (-1)^sign * mantissa * 2^(exponent - 63) */
struct fp {
    uint64_t mantissa;
    int32_t exponent;
    enum fp_class class;
    bool sign;
    bool denormal; /* came from a denormal encoding */
};

struct fp_format {
    int32_t precision; /* significant bits: 24, 53 or 64 */
    int32_t emin;      /* exponent of the smallest normal number */
    int32_t emax;
};

extern const struct fp_format fp_single, fp_double, fp_extended;

/* How to compute, and what happened.  One per operation or instruction. */
struct fp_env {
    enum fp_rounding rounding;
    uint32_t masked; /* FP_* whose exception is masked */
    uint32_t flags;  /* FP_* raised so far; the caller clears it */
    bool daz;        /* denormal operands are zeros */
    bool ftz;        /* tiny results are zeros, if underflow is masked */
    bool wrap;       /* unmasked overflow, underflow: scaled result (x87) */
    bool x87;        /* x87 rules for two NaNs */
    bool rounded_up; /* the last rounding grew the magnitude (x87 C1) */
    bool quick;      /* sse_fp.c: the host's arithmetic may serve */
};

enum fp_relation { FP_LESS, FP_EQUAL, FP_GREATER, FP_UNORDERED };

struct fp fp_unpack32(const struct fp_env *env, uint32_t bits);
struct fp fp_unpack64(const struct fp_env *env, uint64_t bits);
struct fp fp_unpack80(struct x87_reg r);
uint32_t fp_pack32(struct fp a);
uint64_t fp_pack64(struct fp a);
struct x87_reg fp_pack80(struct fp a);

/* Rounds to f with flags; quiets a signalling NaN, raising FP_IE. */
struct fp fp_convert(struct fp_env *env, const struct fp_format *f,
                     struct fp a);
struct fp fp_add(struct fp_env *env, const struct fp_format *f, struct fp a,
                 struct fp b);
struct fp fp_sub(struct fp_env *env, const struct fp_format *f, struct fp a,
                 struct fp b);
struct fp fp_mul(struct fp_env *env, const struct fp_format *f, struct fp a,
                 struct fp b);
struct fp fp_div(struct fp_env *env, const struct fp_format *f, struct fp a,
                 struct fp b);
struct fp fp_sqrt(struct fp_env *env, const struct fp_format *f, struct fp a);
/* a * 2^n, rounded to f; a is finite. */
struct fp fp_scale(struct fp_env *env, const struct fp_format *f, struct fp a,
                   int32_t n);
/* Rounds a to an integral value in its own format. */
struct fp fp_round_integral(struct fp_env *env, struct fp a);

/* quiet: only signalling NaNs raise FP_IE (UCOMIS, FUCOM). */
enum fp_relation fp_compare(struct fp_env *env, struct fp a, struct fp b,
                            bool quiet);

/*
 * Two's complement integer of `bits` bits (16, 32 or 64) with env's rounding.
 * NaN and out of range: FP_IE and the integer indefinite 1 << (bits - 1).
 */
uint64_t fp_to_int(struct fp_env *env, struct fp a, unsigned bits);
struct fp fp_from_int(int64_t value);

/* The default NaN ("QNaN floating-point indefinite"). */
struct fp fp_indefinite(void);
bool fp_is_nan(struct fp a);

/*
 * If a or b is a NaN or unsupported: *result is the NaN to deliver, flags are
 * raised, true.
 */
bool fp_propagate_nan(struct fp_env *env, struct fp a, struct fp b,
                      struct fp *result);

/* Raises FP_DE if a is denormal. */
void fp_note_denormal(struct fp_env *env, struct fp a);

#endif
