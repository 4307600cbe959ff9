/*
 * exec_string.c - MOVS, STOS, LODS, SCAS, CMPS, alone and repeated.
 *
 * Hardware  Intel SDM vol. 2, one section per instruction, and "REP/REPE/
 *           REPZ/REPNE/REPNZ"; vol. 1, "Fast-String Operation".
 * Model     an iteration is whole or not begun.  A fault after whole
 *           iterations returns OP_REPEAT: the instruction starts again and
 *           faults with nothing done.  REP MOVS and REP STOS that walk upward
 *           move up to a cache line with one access, as fast strings do.
 */
#include "sim/cpu/exec_string.h"
#include "sim/cpu/exec_handlers.h"
#include "sim/cpu/insn_kinds.h"

enum { LINE_BYTES = 64 };

/*
 * Does up to `most` elements (at least one) and says how many; advances RSI
 * and RDI, sets flags.  Faults with nothing done.
 */
typedef enum op_result step_function(struct cpu *c, const struct op *op,
                                     unsigned bytes, uint64_t most,
                                     uint64_t *done);

/* Which repetition ends on the zero flag. */
enum until { UNTIL_COUNT, UNTIL_ZERO_FLAG };

static bool is_over(const struct cpu *c, const struct op *op, enum until until)
{
    if (string_register(c, op, REG_RCX) == 0)
        return true;
    return until == UNTIL_ZERO_FLAG &&
           flag_zf(&c->flags) == ((op->flags & OP_REPNE) != 0);
}

static inline enum op_result repeat(struct cpu *c, const struct op *op,
                                    step_function *step, unsigned bytes,
                                    enum until until)
{
    uint64_t total = 0, done = 0;
    enum op_result r;

    if (!(op->flags & (OP_REP | OP_REPNE)))
        return step(c, op, bytes, 1, &done);
    if (string_register(c, op, REG_RCX) == 0)
        return OP_NEXT;
    for (;;) {
        uint64_t most = string_register(c, op, REG_RCX);

        if (most > c->rep_limit - total)
            most = c->rep_limit - total;
        r = step(c, op, bytes, most, &done);
        if (r == OP_FAULT || r == OP_EVENT) {
            if (total == 0)
                return r;
            break;
        }
        total += done;
        string_advance(c, op, REG_RCX, 0 - done);
        if (is_over(c, op, until)) {
            c->rep_retired = total - 1;
            return r;
        }
        if (r == OP_END || total >= c->rep_limit)
            break;
        cpu_rep_step(c);
    }
    c->rep_retired = total - 1;
    return OP_REPEAT;
}

/* Elements from va to the end of its line; at least one, at most `most`. */
static uint64_t elements_in_line(gva_t va, unsigned bytes, uint64_t most)
{
    uint64_t n = (LINE_BYTES - va.v % LINE_BYTES) / bytes;

    if (n == 0)
        n = 1;
    return n < most ? n : most;
}

/* True if several elements may move with one access. */
static inline bool is_wide(const struct cpu *c, const struct op *op)
{
    return op->address_bytes == 8 && !(c->state.rflags & RFLAGS_DF) &&
           !c->guest_watches;
}

/* A device takes them one by one. */
static inline enum op_result store_elements(struct cpu *c, gva_t to, uint64_t n,
                                            unsigned bytes, const uint8_t *data)
{
    enum op_result r;

    c->device.unit_bytes = bytes;
    r = cpu_store(c, to, (unsigned)n * bytes, data);
    c->device.unit_bytes = 0;
    return r;
}

static inline enum op_result movs(struct cpu *c, const struct op *op,
                                  unsigned bytes, uint64_t most, uint64_t *done)
{
    gva_t from = string_source(c, op, bytes);
    gva_t to = string_destination(c, op, bytes, ACCESS_WRITE);
    uint8_t data[LINE_BYTES];
    enum op_result r;
    uint64_t n = 1;

    /* Wide moves must not overlap, nor wrap around a short address. */
    if (most > 1 && is_wide(c, op) && to.v - from.v >= LINE_BYTES &&
        (c->mode & MODE_64)) {
        n = elements_in_line(from, bytes, most);
        n = elements_in_line(to, bytes, n);
    }
    r = cpu_load(c, from, (unsigned)n * bytes, data);
    if (r == OP_EVENT && n > 1) { /* from a device: one at a time */
        n = 1;
        r = cpu_load(c, from, bytes, data);
    }
    if (r != OP_NEXT)
        return r;
    r = store_elements(c, to, n, bytes, data);
    if (r == OP_FAULT || r == OP_EVENT)
        return r;
    string_advance(c, op, REG_RSI, string_stride(c, n, bytes));
    string_advance(c, op, REG_RDI, string_stride(c, n, bytes));
    *done = n;
    return r;
}

static inline enum op_result stos(struct cpu *c, const struct op *op,
                                  unsigned bytes, uint64_t most, uint64_t *done)
{
    gva_t to = string_destination(c, op, bytes, ACCESS_WRITE);
    uint8_t data[LINE_BYTES];
    enum op_result r;
    uint64_t n = 1;

    if (most > 1 && is_wide(c, op))
        n = elements_in_line(to, bytes, most);
    for (unsigned at = 0; at < n * bytes; at += bytes)
        memcpy(data + at, &c->state.gpr[REG_RAX], bytes);
    r = store_elements(c, to, n, bytes, data);
    if (r == OP_FAULT || r == OP_EVENT)
        return r;
    string_advance(c, op, REG_RDI, string_stride(c, n, bytes));
    *done = n;
    return r;
}

static inline enum op_result lods(struct cpu *c, const struct op *op,
                                  unsigned bytes, uint64_t most, uint64_t *done)
{
    uint64_t value = 0;
    enum op_result r = cpu_load(c, string_source(c, op, bytes), bytes, &value);

    (void)most;
    if (r != OP_NEXT)
        return r;
    memcpy(&c->state.gpr[REG_RAX], &value, bytes == 4 ? 8 : bytes);
    string_advance(c, op, REG_RSI, string_stride(c, 1, bytes));
    *done = 1;
    return OP_NEXT;
}

/* The flags of a - b (see flags.h). */
static void compare(struct lazy_flags *f, uint64_t a, uint64_t b,
                    unsigned bytes)
{
    unsigned shift = 64 - 8 * bytes;
    uint64_t r = a - b;

    f->zero = f->sign = (uint64_t)((int64_t)(r << shift) >> shift);
    f->carry = ((~a & b) | ((~a | b) & r)) << shift;
    f->shift = shift;
}

static inline enum op_result scas(struct cpu *c, const struct op *op,
                                  unsigned bytes, uint64_t most, uint64_t *done)
{
    uint64_t a = 0, b = 0;
    enum op_result r =
        cpu_load(c, string_destination(c, op, bytes, ACCESS_READ), bytes, &b);

    (void)most;
    if (r != OP_NEXT)
        return r;
    memcpy(&a, &c->state.gpr[REG_RAX], bytes);
    compare(&c->flags, a, b, bytes);
    string_advance(c, op, REG_RDI, string_stride(c, 1, bytes));
    *done = 1;
    return OP_NEXT;
}

static inline enum op_result cmps(struct cpu *c, const struct op *op,
                                  unsigned bytes, uint64_t most, uint64_t *done)
{
    uint64_t a = 0, b = 0;
    enum op_result r = cpu_load(c, string_source(c, op, bytes), bytes, &a);

    (void)most;
    if (r == OP_NEXT)
        r = cpu_load(c, string_destination(c, op, bytes, ACCESS_READ), bytes,
                     &b);
    if (r != OP_NEXT)
        return r;
    compare(&c->flags, a, b, bytes);
    string_advance(c, op, REG_RSI, string_stride(c, 1, bytes));
    string_advance(c, op, REG_RDI, string_stride(c, 1, bytes));
    *done = 1;
    return OP_NEXT;
}

#define STRING(name, step, bytes, until)                                       \
    static enum op_result name(struct cpu *c, const struct op *op)             \
    {                                                                          \
        return repeat(c, op, step, bytes, until);                              \
    }
STRING(movsb, movs, 1, UNTIL_COUNT)
STRING(movsw, movs, 2, UNTIL_COUNT)
STRING(movsd, movs, 4, UNTIL_COUNT)
STRING(movsq, movs, 8, UNTIL_COUNT)
STRING(stosb, stos, 1, UNTIL_COUNT)
STRING(stosw, stos, 2, UNTIL_COUNT)
STRING(stosd, stos, 4, UNTIL_COUNT)
STRING(stosq, stos, 8, UNTIL_COUNT)
STRING(lodsb, lods, 1, UNTIL_COUNT)
STRING(lodsw, lods, 2, UNTIL_COUNT)
STRING(lodsd, lods, 4, UNTIL_COUNT)
STRING(lodsq, lods, 8, UNTIL_COUNT)
STRING(scasb, scas, 1, UNTIL_ZERO_FLAG)
STRING(scasw, scas, 2, UNTIL_ZERO_FLAG)
STRING(scasd, scas, 4, UNTIL_ZERO_FLAG)
STRING(scasq, scas, 8, UNTIL_ZERO_FLAG)
STRING(cmpsb, cmps, 1, UNTIL_ZERO_FLAG)
STRING(cmpsw, cmps, 2, UNTIL_ZERO_FLAG)
STRING(cmpsd, cmps, 4, UNTIL_ZERO_FLAG)
STRING(cmpsq, cmps, 8, UNTIL_ZERO_FLAG)
#undef STRING

/* The vector instruction of the same name, in this mode. */
static op_function *vector(const struct decoded *d, op_function *run)
{
    if (d->mode & MODE_SSE_UD)
        return exec_undefined;
    return d->mode & MODE_FPU_NM ? exec_device_not_available : run;
}

op_function *bind_string(const struct decoded *d, struct op *op, unsigned kind)
{
    static op_function *const functions[STRING_COUNT] = {
        movsb, movsw, movsd, movsq, stosb, stosw, stosd, stosq, lodsb, lodsw,
        lodsd, lodsq, scasb, scasw, scasd, scasq, cmpsb, cmpsw, cmpsd, cmpsq,
    };

    (void)op;
    /* Zydis gives MOVSD and CMPSD of both instruction sets one mnemonic. */
    if (d->insn.operand_count_visible > 0)
        return vector(d, kind == STRING_MOVSD ? exec_movsd_vector
                                              : exec_cmpsd_vector);
    return functions[kind];
}
