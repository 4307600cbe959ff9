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

struct entry *directory_find(struct inode *d, const char *name)
{
    uint32_t h = hash_of(name);

    for (struct entry *e = d->entries; e; e = e->next)
        if (e->hash == h && strcmp(e->name, name) == 0)
            return e;
    return NULL;
}

int directory_add(struct inode *d, const char *name, struct inode *n)
{
    struct entry *e = heap_alloc(sizeof *e);
    size_t bytes = strlen(name) + 1;

    if (e)
        e->name = heap_alloc(bytes);
    if (!e || !e->name) {
        heap_free(e, sizeof *e);
        return -ENOMEM;
    }
    memcpy(e->name, name, bytes);
    e->name_bytes = bytes;
    e->hash = hash_of(name);
    e->cookie = d->last_entry ? d->last_entry->cookie + 1 : 2;
    e->inode = n;
    inode_hold(n);
    n->links++;
    if (S_ISDIR(n->mode)) {
        n->parent = d;
        n->links++; /* its own "." */
        d->links++; /* its ".." */
    }
    if (d->last_entry)
        d->last_entry->next = e;
    else
        d->entries = e;
    d->last_entry = e;
    inode_touch(d);
    return 0;
}

void directory_remove(struct inode *d, const char *name)
{
    struct entry *e = directory_find(d, name), *before = d->entries;

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
    e->inode->links--;
    if (S_ISDIR(e->inode->mode)) {
        e->inode->links--;
        d->links--;
    }
    inode_drop(e->inode);
    heap_free(e->name, e->name_bytes);
    heap_free(e, sizeof *e);
    inode_touch(d);
}

const char *directory_name_of(const struct inode *d, const struct inode *child)
{
    for (const struct entry *e = d->entries; e; e = e->next)
        if (e->inode == child)
            return e->name;
    return NULL;
}
