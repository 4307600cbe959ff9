/*
 * xen_mmu.c - page tables of processes under Xen.
 *
 * Source  Xen public xen.h, "mmu_update" and "MMU EXTENDED OPERATIONS".
 *
 * A tree of tables lives two lives.  While a process is being made its tables
 * are plain memory that we fill with ordinary stores.  Then they are made
 * read-only in the direct map and pinned: Xen validates the whole tree once,
 * and from now on changes it for us, entry by entry (mmu_update).  When the
 * process ends the tree is unpinned and is plain memory again.
 *
 * A process has two roots.  The kernel's has everything; the user's has only
 * the lower half, for in ring 3 nothing else keeps programs out of the kernel.
 *
 * Calls cost a trip each, so updates are queued and made together.
 */
#include "workloads/kernel/kernel.h"
#include "workloads/kernel/log.h"
#include "workloads/kernel/pagetable.h"
#include "workloads/kernel/xen_guest.h"

enum { ENTRIES = 512, USER_ROOT_SLOTS = 256, ROOT_LEVEL = 4 };

static struct multicall_entry call_of(uint64_t op, const void *list,
                                      uint64_t count)
{
    return (struct multicall_entry){
        .op = op, .args = {(uint64_t)list, count, 0, DOMID_SELF}};
}

/* Makes all that is queued, in one trip. */
void xen_queue_flush(void)
{
    struct xen_queue *q = &xen_guest.queue;
    struct multicall_entry calls[2];
    unsigned n = 0;
    int64_t result = 0;

    if (q->updates)
        calls[n++] = call_of(__HYPERVISOR_mmu_update, q->update, q->updates);
    if (q->ops)
        calls[n++] = call_of(__HYPERVISOR_mmuext_op, q->op, q->ops);
    q->updates = q->ops = 0;
    if (n == 1)
        result = xen_call4((unsigned)calls[0].op, calls[0].args[0],
                           calls[0].args[1], 0, DOMID_SELF);
    if (n == 2) {
        result = xen_call2(__HYPERVISOR_multicall, (uint64_t)calls, n);
        for (unsigned i = 0; i < n && result == 0; i++)
            result = (int64_t)calls[i].result;
    }
    if (result < 0)
        panic("xen: refused a page-table update, error %d", (int)-result);
}

void xen_queue_update(uint64_t machine_address, uint64_t value)
{
    struct xen_queue *q = &xen_guest.queue;

    if (q->updates == XEN_QUEUE_UPDATES)
        xen_queue_flush();
    q->update[q->updates++] = (struct mmu_update){
        .ptr = machine_address | MMU_NORMAL_PT_UPDATE, .val = value};
}

void xen_queue_op(unsigned command, uint64_t argument)
{
    struct xen_queue *q = &xen_guest.queue;

    if (q->ops == XEN_QUEUE_OPS)
        xen_queue_flush();
    q->op[q->ops++] =
        (struct mmuext_op){.cmd = command, .arg1.linear_addr = argument};
}

static void flush_unless_lazy(void)
{
    if (!xen_guest.queue.lazy)
        xen_queue_flush();
}

/* The entry of the direct map for a page: with or without the right to
   write. */
static void queue_protection(pfn_t page, uint64_t write)
{
    uint64_t l1 = xen_pfn_to_machine(xen_guest.direct_l1 + page / ENTRIES);
    uint64_t flags = PTE_PRESENT | PTE_ACCESSED | PTE_DIRTY | PTE_NX | write;

    xen_queue_update((l1 << PAGE_BITS) + page % ENTRIES * sizeof(uint64_t),
                     xen_pfn_to_machine(page) << PAGE_BITS | flags);
}

static void queue_read_only(pfn_t table)
{
    queue_protection(table, 0);
}

static void queue_writable(pfn_t table)
{
    queue_protection(table, PTE_WRITE);
    xen_queue_op(MMUEXT_INVLPG_LOCAL, (uint64_t)pfn_to_va(table));
}

/* All tables below an entry of a level, by one of the two above. */
static void for_tables(pfn_t table, unsigned level, void (*act)(pfn_t table))
{
    const uint64_t *entries = pfn_to_va(table);
    unsigned end = level == ROOT_LEVEL ? USER_ROOT_SLOTS : ENTRIES;

    act(table);
    for (unsigned i = 0; i < end && level > 1; i++)
        if (entries[i] & PTE_PRESENT)
            for_tables(pte_pfn(entries[i]), level - 1, act);
}

bool xen_space_new(struct pt_root *root)
{
    pfn_t user = frame_alloc_zeroed(ORDER_4K);

    if (user == PFN_NONE)
        return false;
    frame_of(user)->flags |= FRAME_TABLE;
    root->user_pfn = user;
    return true;
}

void xen_space_ready(struct pt_root *root)
{
    if (root->pinned)
        return;
    xen_queue_flush();
    for_tables(root->pfn, ROOT_LEVEL, queue_read_only);
    queue_read_only(root->user_pfn);
    xen_queue_op(MMUEXT_PIN_L4_TABLE, xen_pfn_to_machine(root->pfn));
    xen_queue_op(MMUEXT_PIN_L4_TABLE, xen_pfn_to_machine(root->user_pfn));
    xen_queue_flush();
    root->pinned = true;
}

void xen_space_dying(struct pt_root *root)
{
    if (!root->pinned)
        return;
    xen_queue_flush();
    xen_queue_op(MMUEXT_UNPIN_TABLE, xen_pfn_to_machine(root->user_pfn));
    xen_queue_op(MMUEXT_UNPIN_TABLE, xen_pfn_to_machine(root->pfn));
    xen_queue_flush();
    root->pinned = false;
    for_tables(root->pfn, ROOT_LEVEL, queue_writable);
    queue_writable(root->user_pfn);
    xen_queue_flush();
}

void xen_space_free(struct pt_root *root)
{
    frame_of(root->user_pfn)->flags &= (uint8_t)~FRAME_TABLE;
    frame_drop(root->user_pfn);
    root->user_pfn = 0;
}

void xen_table_new(struct pt_root *root, pfn_t table, unsigned level)
{
    (void)level;
    if (root->pinned)
        queue_read_only(table); /* made before the entry that points to it */
}

void xen_table_free(struct pt_root *root, pfn_t table, unsigned level)
{
    (void)level;
    if (!root->pinned)
        return;
    queue_writable(table);
    xen_queue_flush();
}

static void store(pfn_t table, unsigned index, uint64_t value)
{
    volatile uint64_t *entries = pfn_to_va(table);

    entries[index] = value;
}

static void queue_entry(pfn_t table, unsigned index, uint64_t value)
{
    xen_queue_update((xen_pfn_to_machine(table) << PAGE_BITS) +
                         index * sizeof(uint64_t),
                     value);
}

void xen_pte_set(const struct pt_slot *slot, uint64_t value)
{
    bool both = slot->level == ROOT_LEVEL;

    if (!slot->root->pinned) {
        store(slot->table, slot->index, value);
        if (both)
            store(slot->root->user_pfn, slot->index, value);
        return;
    }
    queue_entry(slot->table, slot->index, value);
    if (both)
        queue_entry(slot->root->user_pfn, slot->index, value);
    /* Entries that point to tables are read again soon. */
    if (slot->level > 1)
        xen_queue_flush();
    else
        flush_unless_lazy();
}

void xen_lazy_begin(void)
{
    xen_guest.queue.lazy = true;
}

void xen_lazy_end(void)
{
    xen_guest.queue.lazy = false;
    xen_queue_flush();
}

void xen_load_space(struct pt_root *root)
{
    uint64_t user = root->user_pfn ? xen_pfn_to_machine(root->user_pfn) : 0;

    xen_queue_op(MMUEXT_NEW_BASEPTR, xen_pfn_to_machine(root->pfn));
    xen_queue_op(MMUEXT_NEW_USER_BASEPTR, user);
    xen_queue_flush();
}

void xen_flush_page(uint64_t va)
{
    xen_queue_op(MMUEXT_INVLPG_LOCAL, va);
    flush_unless_lazy();
}

void xen_flush_user(void)
{
    xen_queue_op(MMUEXT_TLB_FLUSH_LOCAL, 0);
    flush_unless_lazy();
}
