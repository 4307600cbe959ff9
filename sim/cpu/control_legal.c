#include "sim/cpu/control_legal.h"

#include "mmu/pt_geom.h"
#include "sim/cpu/cpu_internal.h"
#include "sim/cpu/segment.h"

#define CR0_DEFINED                                                            \
    (CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_ET | CR0_NE | CR0_WP | CR0_AM |   \
     CR0_NW | CR0_CD | CR0_PG)
#define CR3_PCID     ((uint64_t)0xfff)
#define CR3_RESERVED (~(((uint64_t)1 << PT_MAXPHYADDR) - 1))

static bool runs_64_bit_code(const struct cpu_state *s)
{
    return (s->efer & EFER_LMA) && (s->seg[SEG_CS].attributes & SEGA_L);
}

/* A task-state segment of the 80286: type 1, or 3 if busy. */
static bool has_16_bit_tss(const struct cpu_state *s)
{
    return (s->tr.attributes & 0x1d) == 0x01;
}

static bool may_enable_paging(const struct cpu_state *s)
{
    if (!(s->efer & EFER_LME))
        return true;
    return (s->cr4 & CR4_PAE) && !(s->seg[SEG_CS].attributes & SEGA_L) &&
           !has_16_bit_tss(s);
}

static bool may_disable_paging(const struct cpu_state *s)
{
    return !runs_64_bit_code(s) && !(s->cr4 & CR4_PCIDE);
}

bool control_cr0_legal(const struct cpu *c, uint64_t value)
{
    const struct cpu_state *s = &c->state;

    if (value >> 32 || ((value & CR0_NW) && !(value & CR0_CD)))
        return false;
    if ((value & CR0_PG) && !(value & CR0_PE))
        return false;
    if (!((value ^ s->cr0) & CR0_PG))
        return true;
    return value & CR0_PG ? may_enable_paging(s) : may_disable_paging(s);
}

uint64_t control_cr0_stored(uint64_t value)
{
    return (value & CR0_DEFINED) | CR0_ET;
}

bool control_cr3_legal(uint64_t value)
{
    return (value & CR3_RESERVED) == 0;
}

static uint64_t cr4_supported(const struct cpu *c)
{
    uint64_t bits = CR4_TSD | CR4_DE | CR4_PSE | CR4_PAE | CR4_MCE | CR4_PGE |
                    CR4_PCE | CR4_OSFXSR | CR4_OSXMMEXCPT;

    bits |= c->config.has_umip ? CR4_UMIP : 0;
    bits |= c->config.has_la57 ? CR4_LA57 : 0;
    bits |= c->config.has_fsgsbase ? CR4_FSGSBASE : 0;
    bits |= c->config.has_pcid ? CR4_PCIDE : 0;
    bits |= c->config.has_xsave ? CR4_OSXSAVE : 0;
    bits |= c->config.has_smep ? CR4_SMEP : 0;
    bits |= c->config.has_smap ? CR4_SMAP : 0;
    bits |= c->config.has_pku ? CR4_PKE : 0;
    return bits;
}

bool control_cr4_legal(const struct cpu *c, uint64_t value)
{
    const struct cpu_state *s = &c->state;
    uint64_t changed = value ^ s->cr4;
    bool long_mode = s->efer & EFER_LMA;

    if (value & ~cr4_supported(c))
        return false;
    if (long_mode && (!(value & CR4_PAE) || (changed & CR4_LA57)))
        return false;
    if (!(changed & value & CR4_PCIDE))
        return true;
    return long_mode && (s->cr3 & CR3_PCID) == 0;
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

bool control_pdptes_legal(const uint64_t pdpte[4])
{
    for (unsigned i = 0; i < PT_PDPTES; i++)
        if (!pt_pdpte_legal(pdpte[i]))
            return false;
    return true;
}

/* EFER.LMA follows CR0.PG, so that LME decides. */
bool control_uses_pae(uint64_t cr0, uint64_t cr4, uint64_t efer)
{
    return (cr0 & CR0_PG) && (cr4 & CR4_PAE) && !(efer & EFER_LME);
}

bool control_reloads_pdptes(const struct cpu_state *s, uint64_t cr0,
                            uint64_t cr4)
{
    const uint64_t of_cr0 = CR0_CD | CR0_NW | CR0_PG;
    const uint64_t of_cr4 = CR4_PAE | CR4_PGE | CR4_PSE | CR4_SMEP;

    return control_uses_pae(cr0, cr4, s->efer) &&
           (((cr0 ^ s->cr0) & of_cr0) || ((cr4 ^ s->cr4) & of_cr4));
}
