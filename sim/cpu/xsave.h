/*
 * xsave.h - state components of the XSAVE feature set.
 *
 * Hardware  Intel SDM vol. 1, "Managing State Using the XSAVE Feature Set".
 */
#ifndef SIM_CPU_XSAVE_H
#define SIM_CPU_XSAVE_H
#include <stdbool.h>
#include <stdint.h>

struct cpu;

#define XSTATE_X87  ((uint64_t)1 << 0)
#define XSTATE_SSE  ((uint64_t)1 << 1)
#define XSTATE_PKRU ((uint64_t)1 << 9)

enum {
    XSAVE_LEGACY_BYTES = 512,
    XSAVE_HEADER_BYTES = 64,
    XSAVE_PKRU_OFFSET = 2688, /* standard format, as CPUs with AVX-512 */
    XSAVE_PKRU_BYTES = 8,
};

/* Bits that XCR0 may have. */
uint64_t xsave_supported(const struct cpu *c);

/* Size of an area that holds these components. */
unsigned xsave_area_bytes(uint64_t components, bool compacted);

/* Components that are not in their initial configuration. */
uint64_t xsave_in_use(const struct cpu *c);

#endif
