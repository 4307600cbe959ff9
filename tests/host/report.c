/*
 * report.c - a page of text about a trial whose two sides differ.
 */
#include <stdio.h>
#include <string.h>

#include "tests/host/compare.h"
#include "tests/host/operands.h"

/* What is no instruction. */
static void print_bytes(const struct trial *t, unsigned at)
{
    printf(" %3u  %u bits [", at, trial_bits(t->mode));
    for (unsigned i = 0; i < 15 && at + i < t->length; i++)
        printf("%02x", t->code[at + i]);
    printf("]\n");
}

static void describe(const struct trial *t)
{
    ZydisMachineMode mode = trial_machine_mode(t->mode);
    ZydisDisassembledInstruction d;

    printf("\n");
    for (unsigned at = 0; at < t->length; at += d.info.length) {
        if (!ZYAN_SUCCESS(ZydisDisassembleIntel(
                mode, TRIAL_CODE + at, t->code + at, t->length - at, &d))) {
            print_bytes(t, at);
            return;
        }
        if (t->stepped && at > 0)
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
    uint64_t defined = (ARITHMETIC | RFLAGS_DF) & ~trial_undefined_flags(t);
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
