/*
 * virtual_apic.c - see virtual_apic.h.
 */
#include "sim/cpu/virtual_apic.h"

#include "sim/cpu/guest_exit.h"

enum {
    WORDS = 8,      /* of VIRR and VISR */
    WORD_BYTES = 16 /* from one to the next */
};

static uint32_t get(const struct cpu *c, unsigned offset)
{
    uint32_t value = 0;

    memory_copy_out(c->dram, &value, hpa_add(c->control.virtual_apic, offset),
                    sizeof value);
    return value;
}

static void put(struct cpu *c, unsigned offset, uint32_t value)
{
    memory_copy_in(c->dram, hpa_add(c->control.virtual_apic, offset), &value,
                   sizeof value);
}

static void set_vector(struct cpu *c, unsigned set, uint8_t vector, bool in)
{
    unsigned offset = set + vector / 32u * WORD_BYTES;
    uint32_t bit = (uint32_t)1 << vector % 32, word = get(c, offset);

    put(c, offset, in ? word | bit : word & ~bit);
}

/* The highest; 0: none. */
static uint8_t highest(const struct cpu *c, unsigned set)
{
    for (unsigned i = WORDS; i-- > 0;) {
        uint32_t word = get(c, set + i * WORD_BYTES);

        if (word != 0)
            return (uint8_t)(32 * i + 31 - (unsigned)__builtin_clz(word));
    }
    return 0;
}

static void leave_behind(struct cpu *c, enum vmexit reason,
                         uint64_t qualification)
{
    c->behind = (struct behind){BEHIND_EXIT, reason, qualification};
}

/* --- PPR, TPR, EOI, self-IPI ---------------------------------------------- */

static void virtualize_ppr(struct cpu *c)
{
    uint8_t tpr = (uint8_t)get(c, VAPIC_TPR), svi = c->control.svi;

    put(c, VAPIC_PPR, tpr >> 4 >= svi >> 4 ? tpr : svi & 0xf0);
}

bool virtual_apic_pending(const struct cpu *c)
{
    return c->control.virtual_interrupts &&
           c->control.rvi >> 4 > (get(c, VAPIC_PPR) >> 4 & 15);
}

/* guest_run() looks again before the next instruction. */
static void evaluate(struct cpu *c)
{
    if (virtual_apic_pending(c) && c->behind.kind == BEHIND_NOTHING)
        c->behind.kind = BEHIND_INTERRUPT;
}

static bool below_threshold(const struct cpu *c)
{
    return (get(c, VAPIC_TPR) >> 4 & 15) < c->control.tpr_threshold;
}

static void virtualize_tpr(struct cpu *c)
{
    if (!c->control.virtual_interrupts) {
        if (below_threshold(c))
            leave_behind(c, VMEXIT_TPR_THRESHOLD, 0);
        return;
    }
    virtualize_ppr(c);
    evaluate(c);
}

static void virtualize_eoi(struct cpu *c)
{
    uint8_t vector = c->control.svi;

    set_vector(c, VAPIC_ISR, vector, false);
    c->control.svi = highest(c, VAPIC_ISR);
    virtualize_ppr(c);
    if (c->control.eoi_exit[vector / 64] >> vector % 64 & 1)
        leave_behind(c, VMEXIT_VIRTUALIZED_EOI, vector);
    else
        evaluate(c);
}

static void virtualize_self_ipi(struct cpu *c, uint8_t vector)
{
    set_vector(c, VAPIC_IRR, vector, true);
    if (vector > c->control.rvi)
        c->control.rvi = vector;
    evaluate(c);
}

void virtual_apic_enter(struct cpu *c)
{
    c->behind.kind = BEHIND_NOTHING;
    if (c->control.virtual_interrupts)
        virtualize_ppr(c);
    else if (c->control.tpr_shadow && below_threshold(c))
        leave_behind(c, VMEXIT_TPR_THRESHOLD, 0);
}

struct cpu_event virtual_apic_deliver(struct cpu *c)
{
    uint8_t vector = c->control.rvi;

    set_vector(c, VAPIC_ISR, vector, true);
    c->control.svi = vector;
    put(c, VAPIC_PPR, vector & 0xf0);
    set_vector(c, VAPIC_IRR, vector, false);
    c->control.rvi = highest(c, VAPIC_IRR);
    return cpu_deliver(c, INJECT_INTERRUPT, vector, false, 0);
}

/* --- CR8 and MSRs -------------------------------------------------------- */

uint64_t virtual_apic_cr8(const struct cpu *c)
{
    return get(c, VAPIC_TPR) >> 4 & 15;
}

void virtual_apic_write_cr8(struct cpu *c, uint64_t value)
{
    put(c, VAPIC_TPR, (uint32_t)value << 4);
    virtualize_tpr(c);
}

static unsigned offset_of_msr(uint32_t index)
{
    return (index & 0xff) << 4;
}

static bool is_x2apic_msr(const struct cpu *c, uint32_t index)
{
    return guest_intercepts(c) && c->control.virtual_x2apic &&
           (index & ~(uint32_t)0xff) == 0x800;
}

bool virtual_apic_reads_msr(const struct cpu *c, uint32_t index)
{
    return is_x2apic_msr(c, index) &&
           (c->control.apic_registers || offset_of_msr(index) == VAPIC_TPR);
}

bool virtual_apic_writes_msr(const struct cpu *c, uint32_t index)
{
    unsigned offset = offset_of_msr(index);

    if (!is_x2apic_msr(c, index))
        return false;
    return offset == VAPIC_TPR ||
           (c->control.virtual_interrupts &&
            (offset == VAPIC_EOI || offset == VAPIC_SELF_IPI));
}

uint64_t virtual_apic_read_msr(const struct cpu *c, uint32_t index)
{
    uint64_t value = 0;

    memory_copy_out(c->dram, &value,
                    hpa_add(c->control.virtual_apic, offset_of_msr(index)),
                    sizeof value);
    return value;
}

enum op_result virtual_apic_write_msr(struct cpu *c, uint32_t index,
                                      uint64_t value)
{
    unsigned offset = offset_of_msr(index);

    if (value > (offset == VAPIC_EOI ? 0 : 0xff))
        return cpu_gp0(c);
    memory_copy_in(c->dram, hpa_add(c->control.virtual_apic, offset), &value,
                   sizeof value);
    if (offset == VAPIC_TPR)
        virtualize_tpr(c);
    else if (offset == VAPIC_EOI)
        virtualize_eoi(c);
    else if (value < 16) /* the hypervisor sends it, or notes the error */
        leave_behind(c, VMEXIT_APIC_WRITE, offset);
    else
        virtualize_self_ipi(c, (uint8_t)value);
    cpu_serialize(c, c->config.msr_cycles);
    return OP_END;
}

/* --- the APIC-access page ------------------------------------------------ */

static bool in_list(unsigned offset, const uint16_t *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == offset)
            return true;
    return false;
}

/* With APIC-register virtualization. */
static bool is_readable(unsigned offset)
{
    static const uint16_t list[] = {
        VAPIC_ID,  VAPIC_VERSION,  VAPIC_TPR,     VAPIC_EOI,
        VAPIC_LDR, VAPIC_DFR,      VAPIC_SVR,     VAPIC_ESR,
        VAPIC_ICR, VAPIC_ICR_HIGH, VAPIC_INITIAL, VAPIC_DIVIDE};

    return (offset >= VAPIC_ISR && offset < VAPIC_ESR) ||
           (offset >= VAPIC_LVT && offset <= VAPIC_LVT_LAST) ||
           in_list(offset, list, ARRAY_LEN(list));
}

static bool is_writable(unsigned offset)
{
    static const uint16_t list[] = {VAPIC_ID,      VAPIC_TPR,   VAPIC_EOI,
                                    VAPIC_LDR,     VAPIC_DFR,   VAPIC_SVR,
                                    VAPIC_ESR,     VAPIC_ICR,   VAPIC_ICR_HIGH,
                                    VAPIC_INITIAL, VAPIC_DIVIDE};

    return (offset >= VAPIC_LVT && offset <= VAPIC_LVT_LAST) ||
           in_list(offset, list, ARRAY_LEN(list));
}

/* SDM, "Virtualizing Reads from the APIC-Access Page", "... Writes to ...":
   within the register's four bytes. */
static bool is_virtual(const struct cpu *c, unsigned offset, unsigned bytes,
                       enum access_kind kind)
{
    const struct guest_control *g = &c->control;
    unsigned reg = offset & ~15u;

    if (!g->tpr_shadow || kind == ACCESS_FETCH || bytes > 4 ||
        (offset & 15) + bytes > 4)
        return false;
    if (reg == VAPIC_TPR)
        return true;
    if (kind == ACCESS_READ)
        return g->apic_registers && is_readable(reg);
    if (g->virtual_interrupts && (reg == VAPIC_EOI || reg == VAPIC_ICR))
        return true;
    return g->apic_registers && is_writable(reg);
}

enum op_result virtual_apic_access(struct cpu *c, gva_t va, gpa_t at,
                                   unsigned bytes, enum access_kind kind)
{
    unsigned offset = (unsigned)page_offset(at.v);
    uint64_t type = kind == ACCESS_FETCH   ? APIC_ACCESS_FETCH
                    : kind == ACCESS_WRITE ? APIC_ACCESS_WRITE
                                           : APIC_ACCESS_READ;

    if (is_virtual(c, offset, bytes, kind))
        return OP_NEXT;
    c->event = (struct cpu_event){.kind = CPU_EVENT_EXIT};
    c->event.exit.reason = VMEXIT_APIC_ACCESS;
    c->event.exit.qualification = offset | type << 12;
    c->event.exit.gva = va;
    return OP_EVENT;
}

static hpa_t in_page(const struct cpu *c, gpa_t at)
{
    return hpa_add(c->control.virtual_apic, page_offset(at.v));
}

void virtual_apic_read(const struct cpu *c, gpa_t at, void *to, unsigned bytes)
{
    memory_copy_out(c->dram, to, in_page(c, at), bytes);
}

/* Fixed, by edge, to itself alone, with a legal vector and no reserved bit. */
static bool is_self_ipi(uint32_t command)
{
    const uint32_t self = (uint32_t)1 << 18, assert_idle = 1u << 14 | 1u << 12;

    return (command & ~(0xffu | assert_idle)) == self && (command & 0xf0) != 0;
}

static void wrote_command(struct cpu *c)
{
    uint32_t command = get(c, VAPIC_ICR);

    if (!c->control.virtual_interrupts || !is_self_ipi(command)) {
        leave_behind(c, VMEXIT_APIC_WRITE, VAPIC_ICR);
        return;
    }
    put(c, VAPIC_ICR, command & ~(1u << 12));
    virtualize_self_ipi(c, (uint8_t)command);
}

/* SDM, "APIC-Write Emulation". */
enum op_result virtual_apic_write(struct cpu *c, gpa_t at, const void *from,
                                  unsigned bytes)
{
    unsigned reg = (unsigned)page_offset(at.v) & ~15u;

    memory_copy_in(c->dram, in_page(c, at), from, bytes);
    if (reg == VAPIC_TPR) {
        put(c, VAPIC_TPR, get(c, VAPIC_TPR) & 0xff);
        virtualize_tpr(c);
    } else if (reg == VAPIC_EOI && c->control.virtual_interrupts) {
        put(c, VAPIC_EOI, 0);
        virtualize_eoi(c);
    } else if (reg == VAPIC_ICR) {
        wrote_command(c);
    } else if (reg == VAPIC_ICR_HIGH) {
        put(c, VAPIC_ICR_HIGH, get(c, VAPIC_ICR_HIGH) & 0xff000000);
    } else {
        leave_behind(c, VMEXIT_APIC_WRITE, reg);
    }
    return OP_END;
}
