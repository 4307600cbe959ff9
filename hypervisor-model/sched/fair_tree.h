/*
 * fair_tree.h - who waits in a queue of the fair schedulers, in order.
 *
 * Model     a balanced tree (a treap: a search tree by key that is a heap by a
 *           priority, Seidel & Aragon, Algorithmica 16, 1996) in place of
 *           Linux's red-black tree; of equal keys, first come first.  Each node
 *           knows the least value below it, so that EEVDF finds the first in
 *           order of deadlines whose virtual time is not above a bound.
 *           Everything takes O(log n).
 * INVARIANTS  (fair_tree_check asserts them)
 *   1. Keys are in order, priorities a heap, least values right.
 */
#ifndef HYPERVISOR_MODEL_SCHED_FAIR_TREE_H
#define HYPERVISOR_MODEL_SCHED_FAIR_TREE_H
#include <stdbool.h>
#include <stdint.h>

struct fair_node {
    struct fair_node *left, *right;
    int64_t key, value, least;
    uint64_t order; /* among equal keys */
    uint32_t priority;
};

struct fair_tree {
    struct fair_node *root; /* NULL: nobody waits */
    uint64_t inserted;      /* so many in its life */
};

void fair_tree_insert(struct fair_tree *t, struct fair_node *n, int64_t key,
                      int64_t value);
void fair_tree_remove(struct fair_tree *t, struct fair_node *n);

/* The first of all; the next after one that is in the tree; NULL: none. */
struct fair_node *fair_tree_first(const struct fair_tree *t);
struct fair_node *fair_tree_next(const struct fair_tree *t,
                                 const struct fair_node *n);

/* The least value of all; the tree is not empty. */
int64_t fair_tree_least(const struct fair_tree *t);

/* The first whose value is not above a bound; NULL: none. */
struct fair_node *fair_tree_first_within(const struct fair_tree *t,
                                         int64_t bound);

bool fair_tree_check(const struct fair_tree *t);

#endif
