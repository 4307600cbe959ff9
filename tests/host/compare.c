/*
 * compare.c - what must be equal, and a page of text if it is not.
 */
#include <stdio.h>
#include <string.h>

#include "sim/cpu/cpu_state.h"
#include "tests/host/forms.h"
#include "tests/host/trial.h"

#define ARITHMETIC                                                             \
    (RFLAGS_CF | RFLAGS_PF | RFLAGS_AF | RFLAGS_ZF | RFLAGS_SF | RFLAGS_OF)

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

static uint64_t undefined_flags(const struct trial *t)
{
    const struct part *p = last_part(t);

    if (p->form == TRIAL_NO_FORM)
        return 0;
    if (forms[p->form].group == GROUP_X87 && x87_pending(t))
        return ARITHMETIC; /* FCOMI: CPU models differ */
    return undefined_by_form(p);
}

static void describe(const struct trial *t)
{
    ZydisMachineMode mode = t->bits32 ? ZYDIS_MACHINE_MODE_LONG_COMPAT_32
                                      : ZYDIS_MACHINE_MODE_LONG_64;
    ZydisDisassembledInstruction d;

    printf("\n");
    for (unsigned at = 0; at < t->length; at += d.info.length) {
        if (!ZYAN_SUCCESS(ZydisDisassembleIntel(
                mode, TRIAL_CODE + at, t->code + at, t->length - at, &d)))
            return;
        printf("%s%3u  %-40s [", at == t->native.rip_offset ? "*" : " ", at,
               d.text);
        for (unsigned i = 0; i < d.info.length; i++)
            printf("%02x", t->code[at + i]);
        printf("]\n");
    }
}

static void print_words(const char *name, const void *native,
                        const void *simulated, const void *before,
                        unsigned bytes)
{
    uint64_t a[2] = {0, 0}, b[2] = {0, 0}, c[2] = {0, 0};

    if (memcmp(native, simulated, bytes) == 0)
        return;
    memcpy(a, native, bytes);
    memcpy(b, simulated, bytes);
    memcpy(c, before, bytes);
    printf("  %-7s host %016llx%016llx sim %016llx%016llx was "
           "%016llx%016llx\n",
           name, (unsigned long long)a[1], (unsigned long long)a[0],
           (unsigned long long)b[1], (unsigned long long)b[0],
           (unsigned long long)c[1], (unsigned long long)c[0]);
}

static void print_registers(const struct trial *t)
{
    static const char *const name[16] = {
        "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
        "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};
    const struct image *a = &t->native.state, *b = &t->simulated.state;
    uint64_t defined = (ARITHMETIC | RFLAGS_DF) & ~undefined_flags(t);
    uint64_t fa = a->rflags & defined, fb = b->rflags & defined;

    for (unsigned i = 0; i < 16; i++)
        print_words(name[i], &a->gpr[i], &b->gpr[i], &t->before.gpr[i], 8);
    print_words("flags", &fa, &fb, &t->before.rflags, 8);
}

static void print_vectors(const struct trial *t)
{
    const uint8_t *a = t->native.state.fx, *b = t->simulated.state.fx;
    const uint8_t *c = t->before.fx;
    char name[8];

    for (unsigned i = 0; i < 16; i++) {
        unsigned at = FXI_XMM + 16 * i;

        snprintf(name, sizeof(name), "xmm%u", i & 15);
        print_words(name, a + at, b + at, c + at, 16);
    }
    print_words("mxcsr", a + FXI_MXCSR, b + FXI_MXCSR, c + FXI_MXCSR, 4);
}

static void print_x87(const struct trial *t)
{
    const uint8_t *a = t->native.state.fx, *b = t->simulated.state.fx;
    const uint8_t *c = t->before.fx;
    char name[8];

    print_words("fcw", a + FXI_FCW, b + FXI_FCW, c + FXI_FCW, 2);
    print_words("fsw", a + FXI_FSW, b + FXI_FSW, c + FXI_FSW, 2);
    print_words("ftw", a + FXI_FTW, b + FXI_FTW, c + FXI_FTW, 1);
    for (unsigned i = 0; i < 8; i++) {
        unsigned at = FXI_ST + 16 * i;

        snprintf(name, sizeof(name), "st%u", i & 7);
        print_words(name, a + at, b + at, c + at, 10);
    }
}

static void print_memory(const struct trial *t)
{
    char name[16];

    for (unsigned at = 0; at < TRIAL_DATA_BYTES; at += 8) {
        snprintf(name, sizeof(name), "[%x]", at);
        print_words(name, t->native.data + at, t->simulated.data + at,
                    t->data + at, 8);
    }
}

static void print_fault(const struct trial *t)
{
    const struct outcome *a = &t->native, *b = &t->simulated;

    printf("  host: vector %u code %x at %llx rip +%lld\n"
           "  sim:  vector %u code %x at %llx rip +%lld\n",
           a->vector, a->error_code, (unsigned long long)a->cr2,
           (long long)a->rip_offset, b->vector, b->error_code,
           (unsigned long long)b->cr2, (long long)b->rip_offset);
}

/*
 * Condition codes that CPU models set as they like: all when an exception is
 * pending, C1 of FFREE, FCMOVcc and FCOMI.
 */
static uint16_t defined_status(const struct trial *t)
{
    if (x87_pending(t) || is_sequence(t))
        return (uint16_t)~0x4700;
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

/* A state image takes many accesses: which one faults first is its own. */
static bool moves_state(const struct trial *t)
{
    const struct part *p = last_part(t);

    return p->form != TRIAL_NO_FORM &&
           forms[p->form].operand[0] >= OPERAND_M112 &&
           forms[p->form].operand[0] <= OPERAND_M4608;
}

static bool same_page(const struct trial *t)
{
    return t->native.cr2 >> 12 == t->simulated.cr2 >> 12;
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
    return same_code && (a->cr2 == b->cr2 || (moves_state(t) && same_page(t)));
}

/* Upper halves mean nothing in compatibility mode. */
static bool equal_registers(const struct trial *t)
{
    const uint64_t *a = t->native.state.gpr, *b = t->simulated.state.gpr;
    uint64_t mask = t->bits32 ? UINT32_MAX : UINT64_MAX, differ = 0;

    for (unsigned i = 0; i < (t->bits32 ? 8u : 16u); i++)
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
    return t->bits32 && a->vector == VECTOR_PF && a->cr2 >> 9 == 0x7fffff &&
           (b->vector == VECTOR_GP || b->vector == VECTOR_SS);
}

bool trial_equal(const struct trial *t)
{
    const struct outcome *a = &t->native, *b = &t->simulated;
    uint64_t defined = (ARITHMETIC | RFLAGS_DF) & ~undefined_flags(t);

    return same_vector(t) && a->rip_offset == b->rip_offset &&
           equal_registers(t) &&
           ((a->state.rflags ^ b->state.rflags) & defined) == 0 &&
           equal_fx(t) && equal_memory(t);
}

bool trial_same(const struct trial *t)
{
    if (trial_equal(t))
        return true;
    describe(t);
    print_fault(t);
    print_registers(t);
    print_vectors(t);
    print_x87(t);
    print_memory(t);
    return false;
}
