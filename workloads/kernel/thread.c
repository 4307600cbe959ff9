/*
 * thread.c - threads that make up one program, and how they end together.
 *
 * The group is known by its leader's number (tgid); the leader's record stays
 * until the last thread has ended, for the parent waits for it.
 */
#include <asm/errno.h>

#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"

bool thread_is_last(const struct process *me)
{
    for (const struct process *p = kernel.processes.all; p; p = p->next_all)
        if (p != me && p->tgid == me->tgid && p->state != PROCESS_ZOMBIE)
            return false;
    return true;
}

struct process *thread_leader(const struct process *p)
{
    return process_find(p->tgid);
}

struct process *thread_for_signal(struct process *p, int number)
{
    struct process *any = p->state == PROCESS_ZOMBIE ? NULL : p;

    if (any && !(any->signals_blocked & signal_bit(number)))
        return any;
    for (struct process *t = kernel.processes.all; t; t = t->next_all) {
        if (t->tgid != p->tgid || t->state == PROCESS_ZOMBIE)
            continue;
        if (!(t->signals_blocked & signal_bit(number)))
            return t;
        any = any ? any : t;
    }
    return any;
}

/* exec in a thread that is not the leader: it takes over number and family. */
static void take_lead(struct process *me)
{
    struct process *old = thread_leader(me);

    if (!old || old == me)
        return;
    old->pid = me->pid;
    me->pid = me->tgid;
    me->parent = old->parent;
    me->user_timer = old->user_timer;
    me->profile_timer = old->profile_timer;
    old->parent = NULL;
    for (struct process *p = kernel.processes.all; p; p = p->next_all)
        if (p->parent == old)
            p->parent = me;
    if (kernel.processes.first == old)
        kernel.processes.first = me;
}

static bool unshare_files(struct process *me)
{
    struct file_table *own;

    if (me->files->users == 1)
        return true;
    own = file_table_copy(me->files);
    if (!own)
        return false;
    file_table_drop(me->files);
    me->files = own;
    return true;
}

static bool unshare_handlers(struct process *me)
{
    struct signal_handlers *own;

    if (me->handlers->users == 1)
        return true;
    own = heap_alloc(sizeof *own);
    if (!own)
        return false;
    *own = *me->handlers;
    own->users = 1;
    me->handlers->users--;
    me->handlers = own;
    return true;
}

int thread_alone(struct process *me)
{
    for (struct process *p = kernel.processes.all; p; p = p->next_all)
        if (p != me && p->tgid == me->tgid && p->state != PROCESS_ZOMBIE) {
            p->ends_alone = true;
            signal_send(p, SIGKILL);
        }
    take_lead(me);
    return unshare_files(me) && unshare_handlers(me) ? 0 : -ENOMEM;
}
