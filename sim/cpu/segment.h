/*
 * segment.h - segment registers and descriptors.
 *
 * Hardware  Intel SDM vol. 3, "Protected-Mode Memory Management",
 *           "Protection"; "Real-Address Mode Operation", "Virtual-8086 Mode".
 * Model     GDT, LDT and TSS are read through the MMU as implicit supervisor
 *           accesses; accessed and busy bits are written back.  A segment
 *           register keeps its hidden part until it is loaded again, whatever
 *           mode the CPU enters.
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

/* System descriptor types. */
enum descriptor_type {
    DESC_TSS16_AVAILABLE = 1,
    DESC_LDT = 2,
    DESC_TSS16_BUSY = 3,
    DESC_CALL_GATE16 = 4,
    DESC_TASK_GATE = 5,
    DESC_INTERRUPT_GATE16 = 6,
    DESC_TRAP_GATE16 = 7,
    DESC_TSS_AVAILABLE = 9,
    DESC_TSS_BUSY = 11,
    DESC_CALL_GATE = 12,
    DESC_INTERRUPT_GATE = 14,
    DESC_TRAP_GATE = 15,
};
enum { DESC_BUSY_BIT = 2, DESC_32_BIT = 8 }; /* of TSS and gate types */

static inline unsigned segment_dpl(uint16_t attributes)
{
    return (unsigned)attributes >> SEGA_DPL_SHIFT & 3;
}

static inline unsigned descriptor_type(uint64_t descriptor)
{
    return descriptor >> 40 & 0x1f; /* S bit included */
}

static inline unsigned descriptor_dpl(uint64_t descriptor)
{
    return descriptor >> 45 & 3;
}

static inline bool descriptor_present(uint64_t descriptor)
{
    return descriptor >> 47 & 1;
}

/* The selector and, in legacy form, the offset of a gate. */
static inline uint16_t gate_selector(uint64_t gate)
{
    return (uint16_t)(gate >> 16);
}

static inline uint32_t gate_offset(uint64_t gate)
{
    return (uint32_t)((gate & 0xffff) | (gate >> 32 & 0xffff0000));
}

/* Error code that names a selector. */
static inline uint32_t selector_error(uint16_t selector)
{
    return selector & 0xfffcu;
}

static inline bool selector_null(uint16_t selector)
{
    return (selector & ~3) == 0;
}

/* Real mode and virtual-8086 mode: selectors are paragraph numbers. */
static inline bool cpu_uses_paragraphs(const struct cpu *c)
{
    return c->mode & (MODE_REAL | MODE_V86);
}

static inline bool cpu_is_amd(const struct cpu *c)
{
    return c->config.vendor[0] == 'A'; /* AuthenticAMD */
}

static inline bool cpu_long_mode(const struct cpu *c)
{
    return c->state.efer & EFER_LMA;
}

/*
 * True if [offset, offset + bytes) is within the limit and the segment may be
 * read or written.
 */
bool segment_allows(const struct cpu *c, const struct segment *s,
                    uint64_t offset, unsigned bytes, enum access_kind kind);

/* The limit alone. */
bool segment_within(const struct segment *s, uint64_t offset, unsigned bytes);

/* The segment that an 8-byte descriptor describes. */
struct segment segment_decode(uint16_t selector, uint64_t descriptor);

/*
 * Reads the descriptor of a selector from the GDT or LDT.  Beyond the limit:
 * fault `vector` with the selector as error code.
 */
enum op_result descriptor_read(struct cpu *c, uint16_t selector, uint8_t vector,
                               uint64_t *descriptor);

/*
 * The same for the 16-byte descriptors of IA-32e mode: call gates, LDT, TSS.
 * high is the base or offset from bit 32 on.  8 bytes in legacy mode.
 */
enum op_result descriptor_read_wide(struct cpu *c, uint16_t selector,
                                    uint8_t vector, uint64_t descriptor[2]);

/* Writes byte 5 of a descriptor that was read: type, S, DPL, P. */
enum op_result descriptor_write_type(struct cpu *c, uint16_t selector,
                                     uint8_t type);

/*
 * Sets the accessed bit of a segment and, where it was clear, of its
 * descriptor: the last that is done before a register has it.
 */
enum op_result segment_set_accessed(struct cpu *c, struct segment *s);

/* MOV and POP to a data segment register or SS, all checks, any mode. */
enum op_result segment_load(struct cpu *c, enum cpu_seg segment,
                            uint16_t selector);

/* Real mode and virtual-8086 mode: no checks. */
void segment_load_paragraph(struct cpu *c, enum cpu_seg segment,
                            uint16_t selector);

/*
 * Reads and checks a stack segment for privilege cpl: #GP(selector) and
 * #SS(selector), with `vector` in place of #GP.  Changes nothing, nor do
 * those for code segments below.
 */
enum op_result segment_check_stack(struct cpu *c, uint16_t selector,
                                   unsigned cpl, uint8_t vector,
                                   struct segment *out);

/* LLDT and LTR. */
enum op_result segment_load_ldt(struct cpu *c, uint16_t selector);
enum op_result segment_load_task(struct cpu *c, uint16_t selector);

/*
 * Code segment of a far transfer to privilege cpl; checks type and presence.
 * segment_check_code does so with a descriptor that was read.
 */
enum op_result segment_load_code(struct cpu *c, uint16_t selector, unsigned cpl,
                                 struct segment *out);
enum op_result segment_check_code(struct cpu *c, uint16_t selector,
                                  uint64_t descriptor, unsigned cpl,
                                  struct segment *out);

/* After a return to an outer level: segments it may not use become null. */
void segment_drop_inner(struct cpu *c);

/* An implicit supervisor access (descriptor tables, TSS, frames). */
enum op_result implicit_read(struct cpu *c, uint64_t linear, unsigned bytes,
                             void *to);
enum op_result implicit_write(struct cpu *c, uint64_t linear, unsigned bytes,
                              const void *from);

/* Privilege level, access mode, decode mode and ledger row follow the state. */
void cpu_mode_changed(struct cpu *c);

#endif
