#include "visualizer/vcpu_words.h"

#include <stdio.h>
#include <string.h>

#include "visualizer/scene.h"

enum { LETTERS = 26, STYLES_OF_VMS = STYLE_VM_5 - STYLE_VM_1 + 1 };

char vcpu_letter(unsigned vm, bool spins)
{
    return (char)((spins ? 'A' : 'a') + vm % LETTERS);
}

enum style vcpu_style(unsigned vm)
{
    return (enum style)(STYLE_VM_1 + vm % STYLES_OF_VMS);
}

char *vcpu_name(const struct sched_vcpu *v, unsigned width,
                char text[static VCPU_WORDS_BYTES])
{
    int digits = snprintf(text, VCPU_WORDS_BYTES, ".%u", v->id);
    int room = (int)width > digits ? (int)width - digits : 1;

    snprintf(text, VCPU_WORDS_BYTES, "%.*s.%u", room < 40 ? room : 40,
             v->vm->config.name, v->id);
    return text;
}

static void put_queue(const struct sched_words *w,
                      char text[static VCPU_WORDS_BYTES])
{
    switch (w->line) {
    case SCHED_LINE_NONE:
        snprintf(text, VCPU_WORDS_BYTES, "parked");
        break;
    case SCHED_LINE_HOST:
        snprintf(text, VCPU_WORDS_BYTES, "queue #%u", w->place + 1);
        break;
    case SCHED_LINE_PCPU:
    case SCHED_LINE_GROUP:
        snprintf(text, VCPU_WORDS_BYTES, "queue %u #%u", w->number,
                 w->place + 1);
        break;
    }
}

char *vcpu_where(const struct sched_vcpu *v, const struct sched_words *words,
                 char text[static VCPU_WORDS_BYTES])
{
    switch (v->state) {
    case SCHED_ABSENT:
    case SCHED_STATES:
        snprintf(text, VCPU_WORDS_BYTES, "absent");
        break;
    case SCHED_BLOCKED:
        snprintf(text, VCPU_WORDS_BYTES, "asleep");
        break;
    case SCHED_RUNNABLE:
        put_queue(words, text);
        break;
    case SCHED_RUNNING:
        snprintf(text, VCPU_WORDS_BYTES, "on %u", v->pcpu);
        break;
    }
    return text;
}

static void add(char text[static VCPU_WORDS_BYTES], const char *more)
{
    size_t bytes = strlen(text);

    snprintf(text + bytes, VCPU_WORDS_BYTES - bytes, "%s", more);
}

/* " 0 2" of bits 0 and 2, with what goes before each. */
static void add_numbers(char text[static VCPU_WORDS_BYTES], const char *before,
                        uint64_t bits)
{
    for (unsigned i = 0; bits != 0; i++, bits >>= 1) {
        char number[32];

        if (!(bits & 1))
            continue;
        snprintf(number, sizeof number, "%s%u", before, i);
        add(text, number);
    }
}

/* Of one that others wait for. */
static const char *fate_of(const struct sched_vcpu *v)
{
    switch (v->state) {
    case SCHED_RUNNING:
        return "runs";
    case SCHED_RUNNABLE:
        return "preempted";
    case SCHED_BLOCKED:
        return "sleeps";
    case SCHED_ABSENT:
    case SCHED_STATES:
        break;
    }
    return "gone";
}

static void put_lock(const struct sched_vcpu *v, const struct phase_peek *p,
                     char text[static VCPU_WORDS_BYTES])
{
    const char *waits = p->state == PHASE_HALTS ? "halted" : "spins";

    if (p->owner == PHASE_NOBODY)
        snprintf(text, VCPU_WORDS_BYTES, "%s for lock %u: free", waits,
                 p->lock);
    else if (p->owner == v->id)
        snprintf(text, VCPU_WORDS_BYTES, "lock %u: ITS TURN, %s", p->lock,
                 fate_of(v));
    else
        snprintf(text, VCPU_WORDS_BYTES, "%s for lock %u: .%u %s", waits,
                 p->lock, p->owner, fate_of(&v->vm->vcpus[p->owner]));
}

static void put_work(const struct sched_vcpu *v, const struct phase_peek *p,
                     char text[static VCPU_WORDS_BYTES], enum style *style)
{
    if (p->holds != 0) {
        snprintf(text, VCPU_WORDS_BYTES, "HOLDS lock");
        add_numbers(text, " ", p->holds);
        if (v->state != SCHED_RUNNING)
            add(text, ", preempted");
        *style = v->state == SCHED_RUNNING ? STYLE_STRONG : STYLE_FAULT;
    } else if (p->answers) {
        snprintf(text, VCPU_WORDS_BYTES, "answers a shootdown");
    } else if (p->serves) {
        snprintf(text, VCPU_WORDS_BYTES, "serves a request");
    } else {
        snprintf(text, VCPU_WORDS_BYTES, "works");
    }
    if (p->to_answer != 0 && v->state == SCHED_RUNNABLE) {
        snprintf(text, VCPU_WORDS_BYTES, "OWES AN ANSWER to");
        add_numbers(text, " .", p->to_answer);
        *style = STYLE_FAULT;
    }
}

/* One that waits for a pCPU is awake, and has not seen so. */
static void put_sleep(const struct scenario_host *h, const struct sched_vcpu *v,
                      const struct phase_peek *p,
                      char text[static VCPU_WORDS_BYTES])
{
    double khz = (double)h->job->config.cpu.tsc_khz;

    if (v->state != SCHED_BLOCKED)
        snprintf(text, VCPU_WORDS_BYTES, "wakes up");
    else if (p->wake_cycle == UINT64_MAX)
        snprintf(text, VCPU_WORDS_BYTES, "sleeps");
    else
        snprintf(text, VCPU_WORDS_BYTES, "sleeps until %.3f ms",
                 (double)p->wake_cycle / khz);
}

/* Real code: in which mode it runs, as far as it does. */
static void put_mode(const struct scenario_host *h, const struct sched_vcpu *v,
                     char text[static VCPU_WORDS_BYTES], enum style *style)
{
    const struct pcpu *p = &h->real.host->machine.pcpus[v->pcpu];

    if (v->state == SCHED_RUNNING && p->vcpu)
        snprintf(text, VCPU_WORDS_BYTES, "real code: %s", scene_mode(p, style));
}

char *vcpu_does(const struct scenario_host *h, const struct sched_vcpu *v,
                char text[static VCPU_WORDS_BYTES], enum style *style)
{
    const struct phase_vm *vm = h->guests[v->vm->id].phase;
    struct phase_peek p;

    *style = STYLE_DIM;
    text[0] = '\0';
    if (v->state == SCHED_ABSENT)
        return text;
    if (!vm) {
        put_mode(h, v, text, style);
        return text;
    }
    p = phase_vm_peek(vm, v->id);
    switch (p.state) {
    case PHASE_WORKS:
        *style = STYLE_PLAIN;
        put_work(v, &p, text, style);
        break;
    case PHASE_SPINS_LOCK:
    case PHASE_HALTS:
        *style = p.owner == v->id && v->state != SCHED_RUNNING ? STYLE_FAULT
                                                               : STYLE_MISS;
        put_lock(v, &p, text);
        break;
    case PHASE_SPINS_BARRIER:
        *style = STYLE_MISS;
        snprintf(text, VCPU_WORDS_BYTES, "spins at barrier: %u of %u came",
                 p.at_barrier, v->vm->config.vcpus);
        break;
    case PHASE_SPINS_ANSWERS:
        *style = STYLE_MISS;
        snprintf(text, VCPU_WORDS_BYTES, "spins for answers%s",
                 p.unanswered ? ":" : ": all came");
        add_numbers(text, " .", p.unanswered);
        break;
    case PHASE_SLEEPS:
        put_sleep(h, v, &p, text);
        break;
    }
    return text;
}
