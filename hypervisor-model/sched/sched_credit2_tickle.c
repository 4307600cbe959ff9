/*
 * sched_credit2_tickle.c - which pCPU of its runqueue Credit2 kicks for a vCPU
 * that waits.
 *
 * Source  Xen, xen/common/sched/credit2.c: runq_tickle(), tickle_score().
 * Model   an idle pCPU, if there is one: where the vCPU likes to run (soft
 *         affinity), on a core that is idle as a whole, where it ran last, in
 *         this order of importance.  Else the one whose vCPU has less credit
 *         by most, the migration resistance subtracted if the vCPU ran
 *         elsewhere; what both like counts as an initial credit: once for where
 *         the one likes to run, once for where the other does not.
 */
#include "hypervisor-model/sched/sched_credit2.h"

enum { IDLE_SCORE = 1, LAST = 1, WHOLE_CORE = 2, LIKED = 4 };

static bool likes(const struct sched_vcpu *v, const struct sched_pcpu *p)
{
    return pcpu_in(sched_liked(v), p->id);
}

void credit2_insert(struct sched_vcpu *v)
{
    struct credit2_vcpu *c = credit2_vcpu(v);
    struct sched_link *list = &c->queue->waiting, *at = list->next;

    while (at != list && credit2_vcpu(at->vcpu)->credit_ns >= c->credit_ns)
        at = at->next;
    sched_list_insert_before(at, &c->link);
}

static int64_t idle_score(const struct sched *s, const struct sched_vcpu *v,
                          const struct sched_pcpu *p)
{
    return IDLE_SCORE + (likes(v, p) ? LIKED : 0) +
           (sched_core_idle(s, p) ? WHOLE_CORE : 0) +
           (p->id == v->pcpu ? LAST : 0);
}

/* p runs somebody: how good it is to kick it for v; 0: not at all. */
static int64_t busy_score(struct sched *s, const struct sched_vcpu *v,
                          const struct sched_pcpu *p)
{
    int64_t init_ns = (int64_t)sched_us(s->config->credit2.credit_init_us);
    int64_t score;

    sched_charge(s, p->current);
    score = credit2_vcpu(v)->credit_ns - credit2_vcpu(p->current)->credit_ns;
    if (p->id != v->pcpu)
        score -= (int64_t)sched_us(s->config->credit2.migrate_resist_us);
    if (score <= 0)
        return 0;
    return score + (likes(v, p) ? init_ns : 0) +
           (likes(p->current, p) ? 0 : init_ns);
}

/* The best of v's runqueue, of those that are idle or of those that are not. */
static struct sched_pcpu *best_pcpu(struct sched *s, const struct sched_vcpu *v,
                                    bool idle)
{
    struct sched_pcpu *best = NULL;
    int64_t best_score = 0;

    for (unsigned i = 0; i < s->pcpu_count; i++) {
        struct sched_pcpu *p = &s->pcpus[i];
        int64_t score;

        if (!pcpu_in(credit2_vcpu(v)->queue->pcpus, i) || p->resched ||
            !sched_may_run(v, p) || !p->current != idle)
            continue;
        score = idle ? idle_score(s, v, p) : busy_score(s, v, p);
        if (score > best_score) {
            best = p;
            best_score = score;
        }
    }
    return best;
}

static void kick_for(struct sched *s, struct sched_pcpu *p,
                     struct sched_vcpu *v)
{
    credit2_vcpu(v)->tickled = CREDIT2_NO_PCPU;
    if (!p)
        return;
    credit2_vcpu(v)->tickled = p->id;
    credit2_pcpu(p)->meant = v;
    sched_kick(s, p);
}

void credit2_tickle(struct sched *s, struct sched_vcpu *v)
{
    struct sched_pcpu *p = best_pcpu(s, v, true);

    kick_for(s, p ? p : best_pcpu(s, v, false), v);
}

void credit2_wait(struct sched *s, struct sched_vcpu *v)
{
    credit2_insert(v);
    credit2_tickle(s, v);
}

void credit2_pass_on(struct sched *s, struct sched_pcpu *p)
{
    struct sched_vcpu *v = credit2_pcpu(p)->meant;

    credit2_pcpu(p)->meant = NULL;
    if (v && credit2_vcpu(v)->tickled == p->id &&
        sched_linked(&credit2_vcpu(v)->link) && !credit2_vcpu(v)->parked)
        kick_for(s, best_pcpu(s, v, true), v);
}

bool credit2_goes_home(struct sched *s, struct sched_vcpu *v,
                       const struct sched_pcpu *p)
{
    struct sched_pcpu *home;

    if (likes(v, p))
        return false;
    home = best_pcpu(s, v, true);
    if (!home || !likes(v, home))
        return false;
    kick_for(s, home, v);
    return true;
}
