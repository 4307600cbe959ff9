/*
 * exec_x87.h - the x87 register stack, control and status words.
 *
 * Hardware  Intel SDM vol. 1, "Programming with the x87 FPU".
 * Model     registers are kept by physical number R0 .. R7; ST(i) is
 *           R((TOP + i) mod 8).  Arithmetic is softfp.h in the 80-bit format.
 *           An unmasked exception sets ES; the next waiting instruction raises
 *           #MF.
 * NOT MODELLED  the last instruction and data pointers (kept as loaded), the
 *           FERR# interrupt of CR0.NE = 0 (#MF is raised).
 */
#ifndef SIM_CPU_EXEC_X87_H
#define SIM_CPU_EXEC_X87_H
#include "sim/cpu/access.h"
#include "sim/cpu/softfp.h"

enum {
    FSW_SF = 1 << 6, /* stack fault; with FP_IE */
    FSW_ES = 1 << 7,
    FSW_C0 = 1 << 8,
    FSW_C1 = 1 << 9,
    FSW_C2 = 1 << 10,
    FSW_TOP_SHIFT = 11,
    FSW_C3 = 1 << 14,
    FSW_B = 1 << 15,
    FCW_RESET = 0x37f,
    FCW_FIXED = 0x40, /* bits that read as one */
    FCW_WRITABLE = 0x1f3f,
};

static inline unsigned x87_physical(const struct cpu *c, unsigned i)
{
    return (((unsigned)c->state.fsw >> FSW_TOP_SHIFT) + i) & 7;
}

static inline bool x87_is_empty(const struct cpu *c, unsigned i)
{
    return !(c->state.ftw >> x87_physical(c, i) & 1);
}

static inline void x87_set_bits(uint16_t *word, uint32_t mask, uint32_t value)
{
    *word = (uint16_t)((*word & ~mask) | value);
}

static inline void x87_set_c1(struct cpu *c, bool c1)
{
    x87_set_bits(&c->state.fsw, FSW_C1, c1 ? FSW_C1 : 0);
}

/* i of the ST(i) that is an explicit operand: op.dst or op.src. */
static inline unsigned x87_index(uint16_t operand)
{
    return operand & 7u;
}

/* Value of ST(i), which is not empty. */
static inline struct fp x87_value(const struct cpu *c, unsigned i)
{
    return fp_unpack80(c->state.x87[x87_physical(c, i)]);
}

static inline void x87_write(struct cpu *c, unsigned i, struct x87_reg value)
{
    unsigned r = x87_physical(c, i);

    c->state.x87[r] = value;
    c->state.ftw = (uint8_t)(c->state.ftw | 1u << r);
}

static inline void x87_rotate(struct cpu *c, int by)
{
    unsigned top =
        (((unsigned)c->state.fsw >> FSW_TOP_SHIFT) + (unsigned)by) & 7;

    x87_set_bits(&c->state.fsw, 7u << FSW_TOP_SHIFT, top << FSW_TOP_SHIFT);
}

static inline void x87_pop(struct cpu *c)
{
    unsigned r = x87_physical(c, 0);

    c->state.ftw = (uint8_t)(c->state.ftw & ~(1u << r));
    x87_rotate(c, 1);
}

/* First step of every waiting instruction: #MF if an exception is pending. */
static inline enum op_result x87_wait(struct cpu *c)
{
    if (__builtin_expect((c->state.fsw & FSW_ES) != 0, 0))
        return cpu_fault(c, VECTOR_MF);
    return OP_NEXT;
}

/* How to compute by the control word; results rounded to *format. */
struct fp_env x87_env(const struct cpu *c);
const struct fp_format *x87_format(const struct cpu *c);

/*
 * Records the flags and C1.  False if an unmasked exception forbids that the
 * result be stored (invalid, denormal, divide by zero).
 */
bool x87_settle(struct cpu *c, const struct fp_env *env);

/*
 * A stack fault: true if it is masked, and the indefinite value is to be
 * stored.  overflow: a push onto a full register.
 */
bool x87_stack_fault(struct cpu *c, bool overflow);

/* Pushes, or signals stack overflow. */
void x87_push(struct cpu *c, struct x87_reg value);

/*
 * ST(0) as it is to be stored in `bytes` of memory, status word updated;
 * false if an unmasked exception forbids the store.
 */
typedef bool x87_prepare_function(struct cpu *c, unsigned bytes,
                                  uint8_t raw[10]);

/* Store to memory, then pop; a memory fault leaves everything as it was. */
enum op_result x87_store(struct cpu *c, const struct op *op,
                         x87_prepare_function *prepare, bool pop);

/* The default NaN's encoding. */
struct x87_reg x87_indefinite(void);

#endif
