#include "hypervisor-model/sched/fair_tree.h"

#include <stddef.h>

static int64_t lesser(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* The least value of a node and those below it. */
static int64_t least_below(const struct fair_node *n)
{
    int64_t least = n->value;

    if (n->left)
        least = lesser(least, n->left->least);
    if (n->right)
        least = lesser(least, n->right->least);
    return least;
}

static bool comes_before(const struct fair_node *a, const struct fair_node *b)
{
    return a->key != b->key ? a->key < b->key : a->order < b->order;
}

/* A number that looks random and is the same in every run (Knuth's
   multiplicative hash; the high bits are good). */
static uint32_t priority_of(uint64_t order)
{
    return (uint32_t)(order * 0x9e3779b97f4a7c15u >> 32);
}

/* Splits a tree: those before n, and those after it. */
static void split(struct fair_node *tree, const struct fair_node *n,
                  struct fair_node **before, struct fair_node **after)
{
    if (!tree) {
        *before = *after = NULL;
        return;
    }
    if (comes_before(tree, n)) {
        *before = tree;
        split(tree->right, n, &tree->right, after);
    } else {
        *after = tree;
        split(tree->left, n, before, &tree->left);
    }
    tree->least = least_below(tree);
}

/* All of a come before all of b. */
static struct fair_node *join(struct fair_node *a, struct fair_node *b)
{
    if (!a || !b)
        return a ? a : b;
    if (a->priority > b->priority) {
        a->right = join(a->right, b);
        a->least = least_below(a);
        return a;
    }
    b->left = join(a, b->left);
    b->least = least_below(b);
    return b;
}

static struct fair_node *insert(struct fair_node *tree, struct fair_node *n)
{
    if (!tree || n->priority > tree->priority) {
        split(tree, n, &n->left, &n->right);
        n->least = least_below(n);
        return n;
    }
    if (comes_before(n, tree))
        tree->left = insert(tree->left, n);
    else
        tree->right = insert(tree->right, n);
    tree->least = least_below(tree);
    return tree;
}

static struct fair_node *take_out(struct fair_node *tree,
                                  const struct fair_node *n)
{
    if (tree == n)
        return join(tree->left, tree->right);
    if (comes_before(n, tree))
        tree->left = take_out(tree->left, n);
    else
        tree->right = take_out(tree->right, n);
    tree->least = least_below(tree);
    return tree;
}

void fair_tree_insert(struct fair_tree *t, struct fair_node *n, int64_t key,
                      int64_t value)
{
    n->key = key;
    n->value = value;
    n->order = ++t->inserted;
    n->priority = priority_of(n->order);
    t->root = insert(t->root, n);
}

void fair_tree_remove(struct fair_tree *t, struct fair_node *n)
{
    t->root = take_out(t->root, n);
    n->left = n->right = NULL;
}

struct fair_node *fair_tree_first(const struct fair_tree *t)
{
    struct fair_node *n = t->root;

    while (n && n->left)
        n = n->left;
    return n;
}

struct fair_node *fair_tree_next(const struct fair_tree *t,
                                 const struct fair_node *n)
{
    struct fair_node *after = NULL;

    for (struct fair_node *at = t->root; at;) {
        if (comes_before(n, at)) {
            after = at;
            at = at->left;
        } else {
            at = at->right;
        }
    }
    return after;
}

int64_t fair_tree_least(const struct fair_tree *t)
{
    return t->root->least;
}

struct fair_node *fair_tree_first_within(const struct fair_tree *t,
                                         int64_t bound)
{
    struct fair_node *n = t->root;

    if (!n || n->least > bound)
        return NULL;
    for (;;) {
        if (n->left && n->left->least <= bound)
            n = n->left;
        else if (n->value <= bound)
            return n;
        else
            n = n->right;
    }
}

static bool check_node(const struct fair_node *n)
{
    const struct fair_node *l = n->left, *r = n->right;

    if (n->least != least_below(n))
        return false;
    if (l &&
        (l->priority > n->priority || !comes_before(l, n) || !check_node(l)))
        return false;
    return !r ||
           (r->priority <= n->priority && comes_before(n, r) && check_node(r));
}

bool fair_tree_check(const struct fair_tree *t)
{
    return !t->root || check_node(t->root);
}
