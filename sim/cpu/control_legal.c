#include "sim/cpu/control_legal.h"

#include "sim/cpu/cpu_internal.h"
#include "sim/cpu/segment.h"

#define CR3_PCID ((uint64_t)0xfff)

static bool runs_64_bit_code(const struct cpu_state *s)
{
    return (s->efer & EFER_LMA) && (s->seg[SEG_CS].attributes & SEGA_L);
}

bool control_cr0_legal(const struct cpu *c, uint64_t value)
{
    const struct cpu_state *s = &c->state;
    bool enables = (value & CR0_PG) && !(s->cr0 & CR0_PG);

    if (value >> 32 || ((value & CR0_NW) && !(value & CR0_CD)))
        return false;
    if ((value & CR0_PG) && !(value & CR0_PE))
        return false;
    if (enables && (!(s->efer & EFER_LME) || !(s->cr4 & CR4_PAE) ||
                    (s->seg[SEG_CS].attributes & SEGA_L)))
        return false;
    if (!(value & CR0_PG) && (s->cr0 & CR0_PG))
        return !runs_64_bit_code(s) && !(s->cr4 & CR4_PCIDE);
    return true;
}

static uint64_t cr4_supported(const struct cpu *c)
{
    uint64_t bits = CR4_TSD | CR4_DE | CR4_PSE | CR4_PAE | CR4_MCE | CR4_PGE |
                    CR4_OSFXSR | CR4_OSXMMEXCPT;

    bits |= c->config.has_pcid ? CR4_PCIDE : 0;
    bits |= c->config.has_smep ? CR4_SMEP : 0;
    bits |= c->config.has_smap ? CR4_SMAP : 0;
    return bits;
}

bool control_cr4_legal(const struct cpu *c, uint64_t value)
{
    const struct cpu_state *s = &c->state;
    bool long_mode = s->efer & EFER_LMA;
    bool sets_pcide = (value & CR4_PCIDE) && !(s->cr4 & CR4_PCIDE);

    if (value & ~cr4_supported(c))
        return false;
    if (long_mode && !(value & CR4_PAE))
        return false;
    return !sets_pcide || (long_mode && (s->cr3 & CR3_PCID) == 0);
}

bool control_efer_legal(const struct cpu *c, uint64_t value)
{
    uint64_t legal =
        EFER_SCE | EFER_LME | EFER_LMA | (c->config.has_nx ? EFER_NXE : 0);
    uint64_t changed = value ^ c->state.efer;

    if (value & ~legal)
        return false;
    return !((changed & EFER_LME) && (c->state.cr0 & CR0_PG));
}
