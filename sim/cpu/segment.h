/*
 * segment.h - segment registers and descriptors.
 *
 * Hardware  Intel SDM vol. 3, "Protected-Mode Memory Management".
 * Model     GDT, LDT and TSS are read through the MMU as implicit supervisor
 *           accesses; accessed and busy bits are written back.
 * NOT MODELLED  task switches (task gates raise #GP), call gates, V8086.
 */
#ifndef SIM_CPU_SEGMENT_H
#define SIM_CPU_SEGMENT_H
#include "sim/cpu/cpu_internal.h"

/* Bits of struct segment.attributes. */
enum {
    SEGA_TYPE = 0xf,
    SEGA_ACCESSED = 1 << 0,
    SEGA_WRITABLE = 1 << 1, /* data */
    SEGA_READABLE = 1 << 1, /* code */
    SEGA_DOWN = 1 << 2,     /* data: expand down */
    SEGA_CONFORMING = 1 << 2,
    SEGA_CODE = 1 << 3,
    SEGA_S = 1 << 4, /* code or data, not system */
    SEGA_DPL_SHIFT = 5,
    SEGA_P = 1 << 7,
    SEGA_L = 1 << 13,
    SEGA_D = 1 << 14,
    SEGA_G = 1 << 15,
};

enum { DESC_LDT = 2, DESC_TSS_AVAILABLE = 9, DESC_TSS_BUSY = 11 };

static inline unsigned segment_dpl(uint16_t attributes)
{
    return (unsigned)attributes >> SEGA_DPL_SHIFT & 3;
}

/* True if [offset, offset + bytes) is within the limit. */
bool segment_allows(const struct segment *s, uint64_t offset, unsigned bytes);

/* The segment that an 8-byte descriptor describes. */
struct segment segment_decode(uint16_t selector, uint64_t descriptor);

/*
 * Reads the descriptor of a selector from the GDT or LDT.  Beyond the limit:
 * fault `vector` with the selector as error code.
 */
enum op_result descriptor_read(struct cpu *c, uint16_t selector, uint8_t vector,
                               uint64_t *descriptor);

/* Sets the accessed bit in memory if it is clear. */
enum op_result descriptor_set_accessed(struct cpu *c, uint16_t selector,
                                       uint64_t descriptor);

/* MOV and POP to a data segment register or SS, all checks. */
enum op_result segment_load(struct cpu *c, enum cpu_seg segment,
                            uint16_t selector);

/* LLDT and LTR. */
enum op_result segment_load_ldt(struct cpu *c, uint16_t selector);
enum op_result segment_load_task(struct cpu *c, uint16_t selector);

/* Code segment of a far transfer to privilege cpl; checks type and presence. */
enum op_result segment_load_code(struct cpu *c, uint16_t selector, unsigned cpl,
                                 struct segment *out);

/* An implicit supervisor access (descriptor tables, TSS, frames). */
enum op_result implicit_read(struct cpu *c, uint64_t linear, unsigned bytes,
                             void *to);
enum op_result implicit_write(struct cpu *c, uint64_t linear, unsigned bytes,
                              const void *from);

/* Privilege level, access mode, decode mode and ledger row follow the state. */
void cpu_mode_changed(struct cpu *c);

#endif
