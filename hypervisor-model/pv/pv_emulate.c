/*
 * pv_emulate.c - privileged instructions of the guest's kernel.
 *
 * Source  Intel SDM vol. 2; Xen public arch-x86/xen.h (XEN_EMULATE_PREFIX).
 * Model   in ring 3 they raise #GP; the hypervisor decodes the instruction,
 *         does what the guest may have, and skips it.  What it may not have
 *         is the guest's own #GP.
 * NOT MODELLED  CLI, STI and POPF: under this interface they have no use (the
 *         guest masks events in memory); debug registers by MOV; INVLPG (a
 *         hypercall does it).
 */
#include <stddef.h>
#include <string.h>

#include "hypervisor-model/pv/pv_emulate_io.h"
#include "hypervisor-model/pv/pv_guest.h"
#include "hypervisor-model/pv/pv_trap.h"

enum {
    MSR_APIC_BASE = 0x1b,
    MSR_MISC_ENABLE = 0x1a0,
    MSR_PAT = 0x277,
};
#define MSR_EFER           0xc0000080u
#define MSR_FS_BASE        0xc0000100u
#define MSR_GS_BASE        0xc0000101u
#define MSR_KERNEL_GS_BASE 0xc0000102u

static hpa_t cr2_field(const struct pv_turn *t)
{
    return hpa_add(t->vcpu->info, offsetof(struct vcpu_info, arch.cr2));
}

static bool read_cr(struct pv_turn *t, unsigned cr, uint64_t *value)
{
    switch (cr) {
    case 0:
        *value = t->vcpu->cr0;
        return true;
    case 2:
        *value = memory_read64(t->domain->dram, cr2_field(t));
        return true;
    case 3:
        *value = xen_pfn_to_cr3(t->vcpu->kernel_root.v);
        return true;
    case 4:
        *value = t->vcpu->cr4;
        return true;
    default:
        return false;
    }
}

static bool write_cr(struct pv_turn *t, unsigned cr, uint64_t value)
{
    const uint64_t cr4_free = CR4_TSD | CR4_DE | CR4_PGE;

    switch (cr) {
    case 0: /* only TS is the guest's to change */
        if ((value ^ t->vcpu->cr0) & ~CR0_TS)
            return false;
        pv_set_task_switched(t, value & CR0_TS);
        return true;
    case 2:
        memory_write64(t->domain->dram, cr2_field(t), value);
        return true;
    case 3:
        return pv_new_base(t, hfn(xen_cr3_to_pfn(value))) == 0;
    case 4:
        if ((value ^ t->vcpu->cr4) & ~cr4_free)
            return false;
        t->vcpu->cr4 = value;
        return true;
    default:
        return false;
    }
}

static bool is_cr(ZydisRegister r)
{
    return r >= ZYDIS_REGISTER_CR0 && r <= ZYDIS_REGISTER_CR15;
}

static bool emulate_mov(struct pv_turn *t, const struct guest_insn *insn)
{
    const ZydisDecodedOperand *to = &insn->operands[0];
    const ZydisDecodedOperand *from = &insn->operands[1];
    uint64_t value;

    if (to->type != ZYDIS_OPERAND_TYPE_REGISTER ||
        from->type != ZYDIS_OPERAND_TYPE_REGISTER)
        return false;
    if (is_cr(from->reg.value))
        return read_cr(t, from->reg.value - ZYDIS_REGISTER_CR0, &value) &&
               guest_insn_write(cpu_state(t->c), to->reg.value, value);
    return is_cr(to->reg.value) &&
           guest_insn_read(cpu_state(t->c), from, &value) &&
           write_cr(t, to->reg.value - ZYDIS_REGISTER_CR0, value);
}

static bool read_msr(const struct pv_turn *t, uint32_t msr, uint64_t *value)
{
    const struct cpu_state *s = cpu_state(t->c);

    switch (msr) {
    case MSR_APIC_BASE:
        *value = s->apic_base;
        return true;
    case MSR_MISC_ENABLE:
        *value = s->misc_enable;
        return true;
    case MSR_PAT:
        *value = s->pat;
        return true;
    case MSR_EFER:
        *value = s->efer;
        return true;
    case MSR_FS_BASE:
        *value = s->seg[SEG_FS].base;
        return true;
    case MSR_GS_BASE:
        *value = s->seg[SEG_GS].base;
        return true;
    case MSR_KERNEL_GS_BASE:
        *value = s->kernel_gs_base;
        return true;
    default:
        return false;
    }
}

static bool is_canonical(uint64_t va)
{
    return (uint64_t)((int64_t)(va << 16) >> 16) == va;
}

/* A base that the guest owns; NULL: not one of them. */
static uint64_t *base_register(struct cpu_state *s, uint32_t msr)
{
    switch (msr) {
    case MSR_FS_BASE:
        return &s->seg[SEG_FS].base;
    case MSR_GS_BASE:
        return &s->seg[SEG_GS].base;
    case MSR_KERNEL_GS_BASE:
        return &s->kernel_gs_base;
    default:
        return NULL;
    }
}

static bool write_msr(struct pv_turn *t, uint32_t msr, uint64_t value)
{
    uint64_t *base = base_register(cpu_state(t->c), msr);
    uint64_t now;

    if (!base) /* Xen's own: writing the same value is harmless */
        return read_msr(t, msr, &now) && now == value;
    if (!is_canonical(value))
        return false;
    *base = value;
    return true;
}

static bool emulate_rdmsr(struct pv_turn *t)
{
    struct cpu_state *s = cpu_state(t->c);
    uint64_t value;

    if (!read_msr(t, (uint32_t)s->gpr[REG_RCX], &value))
        return false;
    s->gpr[REG_RAX] = (uint32_t)value;
    s->gpr[REG_RDX] = value >> 32;
    return true;
}

static bool emulate_wrmsr(struct pv_turn *t)
{
    struct cpu_state *s = cpu_state(t->c);
    uint64_t value = s->gpr[REG_RDX] << 32 | (s->gpr[REG_RAX] & UINT32_MAX);

    if (!write_msr(t, (uint32_t)s->gpr[REG_RCX], value))
        return false;
    cpu_sync(t->c);
    return true;
}

/* True: done, rip is advanced by the caller. */
static bool emulate_one(struct pv_turn *t, const struct guest_insn *insn)
{
    switch (insn->info.mnemonic) {
    case ZYDIS_MNEMONIC_MOV:
        return emulate_mov(t, insn);
    case ZYDIS_MNEMONIC_CLTS:
        pv_set_task_switched(t, false);
        return true;
    case ZYDIS_MNEMONIC_RDMSR:
        return emulate_rdmsr(t);
    case ZYDIS_MNEMONIC_WRMSR:
        return emulate_wrmsr(t);
    case ZYDIS_MNEMONIC_WBINVD:
    case ZYDIS_MNEMONIC_INVD:
        return true; /* the domain has no device that would notice */
    case ZYDIS_MNEMONIC_HLT:
        pv_block(t);
        return true;
    default: /* not our enum */
        return false;
    }
}

bool pv_emulate_privileged(struct pv_turn *t)
{
    struct guest_insn insn;
    bool again = false;

    if (!guest_insn_decode(t->c, &insn))
        return false;
    if (pv_is_port_insn(&insn)) {
        if (!pv_emulate_port(t, &insn, &again))
            return false;
    } else if (!emulate_one(t, &insn)) {
        return false;
    }
    if (!again)
        cpu_skip(t->c, insn.info.length);
    return true;
}

/* What a pv kernel must not see: it has no use of these features. */
static void hide_features(uint32_t leaf, uint32_t out[4])
{
    if (leaf == 1) {
        out[3] &= ~((uint32_t)1 << 3 | (uint32_t)1 << 12 |  /* PSE, MTRR */
                    (uint32_t)1 << 13 | (uint32_t)1 << 17); /* PGE, PSE36 */
        out[2] &= ~((uint32_t)1 << 5 | (uint32_t)1 << 17 |  /* VMX, PCID */
                    (uint32_t)1 << 21 | (uint32_t)1 << 24); /* x2APIC, TSCD */
        out[2] |= (uint32_t)1 << 31; /* a hypervisor is present */
    }
    if (leaf == 7)
        out[1] &= ~((uint32_t)1 << 7 | (uint32_t)1 << 10 |
                    (uint32_t)1 << 20); /* SMEP, INVPCID, SMAP */
}

/* Xen's own leaves (xen/arch-x86/cpuid.h). */
static bool xen_leaf(uint32_t leaf, uint32_t out[4])
{
    memset(out, 0, 4 * sizeof(*out));
    switch (leaf) {
    case 0x40000000:
        out[0] = 0x40000002;
        out[1] = 0x566e6558; /* "XenV" */
        out[2] = 0x65584d4d; /* "MMXe" */
        out[3] = 0x4d4d566e; /* "nVMM" */
        return true;
    case 0x40000001:
        out[0] = 4u << 16 | 17; /* version */
        return true;
    case 0x40000002:
        out[0] = 0; /* hypercall pages by MSR: not for pv */
        return true;
    default:
        return false;
    }
}

bool pv_emulate_cpuid(struct pv_turn *t)
{
    static const uint8_t forced[] = {0x0f, 0x0b, 0x78, 0x65, 0x6e, 0x0f, 0xa2};
    struct cpu_state *s = cpu_state(t->c);
    uint8_t bytes[sizeof(forced)];
    uint32_t out[4];
    uint32_t leaf = (uint32_t)s->gpr[REG_RAX];

    if (!cpu_peek_memory(t->c, gva(s->rip), bytes, sizeof(bytes)) ||
        memcmp(bytes, forced, sizeof(bytes)) != 0)
        return false;
    if (!xen_leaf(leaf, out)) {
        cpu_cpuid(t->c, leaf, (uint32_t)s->gpr[REG_RCX], out);
        hide_features(leaf, out);
    }
    s->gpr[REG_RAX] = out[0];
    s->gpr[REG_RBX] = out[1];
    s->gpr[REG_RCX] = out[2];
    s->gpr[REG_RDX] = out[3];
    cpu_skip(t->c, sizeof(forced));
    return true;
}
