/*
 * flags.h - lazy arithmetic flags.
 *
 * Hardware  Intel SDM vol. 1, "Status Flags".
 * Model     an instruction leaves its result and its vector of carries; a
 *           flag is computed when somebody asks.  With r the result, widened
 *           with its sign, and k the carries out of each bit, shifted left so
 *           that the carry out of the top bit is bit 63:
 *             ZF = (zero == 0)    SF = bit 63 of sign     PF = parity(sign)
 *             CF = k63            OF = k63 ^ k62          AF = carry of bit 3
 *           zero and sign are the same value after arithmetic; they differ
 *           only when flags are loaded from outside (POPF, IRET).
 */
#ifndef SIM_CPU_FLAGS_H
#define SIM_CPU_FLAGS_H
#include <stdbool.h>
#include <stdint.h>

#include "sim/cpu/cpu_state.h"

#define RFLAGS_ARITHMETIC                                                      \
    (RFLAGS_CF | RFLAGS_PF | RFLAGS_AF | RFLAGS_ZF | RFLAGS_SF | RFLAGS_OF)

struct lazy_flags {
    uint64_t zero;
    uint64_t sign;
    uint64_t carry;
    uint32_t shift; /* 64 - width in bits: where bit 3's carry is */
};

static inline bool flag_cf(const struct lazy_flags *f)
{
    return f->carry >> 63;
}

static inline bool flag_of(const struct lazy_flags *f)
{
    return (f->carry ^ (f->carry << 1)) >> 63;
}

static inline bool flag_zf(const struct lazy_flags *f)
{
    return f->zero == 0;
}

static inline bool flag_sf(const struct lazy_flags *f)
{
    return f->sign >> 63;
}

static inline bool flag_pf(const struct lazy_flags *f)
{
    return !__builtin_parity((uint8_t)f->sign);
}

static inline bool flag_af(const struct lazy_flags *f)
{
    return f->carry >> (f->shift + 3) & 1;
}

/* The six arithmetic flags as RFLAGS bits. */
uint64_t flags_get(const struct lazy_flags *f);

/* Loads the six arithmetic flags from RFLAGS bits. */
void flags_set(struct lazy_flags *f, uint64_t rflags);

/* CF alone changes (BT, CLC, CMC); OF and AF stay. */
static inline void flags_set_cf(struct lazy_flags *f, bool cf)
{
    bool overflow = flag_of(f);
    uint64_t low = f->carry & (((uint64_t)1 << 62) - 1);

    f->carry = low | (uint64_t)cf << 63 | (uint64_t)(cf ^ overflow) << 62;
}

/*
 * Sets all flags: result sign-extended from its width; AF as given.  For
 * instructions whose CF and OF are not those of an addition.
 */
static inline void flags_set_all(struct lazy_flags *f, uint64_t result, bool cf,
                                 bool of, bool af)
{
    f->zero = result;
    f->sign = result;
    f->carry =
        (uint64_t)cf << 63 | (uint64_t)(cf ^ of) << 62 | (uint64_t)af << 3;
    f->shift = 0;
}

/*
 * Condition of Jcc, SETcc, CMOVcc by the low four bits of the opcode (SDM
 * vol. 1, "EFLAGS Condition Codes").
 */
static inline bool flags_condition(const struct lazy_flags *f, unsigned code)
{
    bool value = false;

    switch (code >> 1) {
    case 0:
        value = flag_of(f);
        break;
    case 1:
        value = flag_cf(f);
        break;
    case 2:
        value = flag_zf(f);
        break;
    case 3:
        value = flag_cf(f) || flag_zf(f);
        break;
    case 4:
        value = flag_sf(f);
        break;
    case 5:
        value = flag_pf(f);
        break;
    case 6:
        value = flag_sf(f) != flag_of(f);
        break;
    case 7:
        value = flag_zf(f) || flag_sf(f) != flag_of(f);
        break;
    }
    return value ^ (code & 1);
}

#endif
