/*
 * Claim   Every policy says, in its own words, what it knows of each vCPU, and
 *         where it waits; saying so changes nothing; places in a queue are
 *         those from 0 on, each once; and who has place 0 is picked next,
 *         where a policy has a plain queue.
 * Source  sched.h, sched_ops.tell.
 */
#include "sim/core/macros.h"
#include "tests/sched_rig.h"

/* One vCPU each; more want to run than can. */
static struct sched_rig *busy(const char *policy, unsigned pcpus)
{
    static const char *const programs[] = {
        "compute 50ms", "compute exp 3ms; block exp 1ms", "compute 50ms",
        "compute exp 500us; block exp 500us", "compute 7ms; block 100us"};
    struct sched_rig *r = rig_begin(policy, pcpus);

    for (unsigned i = 0; i < ARRAY_LEN(programs); i++) {
        struct sched_vm_config *c =
            &r->vm_configs[rig_vm(r, 1, 128u << i % 3, programs[i])];

        c->period_us = 10000;
        c->budget_us = 1500 + 100 * i;
    }
    return r;
}

/* What all policy data hold. */
struct copy {
    void *bytes;
    size_t count;
};

static size_t memory_of(const struct sched *s)
{
    const struct sched_ops *o = s->ops;

    return o->sched_bytes + s->pcpu_count * o->pcpu_bytes +
           s->vm_count * o->vm_bytes + s->vcpu_count * o->vcpu_bytes;
}

/* Places of those who wait in a queue are 0, 1, 2 ... */
static void check_line(const struct sched *s, const struct sched_words *words,
                       unsigned of)
{
    unsigned count = 0, sum = 0;

    for (unsigned i = 0; i < s->vcpu_count; i++) {
        if (words[i].line != words[of].line ||
            words[i].number != words[of].number)
            continue;
        for (unsigned n = 0; n < i; n++)
            ck_assert_msg(words[n].line != words[i].line ||
                              words[n].number != words[i].number ||
                              words[n].place != words[i].place,
                          "%s: %u and %u have one place", s->ops->name, n, i);
        count++;
        sum += words[i].place;
    }
    ck_assert_uint_eq(sum, count * (count - 1) / 2);
}

static void check_words(const struct sched *s)
{
    struct sched_words words[8];
    bool rows = strcmp(s->ops->name, "gang") == 0;

    ck_assert_uint_le(s->vcpu_count, ARRAY_LEN(words));
    for (unsigned i = 0; i < s->vcpu_count; i++) {
        words[i] = sched_tell(s, &s->vcpus[i]);
        ck_assert_msg(words[i].text[0] != '\0', "%s says nothing of %u",
                      s->ops->name, i);
        ck_assert(memchr(words[i].text, '\0', sizeof words[i].text) != NULL);
        if (s->vcpus[i].state == SCHED_RUNNING)
            ck_assert_int_eq(words[i].line, SCHED_LINE_NONE);
    }
    for (unsigned i = 0; i < s->vcpu_count && !rows; i++)
        if (words[i].line != SCHED_LINE_NONE)
            check_line(s, words, i);
}

START_TEST(test_tell_words_of_every_policy)
{
    for (size_t i = 0; sched_all[i]; i++) {
        struct sched_rig *r = busy(sched_all[i]->name, 2);
        struct sched *s = &r->host.dispatch.sched;

        ck_assert(sched_all[i]->tell != NULL);
        for (unsigned ms = 0; ms < 60; ms++) {
            struct copy before;

            rig_run(r, 1);
            before.count = memory_of(s);
            before.bytes = malloc(before.count + 1);
            ck_assert_ptr_nonnull(before.bytes);
            memcpy(before.bytes, s->policy_memory, before.count);
            check_words(s);
            ck_assert_mem_eq(before.bytes, s->policy_memory, before.count);
            free(before.bytes);
        }
        rig_end(r);
    }
}
END_TEST

/* The pCPU's vCPU waits, and so do all others: who is picked is who has place
   0, so often. */
static unsigned pick_all(struct sched *s, unsigned most)
{
    struct sched_pcpu *p = &s->pcpus[0];
    unsigned picked = 0;

    if (p->current) {
        sched_charge(s, p->current);
        p->current->state = SCHED_RUNNABLE;
        s->ops->enqueue(s, p->current, SCHED_PREEMPTED);
        p->current = NULL;
    }
    while (picked < most) {
        const struct sched_vcpu *first = NULL;
        struct sched_choice choice;

        for (unsigned i = 0; i < s->vcpu_count; i++) {
            struct sched_words w = sched_tell(s, &s->vcpus[i]);

            if (w.line != SCHED_LINE_NONE && w.place == 0)
                first = &s->vcpus[i];
        }
        choice = s->ops->pick(s, p);
        if (!choice.vcpu)
            break;
        ck_assert_msg(choice.vcpu == first, "%s: %u was picked, %u was first",
                      s->ops->name, choice.vcpu->number,
                      first ? first->number : 99);
        picked++;
    }
    return picked;
}

START_TEST(test_tell_who_is_first_is_picked)
{
    static const struct {
        const char *policy;
        unsigned most; /* CFS: the one that is picked stays in its queue */
    } plain[] = {{"rr", 9},      {"pinner", 9}, {"credit", 9},
                 {"credit2", 9}, {"bvt", 9},    {"rtds", 9},
                 {"sedf", 9},    {"cfs", 1},    {"balance", 1}};

    for (size_t i = 0; i < ARRAY_LEN(plain); i++) {
        unsigned picked = 0;

        for (unsigned ms = 3; ms < 100; ms = ms * 3 / 2) {
            struct sched_rig *r = busy(plain[i].policy, 1);

            rig_run(r, ms);
            picked += pick_all(&r->host.dispatch.sched, plain[i].most);
            rig_end(r);
        }
        ck_assert_uint_ge(picked, 9);
    }
}
END_TEST

/* Words that Xen's and Linux's users know. */
START_TEST(test_tell_known_words)
{
    static const struct {
        const char *policy, *words[3];
    } known[] = {{"credit", {"OVER", "UNDER", "credit "}},
                 {"cfs", {"vruntime", "throttled", " ms"}},
                 {"eevdf", {"lag", "deadline", "throttled"}},
                 {"rtds", {"deadline", "budget", " of "}},
                 {"credit2", {"credit", "budget", "parked"}},
                 {"gang", {"row", "column", "its slot"}}};

    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        struct sched_rig *r = busy(known[i].policy, 2);
        unsigned seen = 0;

        r->vm_configs[2].cap_pct = 20;
        for (unsigned ms = 0; ms < 200; ms++) {
            rig_run(r, 1);
            for (unsigned v = 0; v < r->host.dispatch.sched.vcpu_count; v++) {
                struct sched_words w = sched_tell(
                    &r->host.dispatch.sched, &r->host.dispatch.sched.vcpus[v]);

                for (unsigned n = 0; n < 3; n++)
                    seen |= strstr(w.text, known[i].words[n]) ? 1u << n : 0;
            }
        }
        ck_assert_msg(seen == 7, "%s: %x", known[i].policy, seen);
        rig_end(r);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_tell_words_of_every_policy,
        test_tell_who_is_first_is_picked,
        test_tell_known_words,
    };

    return rig_main("sched-tell", tests, ARRAY_LEN(tests));
}
