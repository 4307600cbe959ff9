/*
 * directory.c - names and what they name.
 */
#include <asm/errno.h>

#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"

static uint32_t hash_of(const char *name)
{
    uint32_t h = 2166136261u; /* FNV-1a */

    for (; *name; name++)
        h = (h ^ (uint8_t)*name) * 16777619u;
    return h;
}

struct entry *directory_known(const struct inode *d, const char *name)
{
    uint32_t h = hash_of(name);

    for (struct entry *e = d->entries; e; e = e->next)
        if (e->hash == h && strcmp(e->name, name) == 0)
            return e;
    return NULL;
}

struct entry *directory_find(struct inode *d, const char *name)
{
    struct entry *e = directory_known(d, name);

    if (!e && (d->host == HOST_ASK || d->host == HOST_SAME) &&
        host_fs_look(d, name))
        e = directory_known(d, name);
    return e && e->inode ? e : NULL;
}

struct entry *directory_from(struct inode *d, uint64_t position)
{
    struct entry *e;

    if (d->host == HOST_ASK || d->host == HOST_SAME)
        host_fs_list(d);
    e = d->entries;
    while (e && (e->cookie < position || !e->inode))
        e = e->next;
    return e;
}

bool directory_is_empty(struct inode *d)
{
    return directory_from(d, 0) == NULL;
}

/* An entry without an inode yet, at the end of the list. */
static struct entry *append(struct inode *d, const char *name)
{
    struct entry *e = heap_alloc(sizeof *e);
    size_t bytes = strlen(name) + 1;

    if (e)
        e->name = heap_alloc(bytes);
    if (!e || !e->name) {
        heap_free(e, sizeof *e);
        return NULL;
    }
    memcpy(e->name, name, bytes);
    e->name_bytes = bytes;
    e->hash = hash_of(name);
    e->cookie = d->last_entry ? d->last_entry->cookie + 1 : 2;
    if (d->last_entry)
        d->last_entry->next = e;
    else
        d->entries = e;
    d->last_entry = e;
    return e;
}

int directory_enter(struct inode *d, const char *name, struct inode *n)
{
    struct entry *e = directory_known(d, name);

    if (!e)
        e = append(d, name);
    if (!e)
        return -ENOMEM;
    e->inode = n;
    if (!n)
        return 0;
    inode_hold(n);
    n->links++;
    if (S_ISDIR(n->mode)) {
        n->parent = d;
        n->links++; /* its own "." */
        d->links++; /* its ".." */
    }
    return 0;
}

int directory_add(struct inode *d, const char *name, struct inode *n)
{
    int status = directory_enter(d, name, n);

    if (status == 0)
        inode_touch(d);
    return status;
}

static void entry_free(struct entry *e)
{
    heap_free(e->name, e->name_bytes);
    heap_free(e, sizeof *e);
}

/* Takes e off the list. */
static void unlink_entry(struct inode *d, struct entry *e)
{
    struct entry *before = d->entries;

    if (before == e) {
        d->entries = e->next;
        before = NULL;
    } else {
        while (before->next != e)
            before = before->next;
        before->next = e->next;
    }
    if (d->last_entry == e)
        d->last_entry = before;
    entry_free(e);
}

void directory_remove(struct inode *d, const char *name)
{
    struct entry *e = directory_known(d, name);
    struct inode *n = e->inode;

    n->links--;
    if (S_ISDIR(n->mode)) {
        n->links--;
        d->links--;
    }
    inode_drop(n);
    e->inode = NULL;
    /* Where the host would be asked again, the entry says: not there. */
    if (d->host == HOST_NONE)
        unlink_entry(d, e);
    inode_touch(d);
}

void directory_forget(struct inode *d)
{
    while (d->entries) {
        struct entry *e = d->entries;

        d->entries = e->next;
        entry_free(e);
    }
}

const char *directory_name_of(const struct inode *d, const struct inode *child)
{
    for (const struct entry *e = d->entries; e; e = e->next)
        if (e->inode == child)
            return e->name;
    return NULL;
}
