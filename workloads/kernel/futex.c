/*
 * futex.c - who sleeps on which word.
 */
#include "workloads/kernel/futex.h"

#include <asm/errno.h>
#include <linux/futex.h>

#include "workloads/kernel/kernel.h"
#include "workloads/kernel/user_copy.h"

enum { ROBUST_LIMIT = 2048 };

struct key {
    const void *object;
    uint64_t offset;
};

/* 0 or -errno. */
static int64_t key_of(uva_t word, struct key *k)
{
    struct space *s = kernel.current->space;
    const struct area *a;

    if (word % sizeof(uint32_t) != 0)
        return -EINVAL;
    a = space_find(s, word);
    if (!a)
        return -EFAULT;
    *k = (struct key){s, word};
    if ((a->rights & AREA_SHARED) && a->inode)
        *k = (struct key){a->inode, word - a->start + a->offset};
    return 0;
}

static bool sleeps_on(const struct process *p, const struct key *k)
{
    return p->state == PROCESS_WAITING && p->wait_channel == &p->futex &&
           p->futex.object == k->object && p->futex.offset == k->offset;
}

/* Who of those that wait for a bit of bitset came first; NULL: nobody. */
static struct process *first_sleeper(const struct key *k, uint32_t bitset)
{
    struct process *first = NULL;

    for (struct process *p = kernel.processes.all; p; p = p->next_all)
        if (sleeps_on(p, k) && (p->futex.bitset & bitset) &&
            (!first || p->futex.ticket < first->futex.ticket))
            first = p;
    return first;
}

int64_t futex_wait(uva_t word, const struct futex_wait *w)
{
    struct process *p = kernel.current;
    struct key k;
    uint32_t now;
    int64_t status = key_of(word, &k);
    bool slept;

    if (status < 0)
        return status;
    if (w->bitset == 0)
        return -EINVAL;
    if (!copy_from_user(&now, word, sizeof now))
        return -EFAULT;
    if (now != w->value)
        return -EAGAIN;
    p->futex = (struct futex_sleep){.object = k.object,
                                    .offset = k.offset,
                                    .bitset = w->bitset,
                                    .ticket = ++kernel.futex_tickets};
    slept = sched_sleep(&p->futex, w->deadline_ns);
    p->futex.object = NULL;
    if (p->futex.woken)
        return 0;
    if (!slept)
        return -ERESTART;
    return p->timed_out ? -ETIMEDOUT : 0;
}

static int64_t wake(const struct key *k, uint32_t count, uint32_t bitset)
{
    struct process *p;
    uint32_t woken = 0;

    while (woken < count && (p = first_sleeper(k, bitset)) != NULL) {
        p->futex.woken = true;
        sched_wake_process(p);
        woken++;
    }
    return woken;
}

int64_t futex_wake(uva_t word, uint32_t count, uint32_t bitset)
{
    struct key k;
    int64_t status = key_of(word, &k);

    if (status < 0)
        return status;
    return bitset ? wake(&k, count, bitset) : -EINVAL;
}

int64_t futex_requeue(const struct futex_requeue *r)
{
    struct key from, to;
    struct process *p;
    int64_t status = key_of(r->from, &from), woken;
    uint32_t now, moved = 0;

    if (status == 0)
        status = key_of(r->to, &to);
    if (status < 0)
        return status;
    if (r->compare && !copy_from_user(&now, r->from, sizeof now))
        return -EFAULT;
    if (r->compare && now != r->value)
        return -EAGAIN;
    woken = wake(&from, r->wake_count, FUTEX_BITSET_MATCH_ANY);
    while (moved < r->move_count &&
           (p = first_sleeper(&from, FUTEX_BITSET_MATCH_ANY)) != NULL) {
        p->futex.object = to.object;
        p->futex.offset = to.offset;
        p->futex.ticket = ++kernel.futex_tickets;
        moved++;
        if (from.object == to.object && from.offset == to.offset)
            break;
    }
    return woken + (r->compare ? moved : 0);
}

/* A signed field of 12 bits. */
static uint32_t field12(uint32_t operation, unsigned shift)
{
    uint32_t value = operation >> shift & 0xfff;

    return value & 0x800 ? value | 0xfffff000u : value;
}

static bool compare(uint32_t how, int32_t old, int32_t with)
{
    switch (how) {
    case FUTEX_OP_CMP_EQ:
        return old == with;
    case FUTEX_OP_CMP_NE:
        return old != with;
    case FUTEX_OP_CMP_LT:
        return old < with;
    case FUTEX_OP_CMP_LE:
        return old <= with;
    case FUTEX_OP_CMP_GT:
        return old > with;
    default:
        return old >= with;
    }
}

/* What FUTEX_OP_* makes of a word. */
static uint32_t operate(uint32_t how, uint32_t old, uint32_t argument)
{
    return how == FUTEX_OP_ADD    ? old + argument
           : how == FUTEX_OP_OR   ? old | argument
           : how == FUTEX_OP_ANDN ? old & ~argument
           : how == FUTEX_OP_XOR  ? old ^ argument
                                  : argument;
}

int64_t futex_wake_op(const struct futex_requeue *r, uint32_t operation)
{
    uint32_t how = operation >> 28 & 7, argument = field12(operation, 12);
    uint32_t old, expected;
    int64_t woken, more;

    if (operation & (uint32_t)FUTEX_OP_OPARG_SHIFT << 28)
        argument = 1u << (argument & 31);
    if (!copy_from_user(&old, r->to, sizeof old))
        return -EFAULT;
    do {
        expected = old;
        if (!exchange_user(r->to, &old, operate(how, old, argument)))
            return -EFAULT;
    } while (old != expected);
    woken = futex_wake(r->from, r->wake_count, FUTEX_BITSET_MATCH_ANY);
    if (woken < 0 || !compare(operation >> 24 & 15, (int32_t)old,
                              (int32_t)field12(operation, 0)))
        return woken;
    more = futex_wake(r->to, r->move_count, FUTEX_BITSET_MATCH_ANY);
    return more < 0 ? more : woken + more;
}

/* One lock of the list of a thread that has ended. */
static void release_lock(const struct process *p, uva_t word)
{
    uint32_t value, expected;

    if (word % sizeof value != 0 || !copy_from_user(&value, word, sizeof value))
        return;
    if ((value & FUTEX_TID_MASK) != (uint32_t)p->pid)
        return;
    do {
        expected = value;
        if (!exchange_user(word, &value,
                           (value & FUTEX_WAITERS) | FUTEX_OWNER_DIED))
            return;
    } while (value != expected);
    if (value & FUTEX_WAITERS)
        futex_wake(word, 1, FUTEX_BITSET_MATCH_ANY);
}

void futex_release_robust(struct process *p)
{
    struct {
        uint64_t next;
        int64_t word_offset;
        uint64_t pending;
    } head;
    uint64_t entry;

    if (!p->robust_list || !copy_from_user(&head, p->robust_list, sizeof head))
        return;
    entry = head.next;
    for (unsigned i = 0; i < ROBUST_LIMIT; i++) {
        uint64_t at = entry & ~(uint64_t)1; /* bit 0: priority inheritance */

        if (at == p->robust_list || !copy_from_user(&entry, at, sizeof entry))
            break;
        if (at != (head.pending & ~(uint64_t)1))
            release_lock(p, at + (uint64_t)head.word_offset);
    }
    if (head.pending)
        release_lock(p, (head.pending & ~(uint64_t)1) +
                            (uint64_t)head.word_offset);
}
