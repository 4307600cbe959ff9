/*
 * sys_poll.c - waiting for one of several descriptors.
 *
 * Anything that a pipe does wakes every sleeper on one common channel; each
 * looks at its own descriptors again.
 */
#include <asm/errno.h>
#include <asm/poll.h>
#include <linux/posix_types.h>
#include <linux/time.h>

#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/syscall.h"
#include "workloads/kernel/time.h"
#include "workloads/kernel/user_copy.h"

enum { MAX_POLL = FILE_TABLE_MAX, SET_WORDS = FILE_TABLE_MAX / 64 };

static uint32_t ready_events(int fd)
{
    struct file *f = file_get(fd);

    return f ? f->ops->poll(f) : POLLNVAL;
}

/* How many are ready; -errno. */
static int64_t scan(uva_t fds, uint64_t count)
{
    int64_t ready = 0;

    for (uint64_t i = 0; i < count; i++) {
        struct pollfd p;
        uva_t at = fds + i * sizeof p;
        uint32_t always = POLLERR | POLLHUP | POLLNVAL;

        if (!copy_from_user(&p, at, sizeof p))
            return -EFAULT;
        p.revents = 0;
        if (p.fd >= 0)
            p.revents = (short)(ready_events(p.fd) &
                                ((uint32_t)(uint16_t)p.events | always));
        ready += p.revents != 0;
        if (!copy_to_user(at, &p, sizeof p))
            return -EFAULT;
    }
    return ready;
}

static int64_t poll_until(uva_t fds, uint64_t count, uint64_t deadline_ns)
{
    const void *channel = &kernel.sched.poll_channel;
    bool interrupted = false;

    if (count > MAX_POLL)
        return -EINVAL;
    for (;;) {
        int64_t ready = scan(fds, count);

        if (ready != 0 || kernel.pv->clock_ns() >= deadline_ns)
            return ready;
        if (interrupted)
            return -EINTR;
        interrupted = !sched_sleep(channel, deadline_ns);
    }
}

int64_t sys_poll(const uint64_t *a)
{
    int timeout_ms = (int)a[2];
    uint64_t deadline = UINT64_MAX;

    if (timeout_ms >= 0)
        deadline = kernel.pv->clock_ns() + (uint64_t)timeout_ms * NS_PER_MS;
    return poll_until(a[0], a[1], deadline);
}

int64_t sys_ppoll(const uint64_t *a)
{
    uint64_t deadline = UINT64_MAX;

    if (a[2] && !time_deadline_from_user(a[2], &deadline))
        return -EINVAL;
    if (a[3] && !signal_wait_with(a[3]))
        return -EFAULT;
    return signal_waited(poll_until(a[0], a[1], deadline));
}

/* The three bit sets of select(2): read, write, except. */
struct fd_sets {
    uint64_t bits[3][SET_WORDS];
};

static const uint32_t set_events[3] = {
    POLLIN | POLLHUP | POLLERR,
    POLLOUT | POLLERR,
    0,
};

/* Leaves in sets only what is ready; how many, or -EBADF. */
static int64_t scan_sets(struct fd_sets *sets, int count)
{
    int64_t ready = 0;

    for (int i = 0; i < 3 * count; i++) {
        int which = i / count, fd = i % count;
        uint64_t *word = &sets->bits[which][fd / 64];
        uint64_t bit = (uint64_t)1 << (fd % 64);
        uint32_t events;

        if (!(*word & bit))
            continue;
        events = ready_events(fd);
        if (events & POLLNVAL)
            return -EBADF;
        if (events & set_events[which])
            ready++;
        else
            *word &= ~bit;
    }
    return ready;
}

static bool copy_sets(struct fd_sets *sets, const uint64_t *a, size_t bytes,
                      bool in)
{
    for (int i = 0; i < 3; i++) {
        uva_t user = a[1 + i];

        if (user && !(in ? copy_from_user(sets->bits[i], user, bytes)
                         : copy_to_user(user, sets->bits[i], bytes)))
            return false;
    }
    return true;
}

static int64_t select_until(const uint64_t *a, uint64_t deadline_ns)
{
    struct fd_sets wanted = {0}, got;
    int count = (int)u64_min(a[0], FILE_TABLE_MAX);
    size_t bytes = ((size_t)count + 63) / 64 * 8;
    bool interrupted = false;

    if (!copy_sets(&wanted, a, bytes, true))
        return -EFAULT;
    for (;;) {
        int64_t ready;

        got = wanted;
        ready = scan_sets(&got, count);
        if (ready < 0)
            return ready;
        if (ready > 0 || kernel.pv->clock_ns() >= deadline_ns)
            return copy_sets(&got, a, bytes, false) ? ready : -EFAULT;
        if (interrupted)
            return -EINTR;
        interrupted = !sched_sleep(&kernel.sched.poll_channel, deadline_ns);
    }
}

int64_t sys_select(const uint64_t *a)
{
    struct __kernel_old_timeval t;
    uint64_t deadline = UINT64_MAX;

    if (a[4]) {
        if (!copy_from_user(&t, a[4], sizeof t))
            return -EFAULT;
        deadline = kernel.pv->clock_ns() + (uint64_t)t.tv_sec * NS_PER_S +
                   (uint64_t)t.tv_usec * 1000;
    }
    return select_until(a, deadline);
}

/* The sixth argument points to the signal set's address and its size. */
int64_t sys_pselect6(const uint64_t *a)
{
    uint64_t deadline = UINT64_MAX;
    uva_t set = 0;

    if (a[4] && !time_deadline_from_user(a[4], &deadline))
        return -EINVAL;
    if (a[5] && !copy_from_user(&set, a[5], sizeof set))
        return -EFAULT;
    if (set && !signal_wait_with(set))
        return -EFAULT;
    return signal_waited(select_until(a, deadline));
}
