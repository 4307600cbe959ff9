#include "visualizer/machine_digest.h"

#include <string.h>

#include "sim/machine/machine.h"

/* FNV-1a (Fowler, Noll and Vo), a word at a time; what is zero costs little. */
static const uint64_t fnv_prime = 0x100000001b3;

static void add(uint64_t *digest, uint64_t word)
{
    *digest = (*digest ^ word) * fnv_prime;
    *digest ^= *digest >> 32;
}

static void add_bytes(uint64_t *digest, const void *from, size_t bytes)
{
    const uint8_t *at = from;
    uint64_t word;

    for (size_t i = 0; i + sizeof word <= bytes; i += sizeof word) {
        memcpy(&word, at + i, sizeof word);
        if (word == 0)
            continue;
        add(digest, i);
        add(digest, word);
    }
}

static void add_vcpu(uint64_t *digest, const struct pcpu *p)
{
    const struct cpu_state *s = cpu_state_peek(p->cpu);

    add_bytes(digest, s->gpr, sizeof s->gpr);
    add_bytes(digest, s->xmm, sizeof s->xmm);
    add_bytes(digest, s->dr, sizeof s->dr);
    for (unsigned i = 0; i < SEG_COUNT; i++) {
        add(digest, s->seg[i].selector);
        add(digest, s->seg[i].base);
    }
    add(digest, s->rip);
    add(digest, s->rflags);
    add(digest, s->cr0);
    add(digest, s->cr2);
    add(digest, s->cr3);
    add(digest, s->cr4);
    add(digest, s->efer);
    add(digest, cpu_now(p->cpu));
    add(digest, cpu_retired(p->cpu));
    add_bytes(digest, p->vcpu->counters.value, sizeof p->vcpu->counters.value);
}

uint64_t machine_digest(const struct machine *m)
{
    uint64_t digest = 0xcbf29ce484222325; /* FNV's */

    for (unsigned i = 0; i < m->pcpu_count; i++)
        add_vcpu(&digest, &m->pcpus[i]);
    add_bytes(&digest, memory_at(&m->dram, hpa(0)), m->dram.bytes);
    return digest;
}
