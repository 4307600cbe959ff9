/*
 * pv_ptwr.c - direct stores of the guest's kernel to its leaf tables.
 *
 * Source  Xen public xen.h, "mmu_update": "the guest OS can also try to write
 *         to the PTE and be trapped by the hypervisor".
 * Model   the store faults (the table is mapped read-only); the hypervisor
 *         decodes it, validates the new entry like mmu_update, stores it and
 *         skips the instruction.  MOV, XCHG and CMPXCHG of 8 bytes, and MOV
 *         of fewer, as compilers emit them.  Anything else, and an entry
 *         that is refused, is the guest's own page fault.
 * NOT MODELLED  AND, OR, XADD and bit instructions on entries.
 */
#include "hypervisor-model/pv/pv_decode.h"
#include "hypervisor-model/pv/pv_guest.h"
#include "hypervisor-model/pv/pv_page.h"
#include "hypervisor-model/pv/pv_table.h"
#include "hypervisor-model/pv/pv_trap.h"

/* The entry that va reaches, if it is in a leaf table in use. */
static bool find_entry(struct pv_turn *t, uint64_t va, hpa_t *at)
{
    struct xlate x = mmu_peek(t->mmu, gva(va), ACCESS_READ, ACCESS_USER);
    const struct pv_page *p;

    if (x.status != XLATE_OK || !memory_has(t->domain->dram, x.hpa, 1))
        return false;
    *at = x.hpa;
    p = pv_page_of(t->domain, hpa_to_hfn(x.hpa));
    return p && p->type == PV_TYPE_L1 && p->type_refs;
}

/* Merges a store of fewer than 8 bytes into the entry. */
static uint64_t merge(uint64_t old, uint64_t value, unsigned offset,
                      unsigned bits)
{
    uint64_t mask = bits >= 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;

    return (old & ~(mask << offset * 8)) | (value & mask) << offset * 8;
}

/* Flags of CMP, as CMPXCHG sets them (SDM vol. 2). */
static void set_compare_flags(struct cpu_state *s, uint64_t a, uint64_t b)
{
    uint64_t r = a - b;
    uint64_t flags = 0;

    if (a < b)
        flags |= RFLAGS_CF;
    if (!(__builtin_popcountll(r & 0xff) & 1))
        flags |= RFLAGS_PF;
    if ((a ^ b ^ r) & 0x10)
        flags |= RFLAGS_AF;
    if (!r)
        flags |= RFLAGS_ZF;
    if (r >> 63)
        flags |= RFLAGS_SF;
    if (((a ^ b) & (a ^ r)) >> 63)
        flags |= RFLAGS_OF;
    s->rflags &= ~(RFLAGS_CF | RFLAGS_PF | RFLAGS_AF | RFLAGS_ZF | RFLAGS_SF |
                   RFLAGS_OF);
    s->rflags |= flags;
}

/* CMPXCHG: only an equal accumulator stores. */
static bool compare_exchange(struct pv_turn *t, hpa_t at, uint64_t old,
                             uint64_t value)
{
    struct cpu_state *s = cpu_state(t->c);
    uint64_t expected = s->gpr[REG_RAX];

    if (pv_entry_adjust(PV_TYPE_L1, expected) == old)
        expected = old; /* the guest compares with what it once wrote */
    if (expected == old) {
        if (pv_table_write(t, at, PV_TYPE_L1, value, false))
            return false;
    } else {
        s->gpr[REG_RAX] = old;
    }
    set_compare_flags(s, expected, old);
    return true;
}

static bool store(struct pv_turn *t, const struct pv_insn *insn, hpa_t at)
{
    const ZydisDecodedOperand *to = &insn->operands[0];
    const ZydisDecodedOperand *from = &insn->operands[1];
    unsigned offset = (unsigned)(at.v % 8);
    hpa_t entry = hpa(at.v - offset);
    uint64_t old = memory_read64(t->domain->dram, entry);
    bool whole = to->size == 64 && offset == 0;
    uint64_t value;

    if (to->type != ZYDIS_OPERAND_TYPE_MEMORY || to->size > 64 ||
        offset * 8 + to->size > 64 || !pv_operand_read(t, from, &value))
        return false;
    if (insn->info.mnemonic == ZYDIS_MNEMONIC_MOV)
        return !pv_table_write(t, entry, PV_TYPE_L1,
                               merge(old, value, offset, to->size), false);
    if (!whole)
        return false;
    if (insn->info.mnemonic == ZYDIS_MNEMONIC_CMPXCHG)
        return compare_exchange(t, entry, old, value);
    return insn->info.mnemonic == ZYDIS_MNEMONIC_XCHG &&
           !pv_table_write(t, entry, PV_TYPE_L1, value, false) &&
           pv_register_write(t, from->reg.value, old);
}

bool pv_emulate_table_write(struct pv_turn *t, uint64_t va)
{
    struct pv_insn insn;
    hpa_t at;

    if (!find_entry(t, va, &at))
        return false;
    t->work_cycles += t->costs->pv_emulate_cycles;
    if (!pv_decode(t, &insn) || !store(t, &insn, at))
        return false;
    cpu_skip(t->c, insn.info.length);
    return true;
}
