/*
 * flags.c - arithmetic flags between their lazy form and RFLAGS.
 */
#include "sim/cpu/flags.h"

uint64_t flags_get(const struct lazy_flags *f)
{
    uint64_t r = 0;

    r |= flag_cf(f) ? RFLAGS_CF : 0;
    r |= flag_pf(f) ? RFLAGS_PF : 0;
    r |= flag_af(f) ? RFLAGS_AF : 0;
    r |= flag_zf(f) ? RFLAGS_ZF : 0;
    r |= flag_sf(f) ? RFLAGS_SF : 0;
    r |= flag_of(f) ? RFLAGS_OF : 0;
    return r;
}

void flags_set(struct lazy_flags *f, uint64_t rflags)
{
    uint64_t parity_byte = rflags & RFLAGS_PF ? 0 : 1;

    flags_set_all(f, 0, rflags & RFLAGS_CF, rflags & RFLAGS_OF,
                  rflags & RFLAGS_AF);
    f->zero = rflags & RFLAGS_ZF ? 0 : 1;
    f->sign = parity_byte | (rflags & RFLAGS_SF ? (uint64_t)1 << 63 : 0);
}
