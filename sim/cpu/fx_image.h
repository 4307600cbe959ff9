/*
 * fx_image.h - x87 and SSE registers as FXSAVE and XSAVE store them.
 *
 * Hardware  Intel SDM vol. 1, "FXSAVE Area", "Legacy Region of an XSAVE Area".
 */
#ifndef SIM_CPU_FX_IMAGE_H
#define SIM_CPU_FX_IMAGE_H
#include "sim/cpu/cpu_internal.h"

enum {
    FX_FCW = 0,
    FX_FSW = 2,
    FX_FTW = 4,
    FX_FOP = 6,
    FX_FIP = 8,
    FX_FDP = 16,
    FX_MXCSR = 24,
    FX_MXCSR_MASK = 28,
    FX_ST = 32,
    FX_XMM = 160,
    FX_BYTES = 416,
    FX_BYTES_32 = 288, /* outside 64-bit mode: XMM0 .. XMM7 */
    FX_REGISTER_BYTES = 16,
};

static inline unsigned fx_bytes(const struct cpu *c)
{
    return cpu_in_64bit(c) ? FX_BYTES : FX_BYTES_32;
}

/* pointer_bytes: 8 with REX.W, else 4 (and a selector, which reads as 0). */
void fx_put(const struct cpu_state *s, unsigned pointer_bytes,
            uint8_t area[FX_BYTES]);
void fx_take_x87(struct cpu_state *s, unsigned pointer_bytes,
                 const uint8_t *area);

#endif
