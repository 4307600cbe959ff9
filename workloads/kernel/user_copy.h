/*
 * user_copy.h - the only doors between kernel and user memory.
 *
 * A pointer from a program may be wrong or not yet backed by a page.  The
 * copy just tries; a page fault in it is first handled as if the program had
 * touched the page (fault.c), and if that fails the trap handler continues at
 * the address that .fixups gives for the copying instruction.
 *
 * With SMAP (SDM vol. 3, "Access Rights") the CPU refuses kernel access to
 * user pages unless RFLAGS.AC is set: STAC and CLAC open and shut the door.
 */
#ifndef KERNEL_USER_COPY_H
#define KERNEL_USER_COPY_H
#include <stdbool.h>
#include <stddef.h>

#include "workloads/kernel/layout.h"

/* False: the program has no such memory; part may have been copied. */
bool copy_from_user(void *to, uva_t from, size_t bytes);
bool copy_to_user(uva_t to, const void *from, size_t bytes);
/* If the word is *old, makes it new; *old: what it was.  In one step, for a
   program may change it on another CPU. */
bool exchange_user(uva_t word, uint32_t *old, uint32_t new);
bool zero_user(uva_t to, size_t bytes);
/* A string with its NUL; 0, or -EFAULT, or -ENAMETOOLONG. */
int copy_text_from_user(char *to, uva_t from, size_t capacity);

/* Where to go on when the instruction at rip faults; 0: nowhere, a bug. */
uint64_t user_copy_fixup(uint64_t rip);

#endif
