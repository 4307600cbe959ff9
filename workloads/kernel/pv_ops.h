/*
 * pv_ops.h - everything the kernel asks of the machine below it, as a table.
 *
 * The same kernel runs on a bare (or fully virtualized) machine and as a
 * Xen-style paravirtual guest.  What differs between the two is listed here
 * and nowhere else; Linux keeps such a table too.  native.c fills one for the
 * bare machine, xen_ops.c one for Xen; boot code points kernel.pv at one.
 *
 * Words
 *   pfn      frame of the memory as the kernel counts it (pseudo-physical)
 *   machine  frame as a page-table entry must name it.  Same as pfn on bare
 *            metal; under Xen translated by the p2m and m2p tables.
 *   slot     one entry of one page-table page
 *
 * What the kernel promises to every implementation
 *   1. It runs with interrupts off, save inside idle(), and on one CPU at a
 *      time (cpus.h): no operation is re-entered.
 *   2. Page-table pages are written by pte_set() only; they are read through
 *      the direct map (DIRECT_MAP_BASE + pfn * 4096).
 *   3. A page-table page is announced by table_new() before any entry points
 *      to it, and given back by table_free() when no entry points to it any
 *      more.  Until then it is plain memory: zeros, or filled by pte_fill().
 *      The root is a table of level 4.
 *   4. The upper half of the root never changes after boot: space_new() copies
 *      it from kernel.kernel_root.
 */
#ifndef KERNEL_PV_OPS_H
#define KERNEL_PV_OPS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workloads/kernel/layout.h"

struct boot_info;
struct cpu;
struct tlb_batch;
struct trap_frame;

/*
 * One address space: the root table, and what the implementation keeps with
 * it.  The list of mapped areas is elsewhere (space.h embeds this).
 */
struct pt_root {
    pfn_t pfn;      /* level-4 table, as the kernel walks it */
    pfn_t user_pfn; /* Xen: second root without the kernel; 0 natively */
    bool pinned;    /* Xen: tables are validated and read-only to us */
};

/* Names one entry.  index 0..511; level 1 (4K leaves) to 4 (root). */
struct pt_slot {
    struct pt_root *root;
    pfn_t table;
    uint16_t index;
    uint8_t level;
};

enum stream { STREAM_LOG, STREAM_OUT, STREAM_ERR };

struct pv_ops {
    const char *name;

    /* --- boot, in this order ------------------------------------------ */

    /* Console usable from here on; called first. */
    void (*early_init)(void);
    /*
     * Builds the direct map of all RAM in b and the kernel's own tables, and
     * sets kernel.kernel_root.  Frames for tables come from
     * boot_take_frame(b): not zeroed, not yet in the direct map.
     */
    void (*map_memory)(struct boot_info *b);
    /* Trap and system-call entries, timer, clock.  Interrupts stay off. */
    void (*cpu_init)(void);

    /* --- other CPUs (the last two only if there are any) ---------------- */

    /* Starts them, at the end of boot, and sets kernel.cpu_count. */
    void (*start_cpus)(void);
    /* It arrives as trap_call() (trap.h), or ends its idle(). */
    void (*cpu_interrupt)(const struct cpu *to);
    /* A set of CPUs forgets, by tlb_flush_here(); returns when all have. */
    void (*flush_others)(uint32_t cpus, const struct tlb_batch *b);

    /* --- page tables -------------------------------------------------- */

    /* Frame numbers as tables hold them, and back. */
    uint64_t (*pfn_to_machine)(pfn_t pfn);
    pfn_t (*machine_to_pfn)(uint64_t machine_frame);

    /* A new root: its user half is empty, its kernel half filled in already.
       May fail for lack of memory (Xen takes a frame for the user root). */
    bool (*space_new)(struct pt_root *root);
    /* The tables are complete (after fork and exec): about to be loaded for
       the first time.  Xen pins them here. */
    void (*space_ready)(struct pt_root *root);
    /* It is loaded nowhere and will be taken apart: the following pte_set()
       and table_free() need no validation.  Xen unpins here. */
    void (*space_dying)(struct pt_root *root);
    /* Everything is gone but the root page itself; the kernel frees that. */
    void (*space_free)(struct pt_root *root);

    void (*table_new)(struct pt_root *root, pfn_t table, unsigned level);
    void (*table_free)(struct pt_root *root, pfn_t table, unsigned level);

    /* Stores one entry (machine frame and flags as the hardware defines
       them).  Invalidates nothing. */
    void (*pte_set)(const struct pt_slot *slot, uint64_t value);
    /* Between these two, entries and flushes may be queued; after lazy_end()
       memory and TLB are as ordered.  Queued entries may still read old in
       between, except those of a root for which space_ready() was not called
       yet (fork fills such a one) and those that table_free() concerns.  Not
       nested. */
    void (*lazy_begin)(void);
    void (*lazy_end)(void);

    /* --- the address space in use ------------------------------------- */

    void (*load_space)(struct pt_root *root);
    /* Forget one page, or all user pages, of the space in use. */
    void (*flush_page)(uint64_t va);
    void (*flush_user)(void);

    /* --- the process in use ------------------------------------------- */

    /* Where traps from user mode start pushing. */
    void (*load_kernel_stack)(uint64_t top);
    void (*load_fs_base)(uint64_t base);
    void (*load_user_gs_base)(uint64_t base);
    /* Leaves the kernel with exactly the registers in f, which lies at the
       top of the current kernel stack. */
    void (*return_to_user)(struct trap_frame *f) __attribute__((noreturn));

    /* --- time and idleness -------------------------------------------- */

    /* Nanoseconds since boot, monotonic.  And of the epoch at boot. */
    uint64_t (*clock_ns)(void);
    uint64_t (*boot_epoch_s)(void);
    /* How long a CPU could have run, and the hypervisor ran somebody else; 0
       if nobody says. */
    uint64_t (*steal_ns)(unsigned cpu);
    /* One interrupt at that time, replacing any earlier order; UINT64_MAX:
       none.  It arrives as trap_timer() (trap.h). */
    void (*timer_arm)(uint64_t deadline_ns);
    /* Lets interrupts in, waits for one, returns with interrupts off. */
    void (*idle)(void);

    /* --- outside world ------------------------------------------------ */

    void (*write)(enum stream stream, const void *data, size_t bytes);
    /* Ends the machine with the first process's status (or 255 on panic). */
    void (*shutdown)(uint8_t status) __attribute__((noreturn));
};

#endif
