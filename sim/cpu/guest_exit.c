#include "sim/cpu/guest_exit.h"

#include "sim/cpu/access.h"

enum op_result guest_exit(struct cpu *c, const struct op *op,
                          enum vmexit reason)
{
    c->event = (struct cpu_event){.kind = CPU_EVENT_EXIT};
    c->event.exit.reason = reason;
    c->event.exit.length = op->length;
    return OP_EVENT;
}

static bool bitmap_bit(const struct cpu *c, hpa_t map, unsigned bit)
{
    uint8_t byte = 0xff; /* a map outside memory: everything exits */

    memory_copy_out(c->dram, &byte, hpa_add(map, bit / 8), 1);
    return byte >> bit % 8 & 1;
}

bool guest_port_exits(const struct cpu *c, uint16_t port, unsigned bytes)
{
    const struct guest_control *g = &c->control;
    bool wraps = (unsigned)port + bytes > 0x10000;

    if (!guest_intercepts(c))
        return false;
    if (!g->io_bitmaps)
        return g->exit_io;
    for (unsigned i = 0; i < bytes && !wraps; i++) {
        unsigned at = port + i;

        if (bitmap_bit(c, g->io_bitmap[at >> 15], at & 0x7fff))
            return true;
    }
    return wraps;
}

bool guest_msr_exits(const struct cpu *c, uint32_t index, bool write)
{
    enum { WRITES = 2048 * 8, HIGH = 1024 * 8, REGISTERS = 0x2000 };
    const struct guest_control *g = &c->control;
    uint32_t number = index & ~0xc0000000u;
    unsigned bit = (write ? WRITES : 0u) + (index >> 31 ? HIGH : 0u);

    if (!guest_intercepts(c))
        return false;
    if (!g->msr_bitmaps || number >= REGISTERS ||
        (index != number && index != (number | 0xc0000000u)))
        return true;
    return bitmap_bit(c, g->msr_bitmap, bit + number);
}

/*
 * The gap is from the end of one PAUSE to the next: KVM's 128 cycles find loops
 * on CPUs whose PAUSE alone takes 140 (Skylake).
 */
bool guest_pause_exits(struct cpu *c)
{
    const struct guest_control *g = &c->control;
    uint64_t now = c->time.retire_cycle;
    bool same_loop = now <= c->ple_last_cycle + g->ple_gap_cycles;

    if (!guest_intercepts(c))
        return false;
    if (g->exit_pause)
        return true;
    if (!g->exit_pause_loop || c->state.cpl != 0)
        return false;
    c->ple_last_cycle = now + c->config.pause_cycles;
    if (!same_loop)
        c->ple_first_cycle = now;
    if (now - c->ple_first_cycle <= g->ple_window_cycles)
        return false;
    c->ple_first_cycle = now; /* begins again after the exit */
    return true;
}

bool guest_exception_exits(const struct cpu *c, unsigned vector,
                           uint32_t error_code)
{
    const struct guest_control *g = &c->control;
    bool bit = g->exception_bitmap >> vector & 1;

    if (c->control.virt != VIRT_GUEST)
        return false;
    if (vector == VECTOR_PF &&
        (error_code & g->pf_error_mask) != g->pf_error_match)
        return !bit;
    return bit;
}

/* Bits 9:7: the address size. */
static uint32_t address_size(const struct op *op)
{
    return op->address_bytes == 8   ? 2u << 7
           : op->address_bytes == 4 ? 1u << 7
                                    : 0;
}

static bool is_gpr(uint16_t offset)
{
    return gpr_number(offset) < REG_COUNT;
}

/* Scale, address size, segment, index and base: alike in all the tables. */
static uint32_t memory_info(const struct op *op)
{
    uint32_t info = address_size(op) | (uint32_t)op->segment << 15;

    if (is_gpr(op->index))
        info |= op->scale_shift | gpr_number(op->index) << 18;
    else
        info |= 1u << 22;
    if (is_gpr(op->base))
        info |= gpr_number(op->base) << 23;
    else
        info |= 1u << 27;
    return info;
}

/* The displacement; relative to RIP: the address. */
static uint64_t displacement(const struct cpu *c, const struct op *op)
{
    if (op->memory_operand == OP_NO_MEMORY)
        return 0;
    return op->base == offsetof(struct cpu, block_rip)
               ? op_effective(c, op)
               : (uint64_t)op->displacement;
}

/* What the register fields mean, and whether there are any. */
enum operand_format { FORMAT_TABLE, FORMAT_SYSTEM, FORMAT_TYPE, FORMAT_FIELD };

static enum operand_format format_of(enum vmexit reason)
{
    if (reason == VMEXIT_GDTR_IDTR)
        return FORMAT_TABLE;
    if (reason == VMEXIT_LDTR_TR)
        return FORMAT_SYSTEM;
    return reason == VMEXIT_VMREAD || reason == VMEXIT_VMWRITE ? FORMAT_FIELD
                                                               : FORMAT_TYPE;
}

/* Reg1 is the operand that could be memory, Reg2 the other one. */
static uint32_t register_info(const struct op *op, enum vmexit reason)
{
    bool in_memory = op->memory_operand != OP_NO_MEMORY;
    uint16_t one = op->dst, two = op->src;

    if (reason == VMEXIT_VMWRITE) {
        one = op->src;
        two = op->dst;
    }
    switch (format_of(reason)) {
    case FORMAT_TABLE:
        return op->address_bytes != 2 ? 1u << 11 : 0;
    case FORMAT_SYSTEM:
        return in_memory ? 0 : gpr_number(one) << 3;
    case FORMAT_TYPE: /* INVPCID and its kin */
        return is_gpr(op->dst) ? gpr_number(op->dst) << 28 : 0;
    case FORMAT_FIELD:
        return (in_memory ? 0 : gpr_number(one) << 3) | gpr_number(two) << 28;
    }
    return 0;
}

enum op_result guest_exit_operand(struct cpu *c, const struct op *op,
                                  enum vmexit reason, unsigned identity)
{
    uint32_t info = identity << 28 | register_info(op, reason);

    guest_exit(c, op, reason);
    c->event.exit.qualification = displacement(c, op);
    if (op->memory_operand != OP_NO_MEMORY)
        info |= memory_info(op);
    else
        info |= 1u << 10;
    c->event.exit.instruction_info = info;
    return OP_EVENT;
}

uint32_t guest_exit_string_info(const struct op *op, bool in)
{
    return address_size(op) | (in ? 0 : (uint32_t)op->segment << 15);
}

enum op_result guest_exit_register(struct cpu *c, const struct op *op,
                                   enum vmexit reason)
{
    uint32_t bytes = op->width;

    guest_exit(c, op, reason);
    c->event.exit.instruction_info =
        gpr_number(op->dst) << 3 | (bytes == 8   ? 2u << 11
                                    : bytes == 4 ? 1u << 11
                                                 : 0);
    return OP_EVENT;
}
