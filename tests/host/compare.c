/*
 * compare.c - what must be equal.
 */
#include <string.h>

#include "sim/cpu/cpu_state.h"
#include "tests/host/compare.h"
#include "tests/host/forms.h"

/* The instruction at which the trial ended. */
static const struct part *last_part(const struct trial *t)
{
    const struct part *last = &t->parts[0];

    for (unsigned i = 0; i < t->parts_count; i++) {
        if (t->parts[i].offset <= t->native.rip_offset)
            last = &t->parts[i];
    }
    return last;
}

static bool is_sequence(const struct trial *t)
{
    return t->parts_count > 2;
}

/* Of a shift or rotate by the part's count. */
static uint64_t undefined_by_count(const struct part *p, bool shift)
{
    unsigned count = p->count & (p->width == 8 ? 63 : 31);
    uint64_t flags = 0;

    if (count == 0)
        return 0;
    if (count != 1)
        flags |= RFLAGS_OF;
    if (shift)
        flags |= RFLAGS_AF;
    if (shift && count >= 8u * p->width)
        flags |= RFLAGS_CF;
    return flags;
}

/* An unmasked x87 exception is pending on the host. */
static bool x87_pending(const struct trial *t)
{
    return t->native.state.fx[FXI_FSW] & 0x80;
}

static uint64_t undefined_by_form(const struct part *p)
{
    switch (forms[p->form].undefined) {
    case UNDEFINED_NONE:
        return 0;
    case UNDEFINED_AF:
        return RFLAGS_AF;
    case UNDEFINED_OF:
        return RFLAGS_OF;
    case UNDEFINED_AF_PF:
        return RFLAGS_AF | RFLAGS_PF;
    case UNDEFINED_BEXTR:
        return RFLAGS_SF | RFLAGS_AF | RFLAGS_PF;
    case UNDEFINED_ZERO_COUNT:
        return ARITHMETIC & ~(RFLAGS_CF | RFLAGS_ZF);
    case UNDEFINED_ASCII:
        return ARITHMETIC & ~(RFLAGS_CF | RFLAGS_AF);
    case UNDEFINED_AAM:
        return RFLAGS_OF | RFLAGS_AF | RFLAGS_CF;
    case UNDEFINED_MUL:
        return ARITHMETIC & ~(RFLAGS_CF | RFLAGS_OF);
    case UNDEFINED_ALL:
        return ARITHMETIC;
    case UNDEFINED_SHIFT:
        return undefined_by_count(p, true);
    case UNDEFINED_ROTATE:
        return undefined_by_count(p, false);
    case UNDEFINED_BIT_TEST:
        return ARITHMETIC & ~(RFLAGS_CF | RFLAGS_ZF);
    case UNDEFINED_BIT_SCAN:
        return ARITHMETIC & ~RFLAGS_ZF;
    }
    return 0;
}

uint64_t trial_undefined_flags(const struct trial *t)
{
    const struct part *p = last_part(t);

    if (p->form == TRIAL_NO_FORM)
        return 0;
    if (forms[p->form].group == GROUP_X87 && x87_pending(t))
        return ARITHMETIC; /* FCOMI: CPU models differ */
    return undefined_by_form(p);
}

/*
 * Condition codes that CPU models set as they like: all when an exception is
 * pending, C1 of FFREE, FCMOVcc and FCOMI.
 */
static uint16_t defined_status(const struct trial *t)
{
    if (x87_pending(t) || is_sequence(t))
        return (uint16_t)~0x4700;
    if (t->parts[0].form == TRIAL_NO_FORM)
        return UINT16_MAX;
    switch ((int)forms[t->parts[0].form].mnemonic) {
    case ZYDIS_MNEMONIC_FFREE:
    case ZYDIS_MNEMONIC_FCOMI:
    case ZYDIS_MNEMONIC_FCOMIP:
    case ZYDIS_MNEMONIC_FUCOMI:
    case ZYDIS_MNEMONIC_FUCOMIP:
    case ZYDIS_MNEMONIC_FCMOVB:
    case ZYDIS_MNEMONIC_FCMOVNB:
    case ZYDIS_MNEMONIC_FCMOVE:
    case ZYDIS_MNEMONIC_FCMOVNE:
    case ZYDIS_MNEMONIC_FCMOVBE:
    case ZYDIS_MNEMONIC_FCMOVNBE:
    case ZYDIS_MNEMONIC_FCMOVU:
    case ZYDIS_MNEMONIC_FCMOVNU:
        return (uint16_t)~0x0200;
    default:
        return UINT16_MAX;
    }
}

/*
 * DPPS and DPPD report the flags of the steps before the one that raised an
 * exception; CPU models divide them into steps as they like.
 */
static uint32_t defined_mxcsr(const struct trial *t)
{
    const struct part *p = last_part(t);
    ZydisMnemonic mnemonic = p->form == TRIAL_NO_FORM ? ZYDIS_MNEMONIC_INVALID
                                                      : forms[p->form].mnemonic;
    bool dot =
        mnemonic == ZYDIS_MNEMONIC_DPPS || mnemonic == ZYDIS_MNEMONIC_DPPD;

    return dot && t->native.vector == VECTOR_XM ? ~(uint32_t)0x38 : UINT32_MAX;
}

static bool equal_fx(const struct trial *t)
{
    const uint8_t *a = t->native.state.fx, *b = t->simulated.state.fx;
    uint32_t mxcsr_a, mxcsr_b;
    uint16_t fsw_a, fsw_b;
    bool same;

    memcpy(&mxcsr_a, a + FXI_MXCSR, 4);
    memcpy(&mxcsr_b, b + FXI_MXCSR, 4);
    same = memcmp(a, b, 2) == 0 && a[FXI_FTW] == b[FXI_FTW] &&
           ((mxcsr_a ^ mxcsr_b) & defined_mxcsr(t)) == 0 &&
           memcmp(a + FXI_XMM, b + FXI_XMM, 256) == 0;

    memcpy(&fsw_a, a + FXI_FSW, 2);
    memcpy(&fsw_b, b + FXI_FSW, 2);
    same = same && ((fsw_a ^ fsw_b) & defined_status(t)) == 0;
    for (unsigned i = 0; same && i < 8; i++)
        same = memcmp(a + FXI_ST + 16 * i, b + FXI_ST + 16 * i, 10) == 0;
    return same;
}

enum { MOST_IMAGE_BYTES = 576 };

/* A state image takes many accesses: which one faults first is its own. */
static bool moves_state(const struct trial *t)
{
    const struct part *p = last_part(t);

    return p->form != TRIAL_NO_FORM &&
           forms[p->form].operand[0] >= OPERAND_M112 &&
           forms[p->form].operand[0] <= OPERAND_M4608;
}

static bool same_image(const struct trial *t)
{
    uint64_t a = t->native.cr2, b = t->simulated.cr2;

    return (a < b ? b - a : a - b) < MOST_IMAGE_BYTES;
}

/*
 * Equal, but for one bit of the MXCSR_MASK that FXSAVE and XSAVE store: some
 * CPUs have MXCSR.MM.
 */
static bool equal_memory(const struct trial *t)
{
    const uint8_t *a = t->native.data, *b = t->simulated.data;
    unsigned at = 0;

    while (at < TRIAL_DATA_BYTES && a[at] == b[at])
        at++;
    if (at == TRIAL_DATA_BYTES)
        return true;
    return moves_state(t) && a[at] == (b[at] | 2) && at % 16 == 14 &&
           memcmp(a + at + 1, b + at + 1, TRIAL_DATA_BYTES - at - 1) == 0;
}

/*
 * Of two operands that both fault, which one is reported is up to the CPU
 * model.  In the host's kernel, what is mapped is its business: Linux reports
 * faults from its TASK_SIZE_MAX on, a page below the canonical half, as
 * violations whatever is there (arch/x86/mm/fault.c).
 */
#define LINUX_USER_END ((uint64_t)0x7ffffffff000)

static bool same_page_fault(const struct trial *t)
{
    const struct outcome *a = &t->native, *b = &t->simulated;
    const struct part *p = last_part(t);
    bool same_code = a->error_code == b->error_code || a->cr2 >= LINUX_USER_END;

    if (p->form != TRIAL_NO_FORM && forms[p->form].group == GROUP_STRING)
        return same_code;
    return same_code && (a->cr2 == b->cr2 || (moves_state(t) && same_image(t)));
}

/* POPA that faults: how much arrived before that is up to the CPU. */
static bool popped_part(const struct trial *t)
{
    const struct part *p = last_part(t);

    return t->native.vector != TRIAL_NO_FAULT && p->form != TRIAL_NO_FORM &&
           (forms[p->form].mnemonic == ZYDIS_MNEMONIC_POPA ||
            forms[p->form].mnemonic == ZYDIS_MNEMONIC_POPAD);
}

/* Upper halves mean nothing in compatibility mode. */
static bool equal_registers(const struct trial *t)
{
    const uint64_t *a = t->native.state.gpr, *b = t->simulated.state.gpr;
    uint64_t mask = t->mode == TRIAL_64 ? UINT64_MAX : UINT32_MAX, differ = 0;

    if (popped_part(t))
        return ((a[REG_RSP] ^ b[REG_RSP]) & mask) == 0;
    for (unsigned i = 0; i < (t->mode == TRIAL_64 ? 16u : 8u); i++)
        differ |= (a[i] ^ b[i]) & mask;
    return differ == 0;
}

/*
 * Beyond the end of a flat 4G segment: a fault of the limit here, of the page
 * there (SDM vol. 3, "Limit Checking": up to the CPU).
 */
static bool same_vector(const struct trial *t)
{
    const struct outcome *a = &t->native, *b = &t->simulated;

    if (a->vector == b->vector)
        return a->vector != VECTOR_PF || same_page_fault(t);
    /* 16 bytes not aligned and beyond the limit: which comes first */
    if (t->mode != TRIAL_64 && a->vector == VECTOR_GP && b->vector == VECTOR_SS)
        return true;
    return t->mode == TRIAL_32 && a->vector == VECTOR_PF &&
           a->cr2 >> 9 == 0x7fffff &&
           (b->vector == VECTOR_GP || b->vector == VECTOR_SS);
}

bool trial_equal(const struct trial *t)
{
    const struct outcome *a = &t->native, *b = &t->simulated;
    uint64_t defined = (ARITHMETIC | RFLAGS_DF) & ~trial_undefined_flags(t);

    return same_vector(t) && a->rip_offset == b->rip_offset &&
           equal_registers(t) &&
           ((a->state.rflags ^ b->state.rflags) & defined) == 0 &&
           equal_fx(t) && equal_memory(t);
}
