/*
 * sched_list.h - a list of vCPUs, as the queues of schedulers are: each has at
 * most one place in one list; the links are in the policy's own data.
 *
 * INVARIANT  a link whose next is NULL is in no list.
 */
#ifndef HYPERVISOR_MODEL_SCHED_SCHED_LIST_H
#define HYPERVISOR_MODEL_SCHED_SCHED_LIST_H
#include <stdbool.h>
#include <stddef.h>

struct sched_vcpu;

/* A place in a list; a list is a link whose vcpu is NULL. */
struct sched_link {
    struct sched_link *next, *prev;
    struct sched_vcpu *vcpu;
};

static inline void sched_list_init(struct sched_link *list)
{
    list->next = list->prev = list;
    list->vcpu = NULL;
}

static inline bool sched_list_empty(const struct sched_link *list)
{
    return list->next == list;
}

static inline bool sched_linked(const struct sched_link *link)
{
    return link->next != NULL;
}

static inline void sched_list_insert_before(struct sched_link *at,
                                            struct sched_link *link)
{
    link->next = at;
    link->prev = at->prev;
    at->prev->next = link;
    at->prev = link;
}

static inline void sched_list_append(struct sched_link *list,
                                     struct sched_link *link)
{
    sched_list_insert_before(list, link);
}

static inline void sched_list_remove(struct sched_link *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
    link->next = link->prev = NULL;
}

/* How many are before it. */
static inline unsigned sched_list_place(const struct sched_link *list,
                                        const struct sched_link *link)
{
    unsigned place = 0;

    for (const struct sched_link *l = list->next; l != list && l != link;
         l = l->next)
        place++;
    return place;
}

#endif
