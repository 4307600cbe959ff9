/*
 * Claim   The fair schedulers' tree keeps its order and finds the first within
 *         a bound, as a plain array does, whatever comes and goes; and it stays
 *         flat enough for thousands.
 * Source  Seidel & Aragon, "Randomized search trees", Algorithmica 16, 1996.
 */
#include <check.h>
#include <stdlib.h>

#include "hypervisor-model/sched/fair_tree.h"
#include "sim/core/macros.h"
#include "sim/core/rng.h"

enum { NODES = 300, STEPS = 20000 };

struct plain {
    struct fair_node nodes[NODES];
    bool in[NODES];
};

/* The first of all whose value is within the bound, by looking at each. */
static struct fair_node *plain_first(struct plain *p, int64_t bound)
{
    struct fair_node *best = NULL;

    for (unsigned i = 0; i < NODES; i++) {
        struct fair_node *n = &p->nodes[i];

        if (!p->in[i] || n->value > bound)
            continue;
        if (!best || n->key < best->key ||
            (n->key == best->key && n->order < best->order))
            best = n;
    }
    return best;
}

static void change(struct plain *p, struct fair_tree *t, struct rng *rng)
{
    unsigned i = (unsigned)rng_below(rng, NODES);

    if (p->in[i])
        fair_tree_remove(t, &p->nodes[i]);
    else
        fair_tree_insert(t, &p->nodes[i], (int64_t)rng_below(rng, 100) - 50,
                         (int64_t)rng_below(rng, 1000) - 500);
    p->in[i] = !p->in[i];
}

START_TEST(test_fair_tree_same_answers_as_an_array)
{
    static struct plain p;
    struct fair_tree t = {0};
    struct rng rng;

    rng_init(&rng, 7);
    for (unsigned step = 0; step < STEPS; step++) {
        int64_t bound = (int64_t)rng_below(&rng, 1200) - 600;

        change(&p, &t, &rng);
        ck_assert_ptr_eq(fair_tree_first(&t), plain_first(&p, INT64_MAX));
        ck_assert_ptr_eq(fair_tree_first_within(&t, bound),
                         plain_first(&p, bound));
        if (step % 100 == 0)
            ck_assert(fair_tree_check(&t));
    }
}
END_TEST

START_TEST(test_fair_tree_next_goes_through_all_in_order)
{
    static struct plain p;
    struct fair_tree t = {0};
    unsigned count = 0;

    for (unsigned i = 0; i < NODES; i++)
        fair_tree_insert(&t, &p.nodes[i], (int64_t)(i * 7919 % 31), 0);
    for (const struct fair_node *n = fair_tree_first(&t), *next; n; n = next) {
        next = fair_tree_next(&t, n);
        count++;
        if (next)
            ck_assert(next->key > n->key ||
                      (next->key == n->key && next->order > n->order));
    }
    ck_assert_uint_eq(count, NODES);
}
END_TEST

static unsigned depth_of(const struct fair_node *n)
{
    unsigned left, right;

    if (!n)
        return 0;
    left = depth_of(n->left);
    right = depth_of(n->right);
    return 1 + (left > right ? left : right);
}

/* Keys that only grow, as virtual times do. */
START_TEST(test_fair_tree_rising_keys_stay_flat)
{
    enum { MANY = 4096 };
    struct fair_node *nodes = calloc(MANY, sizeof *nodes);
    struct fair_tree t = {0};

    ck_assert_ptr_nonnull(nodes);
    for (int i = 0; i < MANY; i++)
        fair_tree_insert(&t, &nodes[i], i, i);
    ck_assert_uint_le(depth_of(t.root), 4 * 12);
    free(nodes);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sched-fair-tree");
    TCase *cases = tcase_create("sched-fair-tree");
    SRunner *runner;
    int failed;

    tcase_add_test(cases, test_fair_tree_same_answers_as_an_array);
    tcase_add_test(cases, test_fair_tree_next_goes_through_all_in_order);
    tcase_add_test(cases, test_fair_tree_rising_keys_stay_flat);
    suite_add_tcase(suite, cases);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
