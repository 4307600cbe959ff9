/*
 * proc_self.c - what /proc/self says about the process that looks.
 */
#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/proc_files.h"
#include "workloads/kernel/user_copy.h"

enum { NS_PER_JIFFY = 10000000, MAP_COLUMN = 73, CHUNK_BYTES = 256 };

void proc_self_cmdline(struct text *t)
{
    const struct process *p = kernel.current;
    char chunk[CHUNK_BYTES];

    for (uint64_t at = 0; at < p->arguments_bytes; at += sizeof chunk) {
        size_t now = u64_min(sizeof chunk, p->arguments_bytes - at);

        if (!copy_from_user(chunk, p->arguments_va + at, now))
            return;
        text_bytes(t, chunk, now);
    }
}

void proc_self_comm(struct text *t)
{
    text_put(t, kernel.current->comm);
    text_put(t, "\n");
}

/* Absolute path of n as the tree has it; false: it has no name any more. */
static bool path_of(struct inode *d, const struct inode *n, struct text *t)
{
    for (struct entry *e = d->entries; e; e = e->next) {
        if (!e->inode)
            continue;
        if (e->inode != n &&
            !(S_ISDIR(e->inode->mode) && path_of(e->inode, n, NULL)))
            continue;
        if (!t)
            return true;
        text_put(t, "/");
        text_put(t, e->name);
        return e->inode == n || path_of(e->inode, n, t);
    }
    return false;
}

static const char *area_label(const struct space *s, const struct area *a)
{
    if (a->start <= s->brk_start && s->brk > s->brk_start && a->end >= s->brk &&
        !a->inode)
        return "[heap]";
    return a->end == USER_END ? "[stack]" : NULL;
}

static void put_area(struct text *t, const struct space *s,
                     const struct area *a)
{
    uint64_t line = t->to->bytes;
    const char *label = area_label(s, a);

    text_hex(t, a->start, 8);
    text_put(t, "-");
    text_hex(t, a->end, 8);
    text_put(t, a->rights & AREA_READ ? " r" : " -");
    text_put(t, a->rights & AREA_WRITE ? "w" : "-");
    text_put(t, a->rights & AREA_EXEC ? "x" : "-");
    text_put(t, a->rights & AREA_SHARED ? "s " : "p ");
    text_hex(t, a->inode ? a->offset : 0, 8);
    text_put(t, a->inode ? " 00:01 " : " 00:00 ");
    text_number(t, a->inode ? a->inode->number : 0);
    if (a->inode || label)
        while (t->to->bytes - line < MAP_COLUMN)
            text_put(t, " ");
    if (label)
        text_put(t, label);
    else if (a->inode && !path_of(kernel.fs.root, a->inode, t))
        text_put(t, "/ (deleted)");
    text_put(t, "\n");
}

void proc_self_maps(struct text *t)
{
    const struct space *s = kernel.current->space;

    for (const struct area *a = s->areas; a; a = a->next)
        put_area(t, s, a);
}

void proc_self_mountinfo(struct text *t)
{
    text_put(t, "1 0 0:1 / / rw - tmpfs none rw\n"
                "2 1 0:2 / /proc rw - proc proc rw\n");
}

static uint64_t mapped_bytes(void)
{
    uint64_t bytes = 0;

    for (const struct area *a = kernel.current->space->areas; a; a = a->next)
        bytes += a->end - a->start;
    return bytes;
}

/* The fields of proc(5) up to 24; what is not counted is 0. */
void proc_self_stat(struct text *t)
{
    const struct process *p = kernel.current;

    text_number(t, (uint64_t)p->tgid);
    text_put(t, " (");
    text_put(t, p->comm);
    text_put(t, ") R ");
    text_signed(t, p->parent ? p->parent->tgid : 0);
    text_put(t, " ");
    text_signed(t, p->pgid);
    text_put(t, " ");
    text_signed(t, p->sid);
    text_put(t, " 0 -1 0 0 0 0 0 ");
    text_number(t, p->user_ns / NS_PER_JIFFY);
    text_put(t, " ");
    text_number(t, p->system_ns / NS_PER_JIFFY);
    text_put(t, " 0 0 20 0 1 0 0 ");
    text_number(t, mapped_bytes());
    text_put(t, " 0");
    for (unsigned field = 25; field <= 52; field++)
        text_put(t, " 0");
    text_put(t, "\n");
}

void proc_self_statm(struct text *t)
{
    text_number(t, mapped_bytes() >> PAGE_BITS);
    text_put(t, " 0 0 0 0 0 0\n");
}

void proc_self_status(struct text *t)
{
    const struct process *p = kernel.current;

    text_put(t, "Name:\t");
    text_put(t, p->comm);
    text_put(t, "\nState:\tR (running)\nTgid:\t");
    text_signed(t, p->tgid);
    text_put(t, "\nPid:\t");
    text_signed(t, p->pid);
    text_put(t, "\nPPid:\t");
    text_signed(t, p->parent ? p->parent->tgid : 0);
    text_put(t, "\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\n");
    text_kib(t, "VmSize:\t", mapped_bytes());
    text_put(t, "Threads:\t1\n");
}
