/*
 * process.c - birth and death of processes.
 */
#include "workloads/kernel/process.h"

#include <asm/errno.h>
#include <linux/sched.h>
#include <linux/wait.h>

#include "workloads/kernel/futex.h"
#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/log.h"
#include "workloads/kernel/user_copy.h"

enum { SWITCH_WORDS = 8 };

_Static_assert(PAGE_BYTES << KERNEL_STACK_ORDER == KERNEL_STACK_BYTES,
               "the stack is one block of frames");

struct process *process_find(int pid)
{
    struct process *p = kernel.processes.all;

    while (p && p->pid != pid)
        p = p->next_all;
    return p;
}

/* Zombies that nobody will wait for. */
static void free_orphans(void)
{
    struct process *p = kernel.processes.all, *next;

    for (; p; p = next) {
        next = p->next_all;
        if (p->state == PROCESS_ZOMBIE && !p->parent && p != kernel.current &&
            (p->pid != p->tgid || thread_is_last(p)))
            process_free(p);
    }
}

struct process *process_new(void)
{
    struct process *p = heap_alloc(sizeof *p);

    free_orphans();
    if (!p)
        return NULL;
    p->stack_pfn = frame_alloc(KERNEL_STACK_ORDER);
    p->fx = heap_alloc(FX_BYTES);
    if (p->stack_pfn == PFN_NONE || !p->fx) {
        if (p->stack_pfn != PFN_NONE)
            frame_drop(p->stack_pfn);
        heap_free(p->fx, FX_BYTES);
        heap_free(p, sizeof *p);
        return NULL;
    }
    p->pid = ++kernel.processes.last_pid;
    p->tgid = p->pid;
    p->deadline_ns = UINT64_MAX;
    p->cpus = UINT64_MAX;
    p->next_all = kernel.processes.all;
    kernel.processes.all = p;
    return p;
}

void process_free(struct process *p)
{
    struct process **link = &kernel.processes.all;

    while (*link != p)
        link = &(*link)->next_all;
    *link = p->next_all;
    frame_drop(p->stack_pfn);
    heap_free(p->fx, FX_BYTES);
    heap_free(p, sizeof *p);
}

/* First code on a new kernel stack: switch_stacks() "returns" here. */
static void first_return(void)
{
    kernel.pv->return_to_user(process_frame(kernel.current));
}

void process_ready_to_return(struct process *p)
{
    uint64_t *sp = (uint64_t *)process_frame(p) - SWITCH_WORDS;

    memset(sp, 0, SWITCH_WORDS * sizeof *sp); /* six registers */
    sp[6] = (uint64_t)first_return;
    p->switch_sp = (uint64_t)sp;
    sched_add(p);
}

/* Memory, files and handlers: shared or copied, as the flags say. */
static bool clone_belongings(struct process *child, uint64_t flags)
{
    struct process *me = kernel.current;

    if (flags & CLONE_VM) {
        child->space = me->space;
        child->space->users++;
    } else {
        child->space = space_fork(me->space);
    }
    child->files = flags & CLONE_FILES ? file_table_share(me->files)
                                       : file_table_copy(me->files);
    if (flags & CLONE_SIGHAND) {
        child->handlers = me->handlers;
    } else {
        child->handlers = heap_alloc(sizeof *child->handlers);
        if (child->handlers)
            *child->handlers = *me->handlers;
    }
    if (child->handlers)
        child->handlers->users =
            flags & CLONE_SIGHAND ? child->handlers->users + 1 : 1;
    if (child->handlers && !(flags & CLONE_SIGHAND))
        child->handlers->pending = 0;
    child->cwd = me->cwd;
    inode_hold(child->cwd);
    return child->space && child->files && child->handlers;
}

static void drop_handlers(struct signal_handlers *h)
{
    if (h && --h->users == 0)
        heap_free(h, sizeof *h);
}

static void drop_belongings(struct process *p)
{
    struct space *s = p->space;

    if (p->files)
        file_table_drop(p->files);
    if (p->cwd)
        inode_drop(p->cwd);
    drop_handlers(p->handlers);
    p->files = NULL;
    p->cwd = NULL;
    p->handlers = NULL;
    p->space = NULL;
    if (p == kernel.current)
        space_load(NULL);
    space_drop(s);
}

static void clone_identity(struct process *child,
                           const struct clone_arguments *c)
{
    struct process *me = kernel.current;

    child->pgid = me->pgid;
    child->sid = me->sid;
    child->cpus = me->cpus;
    child->parent = thread_leader(me);
    if (c->flags & CLONE_PARENT)
        child->parent = child->parent->parent;
    if (c->flags & CLONE_THREAD) {
        child->tgid = me->tgid;
        child->parent = NULL;
    }
    child->umask = me->umask;
    child->fs_base = c->flags & CLONE_SETTLS ? c->tls : me->fs_base;
    child->gs_base = me->gs_base;
    child->signals_blocked = me->signals_blocked;
    if (!(c->flags & CLONE_VM) || (c->flags & CLONE_VFORK)) {
        child->alt_stack_start = me->alt_stack_start;
        child->alt_stack_bytes = me->alt_stack_bytes;
    }
    if (c->flags & CLONE_CHILD_CLEARTID)
        child->clear_child_tid = c->child_tid;
    memcpy(child->exe_path, me->exe_path, sizeof child->exe_path);
    memcpy(child->comm, me->comm, sizeof child->comm);
    child->arguments_va = me->arguments_va;
    child->arguments_bytes = me->arguments_bytes;
    __asm__ volatile("fxsave64 (%0)" : : "r"(child->fx) : "memory");
}

/* clone(2) stores the child's number where it was asked to, in the memory of
   the parent and, unless that is shared, of the child. */
static void store_tids(struct process *child, const struct clone_arguments *c)
{
    if (c->flags & CLONE_PARENT_SETTID)
        copy_to_user(c->parent_tid, &child->pid, sizeof child->pid);
    if (!(c->flags & CLONE_CHILD_SETTID))
        return;
    if (child->space == kernel.current->space) {
        copy_to_user(c->child_tid, &child->pid, sizeof child->pid);
        return;
    }
    space_load(child->space);
    kernel.current->space = child->space;
    copy_to_user(c->child_tid, &child->pid, sizeof child->pid);
}

int64_t process_clone(const struct clone_arguments *c)
{
    struct process *me = kernel.current, *child = process_new();
    struct space *mine = me->space;
    int pid;

    if (!child)
        return -ENOMEM;
    if (!clone_belongings(child, c->flags)) {
        drop_belongings(child);
        child->state = PROCESS_ZOMBIE;
        process_free(child);
        return -ENOMEM;
    }
    pid = child->pid;
    clone_identity(child, c);
    if (child->space != mine)
        kernel.pv->space_ready(&child->space->root);
    store_tids(child, c);
    if (me->space != mine) {
        me->space = mine;
        space_load(mine);
    }
    *process_frame(child) = *process_frame(me);
    process_frame(child)->rax = 0;
    process_frame(child)->vector = TRAP_SYSCALL;
    if (c->stack)
        process_frame(child)->rsp = c->stack;
    child->vfork_borrowed = (c->flags & CLONE_VFORK) != 0;
    process_ready_to_return(child);
    while (child->vfork_borrowed) {
        me->state = PROCESS_WAITING;
        me->wait_channel = &child->vfork_borrowed;
        me->deadline_ns = UINT64_MAX;
        sched_switch();
    }
    return pid;
}

void process_return_space(struct process *p)
{
    if (!p->vfork_borrowed)
        return;
    p->vfork_borrowed = false;
    sched_wake(&p->vfork_borrowed);
}

/* Children of the dead belong to nobody: they vanish when they end. */
static void abandon_children(struct process *dead)
{
    for (struct process *p = kernel.processes.all; p; p = p->next_all)
        if (p->parent == dead)
            p->parent = NULL;
}

/* The program has ended: its status is the machine's, as a shell tells it. */
static void end_machine(int wait_status)
{
    int signal = wait_status & 0x7f;

    host_fs_save();
    kernel.pv->shutdown((uint8_t)(signal ? 128 + signal : wait_status >> 8));
}

static void tell_parent(struct process *p)
{
    struct process *parent = p ? p->parent : NULL;

    if (!parent || !parent->handlers)
        return;
    sched_wake(parent);
    if (parent->handlers->actions[SIGCHLD].handler == (uint64_t)SIG_IGN)
        p->parent = NULL;
    signal_send_group(parent, SIGCHLD);
}

/* Those who wait for this thread, or for what it held, go on. */
static void release_locks(struct process *p)
{
    int zero = 0;

    if (!p->space)
        return;
    futex_release_robust(p);
    if (!p->clear_child_tid)
        return;
    copy_to_user(p->clear_child_tid, &zero, sizeof zero);
    futex_wake(p->clear_child_tid, 1, UINT32_MAX);
}

void process_exit(int wait_status)
{
    struct process *p = kernel.current, *leader = thread_leader(p);
    bool last = thread_is_last(p);

    if (p->group_exits)
        wait_status = p->group_status;
    if (last && leader == kernel.processes.first)
        end_machine(wait_status);
    release_locks(p);
    drop_belongings(p);
    process_return_space(p);
    p->state = PROCESS_ZOMBIE;
    p->wait_status = wait_status;
    if (last && leader) {
        leader->wait_status = wait_status;
        abandon_children(leader);
        tell_parent(leader);
    }
    sched_switch();
    panic("a dead process ran");
}

void process_exit_group(int wait_status)
{
    struct process *me = kernel.current;

    if (me->tgid == kernel.processes.first->tgid)
        end_machine(wait_status);
    for (struct process *p = kernel.processes.all; p; p = p->next_all)
        if (p != me && p->tgid == me->tgid && p->state != PROCESS_ZOMBIE) {
            p->group_exits = true;
            p->group_status = wait_status;
            signal_send(p, SIGKILL);
        }
    process_exit(wait_status);
}

static bool wanted(const struct process *p, int pid)
{
    const struct process *me = kernel.current;

    if (!p->parent || p->parent->tgid != me->tgid || p->pid != p->tgid)
        return false;
    if (pid > 0)
        return p->pid == pid;
    if (pid == 0)
        return p->pgid == me->pgid;
    return pid == -1 || p->pgid == -pid;
}

int64_t process_wait(int pid, int *wait_status, int options)
{
    struct process *me = kernel.current;
    bool interrupted = false;

    for (;;) {
        bool any = false;

        for (struct process *p = kernel.processes.all; p; p = p->next_all) {
            if (!wanted(p, pid))
                continue;
            any = true;
            if (p->state != PROCESS_ZOMBIE || !thread_is_last(p))
                continue;
            pid = p->pid;
            *wait_status = p->wait_status;
            if (options & WNOWAIT)
                return pid;
            me->children_ns += p->user_ns + p->system_ns + p->children_ns;
            process_free(p);
            return pid;
        }
        if (!any)
            return -ECHILD;
        if (options & WNOHANG)
            return 0;
        if (interrupted)
            return -ERESTART;
        interrupted = !sched_sleep(thread_leader(me), UINT64_MAX);
    }
}
