#include "sim/machine/checkpoint.h"

#include <string.h>

#include "sim/core/macros.h"
#include "sim/machine/machine.h"

/* A present entry's bits that hardware sets by itself. */
#define ENTRY_PRESENT  ((uint64_t)1)
#define ENTRY_SET_BITS ((uint64_t)0x60)

static uint64_t mixed(uint64_t sum, uint64_t word)
{
    sum = (sum ^ word) * 0x9e3779b97f4a7c15u;
    return sum ^ sum >> 29;
}

static uint64_t mix_words(uint64_t sum, const uint64_t *words, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        sum = mixed(sum, words[i]);
    return sum;
}

static uint64_t mix_segment(uint64_t sum, const struct segment *s)
{
    sum = mixed(sum, (uint64_t)s->selector << 48 |
                         (uint64_t)s->attributes << 32 | s->limit);
    return mixed(sum, s->base);
}

static uint64_t mix_system(uint64_t sum, const struct cpu_state *s)
{
    const uint64_t words[] = {
        s->cr0,         s->cr2,          s->cr3,
        s->cr4,         s->cr8,          s->efer,
        s->star,        s->lstar,        s->cstar,
        s->fmask,       s->gdtr.base,    s->gdtr.limit,
        s->idtr.base,   s->idtr.limit,   s->kernel_gs_base,
        s->sysenter_cs, s->sysenter_esp, s->sysenter_eip,
        s->pat,         s->tsc_aux,      s->xcr0,
        s->pkru,        s->cpl,          s->interrupt_shadow,
        s->nmi_blocked, s->pending_debug};

    sum = mix_words(sum, words, ARRAY_LEN(words));
    sum = mix_words(sum, s->dr, ARRAY_LEN(s->dr));
    sum = mix_segment(sum, &s->ldtr);
    return mix_segment(sum, &s->tr);
}

static uint64_t mix_vectors(uint64_t sum, const struct cpu_state *s)
{
    for (unsigned i = 0; i < ARRAY_LEN(s->xmm); i++)
        sum = mix_words(sum, s->xmm[i].u64, 2);
    for (unsigned i = 0; i < ARRAY_LEN(s->x87); i++) {
        sum = mixed(sum, s->x87[i].mantissa);
        sum = mixed(sum, s->x87[i].sign_exponent);
    }
    sum = mixed(sum, (uint64_t)s->mxcsr << 32 | s->fcw);
    sum = mixed(sum, (uint64_t)s->fsw << 32 | (uint64_t)s->fop << 8 | s->ftw);
    sum = mixed(sum, s->fip);
    return mixed(sum, s->fdp);
}

static uint64_t mix_registers(uint64_t sum, const struct cpu_state *s)
{
    sum = mix_words(sum, s->gpr, ARRAY_LEN(s->gpr));
    sum = mixed(sum, s->rip);
    sum = mixed(sum, s->rflags);
    for (unsigned i = 0; i < SEG_COUNT; i++)
        sum = mix_segment(sum, &s->seg[i]);
    sum = mix_system(sum, s);
    return mix_vectors(sum, s);
}

/* 0 for a page of zeros: untouched memory costs nothing. */
static uint64_t page_digest(const uint8_t *page, uint64_t number)
{
    uint64_t sum = number + 1, any = 0;

    for (unsigned i = 0; i < PAGE_BYTES; i += 8) {
        uint64_t word;

        memcpy(&word, page + i, sizeof word);
        any |= word;
        if (word & ENTRY_PRESENT)
            word &= ~ENTRY_SET_BITS;
        sum = mixed(sum, word);
    }
    return any ? sum : 0;
}

static uint64_t memory_digest(const struct vm *vm)
{
    uint64_t sum = 0;

    for (uint64_t at = 0; at < vm->memory_end.v; at += PAGE_BYTES) {
        hpa_t page;

        if (vm_has_memory(vm, gpa(at), PAGE_BYTES) &&
            vm_gpa_to_hpa(vm, gpa(at), &page))
            sum += page_digest(memory_at(vm->hv->dram, page), at >> PAGE_SHIFT);
    }
    return sum;
}

struct checkpoint checkpoint_take(const struct machine *m,
                                  uint64_t instructions)
{
    struct checkpoint point = {
        .instructions = instructions,
        .rip = cpu_state_peek(m->pcpus[0].cpu)->rip,
        .memory = memory_digest(m->vms[0]),
    };

    for (unsigned i = 0; i < m->pcpu_count; i++)
        point.registers =
            mix_registers(point.registers, cpu_state_peek(m->pcpus[i].cpu));
    return point;
}
