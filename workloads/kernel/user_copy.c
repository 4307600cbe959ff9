/*
 * user_copy.c - copies that survive bad pointers.
 */
#include "workloads/kernel/user_copy.h"

#include <asm/errno.h>

#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"

struct fixup {
    uint64_t fault_rip, go_on_rip;
};

extern const struct fixup fixups_start[], fixups_end[];

uint64_t user_copy_fixup(uint64_t rip)
{
    for (const struct fixup *f = fixups_start; f < fixups_end; f++)
        if (f->fault_rip == rip)
            return f->go_on_rip;
    return 0;
}

static bool in_user_space(uva_t va, size_t bytes)
{
    return va <= USER_END && bytes <= USER_END - va;
}

static void door_open(void)
{
    if (kernel.cpu.smap)
        __asm__ volatile("stac" ::: "memory");
}

static void door_shut(void)
{
    if (kernel.cpu.smap)
        __asm__ volatile("clac" ::: "memory");
}

/* Returns how much was not copied (in words or bytes: 0 means all was). */
static uint64_t try_copy(void *to, const void *from, size_t bytes)
{
    uint64_t left = bytes / 8;

    door_open();
    __asm__ volatile("1: rep movsq\n"
                     "   movl %3, %%ecx\n"
                     "2: rep movsb\n"
                     "3:\n"
                     ".pushsection .fixups, \"a\"\n"
                     "   .quad 1b, 3b, 2b, 3b\n"
                     ".popsection"
                     : "+D"(to), "+S"(from), "+c"(left)
                     : "r"((uint32_t)(bytes % 8))
                     : "memory");
    door_shut();
    return left;
}

bool copy_from_user(void *to, uva_t from, size_t bytes)
{
    return in_user_space(from, bytes) &&
           try_copy(to, (const void *)from, bytes) == 0;
}

bool copy_to_user(uva_t to, const void *from, size_t bytes)
{
    return in_user_space(to, bytes) && try_copy((void *)to, from, bytes) == 0;
}

/* The page may be missing, or read-only: the fixup leaves done at 0. */
bool exchange_user(uva_t word, uint32_t *old, uint32_t new)
{
    uint32_t done = 0;

    if (!in_user_space(word, sizeof *old))
        return false;
    door_open();
    __asm__ volatile("1: lock cmpxchgl %3, (%2)\n"
                     "   movl $1, %1\n"
                     "2:\n"
                     ".pushsection .fixups, \"a\"\n"
                     "   .quad 1b, 2b\n"
                     ".popsection"
                     : "+a"(*old), "+&r"(done)
                     : "r"(word), "r"(new)
                     : "memory", "cc");
    door_shut();
    return done;
}

bool zero_user(uva_t to, size_t bytes)
{
    while (bytes > 0) {
        size_t now = u64_min(bytes, PAGE_BYTES);

        if (!copy_to_user(to, pfn_to_va(kernel.frames.zero_pfn), now))
            return false;
        to += now;
        bytes -= now;
    }
    return true;
}

int copy_text_from_user(char *to, uva_t from, size_t capacity)
{
    size_t got = 0;

    while (got < capacity) {
        size_t to_page_end = PAGE_BYTES - ((from + got) & (PAGE_BYTES - 1));
        size_t now = u64_min(u64_min(to_page_end, 64), capacity - got);

        if (!copy_from_user(to + got, from + got, now))
            return -EFAULT;
        for (size_t i = got; i < got + now; i++)
            if (to[i] == '\0')
                return 0;
        got += now;
    }
    return -ENAMETOOLONG;
}
