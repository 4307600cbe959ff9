/*
 * space.h - what a process sees as its memory: a list of areas, and the page
 * tables that are filled in from it on demand.
 *
 * An area (Linux: VMA) says "these addresses mean that file, or zeros, with
 * these rights".  Page tables are a cache of it: entries appear when the
 * program first touches a page (fault.c) and may be dropped at any time.
 */
#ifndef KERNEL_SPACE_H
#define KERNEL_SPACE_H
#include <stdbool.h>
#include <stdint.h>

#include "workloads/kernel/pagetable.h"

struct inode;

enum {
    AREA_READ = 1,
    AREA_WRITE = 2,
    AREA_EXEC = 4,
    AREA_SHARED = 8, /* writes are seen by everyone who maps it */
};

struct area {
    uva_t start, end;
    uint8_t rights;      /* AREA_* */
    uint8_t page_order;  /* size of page to use if it can be had */
    struct inode *inode; /* NULL: zeros */
    uint64_t offset;     /* in the file, of start; a multiple of a page */
    struct area *next;   /* ascending, never overlapping */
};

struct space {
    struct pt_root root;
    struct area *areas;
    uva_t brk_start, brk;
    unsigned users; /* processes in it (more than one: vfork, threads) */
};

/* Empty; NULL: no memory.  One user. */
struct space *space_new(void);
/* A copy whose pages are shared until written.  NULL: no memory. */
struct space *space_fork(struct space *from);
/* One user less; the last one frees it. */
void space_drop(struct space *s);
/* Makes it the current one. */
void space_load(struct space *s);

struct area *space_find(struct space *s, uva_t va);
/* Adds an area; merges it with a neighbour of the same kind.  The range must
   be free.  Takes its own reference to a->inode.  False: no memory. */
bool space_add(struct space *s, const struct area *a);
/* Removes whatever is mapped in the range.  False: no memory. */
bool space_remove(struct space *s, uva_t start, uva_t end);
/* Changes rights of what is mapped; false: a hole, or no memory. */
bool space_protect(struct space *s, uva_t start, uva_t end, uint8_t rights);
/* Forgets pages of a range: they read as new. */
void space_discard(struct space *s, uva_t start, uva_t end);
/* Cuts the area at va in two, if one spans it. */
bool space_cut(struct space *s, uva_t va);
/* Takes into a what follows it and is of the same kind. */
void space_join(struct area *a);
/* A free range, aligned, as high as possible.  0: none. */
uva_t space_hole(struct space *s, uint64_t bytes, uint64_t align);

/* Do areas cover the range without a hole? */
bool space_covers(struct space *s, uva_t start, uva_t end);
bool space_is_free(struct space *s, uva_t start, uva_t end);
/* Takes the pages of a range elsewhere, where nothing is mapped yet.  False:
   no memory; some may have moved. */
bool space_move_pages(struct space *s, uva_t from, uint64_t bytes, uva_t to);

/* Flags of a leaf for an area, without PTE_WRITE if it is copy-on-write. */
uint64_t area_pte_flags(const struct area *a, bool writable);

enum fault_result {
    FAULT_DONE,
    FAULT_NO_AREA,   /* SIGSEGV, SEGV_MAPERR */
    FAULT_NO_RIGHTS, /* SIGSEGV, SEGV_ACCERR */
    FAULT_NO_FILE,   /* SIGBUS: beyond the end of the file */
    FAULT_NO_MEMORY,
};

/* error: bits of the page-fault error code. */
enum fault_result fault_handle(struct space *s, uva_t va, uint64_t error);
/* Fetches pages before they are touched; stops quietly without memory. */
void fault_populate(struct space *s, uva_t start, uva_t end);

#define FAULT_WRITE 2u
#define FAULT_USER  4u
#define FAULT_FETCH 16u

#endif
