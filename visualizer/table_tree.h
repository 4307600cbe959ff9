/*
 * table_tree.h - all entries of a tree of page tables, in the order of their
 * addresses.
 *
 * Model     depth first; neighbours that map pages with the same rights and
 *           consecutive targets, or are all absent, come as one row.
 */
#ifndef VISUALIZER_TABLE_TREE_H
#define VISUALIZER_TABLE_TREE_H
#include <stdbool.h>

#include "mmu/memory.h"
#include "mmu/pt_geom.h"

/* A tree of tables: where it begins, and in which memory its addresses are. */
struct table_root {
    const char *title;         /* "the guest's tables" */
    struct memory memory;      /* a view of the host's; owns nothing */
    const struct pt_geom *g;   /* NULL: there is no such tree */
    uint64_t table;            /* address of the root */
    uint64_t pdpte[PT_PDPTES]; /* PAE: in place of the root table */
};

struct table_row {
    unsigned level;
    unsigned first, last; /* indices of the entries */
    uint64_t address;     /* that the first one translates */
    uint64_t entry;       /* the first one */
    uint64_t target;      /* where it points to */
    bool leaf;
};

struct table_walk {
    const struct table_root *root;
    bool by_flags; /* rows differ by accessed and dirty flags, too */
    unsigned level;
    uint64_t table[PT_MAX_LEVELS + 1], index[PT_MAX_LEVELS + 1],
        base[PT_MAX_LEVELS + 1];
};

void table_walk_begin(struct table_walk *w, const struct table_root *root);

/* False: that was all. */
bool table_walk_next(struct table_walk *w, struct table_row *row);

#endif
