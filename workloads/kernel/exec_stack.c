/*
 * exec_stack.c - the first stack.
 *
 * Source  System V ABI, AMD64 supplement, "Initial Stack and Register State":
 *         argc, argv, 0, envp, 0, auxiliary vector; the strings above.
 */
#include "workloads/kernel/exec_stack.h"

#include <linux/auxvec.h>
#include <linux/elf.h>

#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/random.h"
#include "workloads/kernel/user_copy.h"

enum {
    STACK_BYTES = 8 << 20,
    RANDOM_BYTES = 16,
    CLOCK_TICKS = 100,
    PUSH_WORDS = 64,
    FCW_INIT = 0x37f,
    MXCSR_INIT = 0x1f80,
    FX_MXCSR_AT = 24,
    MINIMAL_SIGNAL_STACK = 2048, /* MINSIGSTKSZ: frames have FXSAVE state */
};

static const char platform_name[] = "x86_64"; /* $PLATFORM of ld.so */

bool exec_stack_map(struct space *space)
{
    struct area a = {.start = USER_END - STACK_BYTES,
                     .end = USER_END,
                     .rights = AREA_READ | AREA_WRITE};

    return space_remove(space, a.start, a.end) && space_add(space, &a);
}

void exec_reset_fpu(struct process *p)
{
    uint16_t fcw = FCW_INIT;
    uint32_t mxcsr = MXCSR_INIT;

    memset(p->fx, 0, FX_BYTES);
    memcpy(p->fx, &fcw, sizeof fcw);
    memcpy(p->fx + FX_MXCSR_AT, &mxcsr, sizeof mxcsr);
    __asm__ volatile("fxrstor64 (%0)" : : "r"(p->fx) : "memory");
}

bool exec_prepend(struct exec_arguments *a, const char *word)
{
    size_t bytes = strlen(word) + 1;

    if (a->bytes + bytes > EXEC_TEXT_BYTES)
        return false;
    memmove(a->text + bytes, a->text, a->bytes);
    memcpy(a->text, word, bytes);
    a->bytes += bytes;
    a->argc++;
    return true;
}

bool exec_replace_first(struct exec_arguments *a, const char *word)
{
    if (a->argc > 0) {
        size_t bytes = strlen(a->text) + 1;

        memmove(a->text, a->text + bytes, a->bytes - bytes);
        a->bytes -= bytes;
        a->argc--;
    }
    return exec_prepend(a, word);
}

/* Words written to the user stack from a low address up, some at a time. */
struct pusher {
    uint64_t words[PUSH_WORDS];
    unsigned count;
    uva_t at;
    bool ok;
};

static void pusher_flush(struct pusher *p)
{
    size_t bytes = p->count * sizeof p->words[0];

    p->ok &= copy_to_user(p->at, p->words, bytes);
    p->at += bytes;
    p->count = 0;
}

static void push(struct pusher *p, uint64_t word)
{
    p->words[p->count++] = word;
    if (p->count == PUSH_WORDS)
        pusher_flush(p);
}

/* Pointers to count strings that follow each other; where the next begins. */
static const char *push_strings(struct pusher *p, const char *s, unsigned count,
                                uint64_t offset)
{
    for (unsigned i = 0; i < count; i++) {
        push(p, (uint64_t)s + offset);
        s += strlen(s) + 1;
    }
    push(p, 0);
    return s;
}

static uint32_t cpu_hwcap(void)
{
    uint32_t eax = 1, ebx, ecx, edx;

    __asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx));
    return edx;
}

/* Where the strings and bytes are that auxiliary entries point to. */
struct stack_data {
    uva_t random, path, platform;
};

static void push_auxiliary(struct pusher *p, const struct exec_facts *facts,
                           const struct stack_data *d)
{
    const uint64_t pairs[][2] = {
        {AT_HWCAP, cpu_hwcap()},
        {AT_PAGESZ, PAGE_BYTES},
        {AT_CLKTCK, CLOCK_TICKS},
        {AT_PHDR, facts->headers_va},
        {AT_PHENT, sizeof(Elf64_Phdr)},
        {AT_PHNUM, facts->header_count},
        {AT_BASE, facts->interpreter_base},
        {AT_FLAGS, 0},
        {AT_ENTRY, facts->entry},
        {AT_UID, 0},
        {AT_EUID, 0},
        {AT_GID, 0},
        {AT_EGID, 0},
        {AT_SECURE, 0},
        {AT_RANDOM, d->random},
        {AT_HWCAP2, 0}, /* neither MWAIT in ring 3 nor FSGSBASE */
        {AT_MINSIGSTKSZ, MINIMAL_SIGNAL_STACK},
        {AT_PLATFORM, d->platform},
        {AT_EXECFN, d->path},
        {AT_NULL, 0},
    };

    for (unsigned i = 0; i < ARRAY_LEN(pairs); i++) {
        push(p, pairs[i][0]);
        push(p, pairs[i][1]);
    }
}

enum { AUXILIARY_WORDS = 2 * 20 };

uint64_t exec_stack_fill(const struct exec_facts *facts,
                         const struct exec_arguments *a)
{
    size_t path_bytes = strlen(facts->path) + 1;
    uva_t path = USER_END - 8 - path_bytes;
    uva_t platform = path - sizeof platform_name;
    uva_t random = (platform - RANDOM_BYTES) & ~(uva_t)15;
    uva_t text = random - a->bytes;
    const struct stack_data data = {random, path, platform};
    uint64_t words = 1 + a->argc + 1 + a->envc + 1 + AUXILIARY_WORDS;
    uva_t sp = (text - words * 8) & ~(uva_t)15;
    uint64_t offset = text - (uint64_t)a->text;
    struct pusher p = {.at = sp, .ok = true};
    uint8_t bytes[RANDOM_BYTES];
    const char *s;

    kernel.current->arguments_va = text;
    s = a->text;
    for (unsigned i = 0; i < a->argc; i++)
        s += strlen(s) + 1;
    kernel.current->arguments_bytes = (uint64_t)(s - a->text);
    random_fill(bytes, sizeof bytes);
    p.ok = copy_to_user(path, facts->path, path_bytes) &&
           copy_to_user(platform, platform_name, sizeof platform_name) &&
           copy_to_user(random, bytes, sizeof bytes) &&
           copy_to_user(text, a->text, a->bytes);
    push(&p, a->argc);
    s = push_strings(&p, a->text, a->argc, offset);
    push_strings(&p, s, a->envc, offset);
    push_auxiliary(&p, facts, &data);
    pusher_flush(&p);
    return p.ok ? sp : 0;
}
