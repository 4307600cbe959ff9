/*
 * pv_emulate_io.c - IN, OUT, INS and OUTS of a pv guest's kernel.
 *
 * Source  Intel SDM vol. 2; Xen public physdev.h (PHYSDEVOP_set_iopl).
 * Model   allowed if the guest raised its I/O privilege level and the domain
 *         was given the port; then the VM's platform answers.  A REP form
 *         moves up to a page per trap.
 * NOT MODELLED  address sizes but 64 bits.
 */
#include "hypervisor-model/pv/pv_emulate_io.h"

#include "hypervisor-model/pv/pv_guest.h"
#include "hypervisor-model/pv/pv_trap.h"

bool pv_is_port_insn(const struct guest_insn *insn)
{
    switch (insn->info.mnemonic) {
    case ZYDIS_MNEMONIC_IN:
    case ZYDIS_MNEMONIC_INSB:
    case ZYDIS_MNEMONIC_INSW:
    case ZYDIS_MNEMONIC_INSD:
    case ZYDIS_MNEMONIC_OUT:
    case ZYDIS_MNEMONIC_OUTSB:
    case ZYDIS_MNEMONIC_OUTSW:
    case ZYDIS_MNEMONIC_OUTSD:
        return true;
    default: /* not our enum */
        return false;
    }
}

static void note_exit(struct pv_turn *t)
{
    if (platform_ended(&t->domain->vm->platform))
        t->action = VCPU_EXITED;
}

static void access_port(struct pv_turn *t, const struct port_access *a)
{
    platform_port_access(&t->domain->vm->platform, t->v->id, cpu_now(t->c), a);
}

static bool emulate_in(struct pv_turn *t, uint16_t port, unsigned bytes)
{
    static const ZydisRegister to[5] = {[1] = ZYDIS_REGISTER_AL,
                                        [2] = ZYDIS_REGISTER_AX,
                                        [4] = ZYDIS_REGISTER_EAX};
    uint8_t data[4] = {0};

    access_port(t, &(struct port_access){.port = port,
                                         .in = true,
                                         .bytes = (uint8_t)bytes,
                                         .count = 1,
                                         .data = data});
    return guest_insn_write(cpu_state(t->c), to[bytes],
                            data[0] | (uint32_t)data[1] << 8 |
                                (uint32_t)data[2] << 16 |
                                (uint32_t)data[3] << 24);
}

static bool emulate_out(struct pv_turn *t, uint16_t port, unsigned bytes)
{
    uint64_t value = cpu_state(t->c)->gpr[REG_RAX];
    uint8_t data[4] = {(uint8_t)value, (uint8_t)(value >> 8),
                       (uint8_t)(value >> 16), (uint8_t)(value >> 24)};

    access_port(t, &(struct port_access){.port = port,
                                         .bytes = (uint8_t)bytes,
                                         .count = 1,
                                         .data = data});
    note_exit(t);
    return true;
}

/* Elements that one trap moves: those within the page at va, at least one. */
static uint64_t elements_at(uint64_t va, unsigned bytes, uint64_t left)
{
    uint64_t room = (PAGE_BYTES - page_offset(va)) / bytes;

    if (room == 0)
        room = 1;
    return left < room ? left : room;
}

static bool fault(struct pv_turn *t, bool *again)
{
    pv_inject_page_fault(t, t->fault_va, t->fault_error);
    *again = true;
    return true;
}

static bool emulate_outs(struct pv_turn *t, const struct guest_insn *insn,
                         unsigned bytes, bool *again)
{
    struct cpu_state *s = cpu_state(t->c);
    bool rep = insn->info.attributes & ZYDIS_ATTRIB_HAS_REP;
    uint64_t left = rep ? s->gpr[REG_RCX] : 1;
    uint64_t count = elements_at(s->gpr[REG_RSI], bytes, left);
    uint8_t data[PAGE_BYTES];

    if (s->rflags & RFLAGS_DF || insn->info.address_width != 64)
        return false;
    if (!pv_copy_from(t, data, s->gpr[REG_RSI], count * bytes))
        return fault(t, again);
    access_port(t, &(struct port_access){.port = (uint16_t)s->gpr[REG_RDX],
                                         .bytes = (uint8_t)bytes,
                                         .count = (uint32_t)count,
                                         .data = data});
    s->gpr[REG_RSI] += count * bytes;
    if (rep)
        s->gpr[REG_RCX] -= count;
    *again = count < left;
    note_exit(t);
    return true;
}

/* Nothing is read that cannot be stored: first and last byte are tried. */
static bool can_store(struct pv_turn *t, uint64_t va, uint64_t bytes)
{
    uint8_t byte;

    return pv_copy_from(t, &byte, va, 1) && pv_copy_to(t, va, &byte, 1) &&
           pv_copy_from(t, &byte, va + bytes - 1, 1) &&
           pv_copy_to(t, va + bytes - 1, &byte, 1);
}

static bool emulate_ins(struct pv_turn *t, const struct guest_insn *insn,
                        unsigned bytes, bool *again)
{
    struct cpu_state *s = cpu_state(t->c);
    bool rep = insn->info.attributes & ZYDIS_ATTRIB_HAS_REP;
    uint64_t left = rep ? s->gpr[REG_RCX] : 1;
    uint64_t count = elements_at(s->gpr[REG_RDI], bytes, left);
    uint8_t data[PAGE_BYTES];

    if (s->rflags & RFLAGS_DF || insn->info.address_width != 64)
        return false;
    if (count > 0 && !can_store(t, s->gpr[REG_RDI], count * bytes))
        return fault(t, again);
    access_port(t, &(struct port_access){.port = (uint16_t)s->gpr[REG_RDX],
                                         .in = true,
                                         .bytes = (uint8_t)bytes,
                                         .count = (uint32_t)count,
                                         .data = data});
    if (!pv_copy_to(t, s->gpr[REG_RDI], data, count * bytes))
        return fault(t, again);
    s->gpr[REG_RDI] += count * bytes;
    if (rep)
        s->gpr[REG_RCX] -= count;
    *again = count < left;
    return true;
}

static bool is_ins(const struct guest_insn *insn)
{
    return insn->info.mnemonic == ZYDIS_MNEMONIC_INSB ||
           insn->info.mnemonic == ZYDIS_MNEMONIC_INSW ||
           insn->info.mnemonic == ZYDIS_MNEMONIC_INSD;
}

bool pv_emulate_port(struct pv_turn *t, const struct guest_insn *insn,
                     bool *again)
{
    bool in = insn->info.mnemonic == ZYDIS_MNEMONIC_IN;
    bool out = insn->info.mnemonic == ZYDIS_MNEMONIC_OUT;
    const ZydisDecodedOperand *port_op = &insn->operands[in ? 1 : 0];
    bool ins = is_ins(insn);
    const ZydisDecodedOperand *data_op = &insn->operands[in || ins ? 0 : 1];
    unsigned bytes = data_op->size / 8u;
    uint64_t port = cpu_state(t->c)->gpr[REG_RDX];

    if ((in || out) && port_op->type == ZYDIS_OPERAND_TYPE_IMMEDIATE)
        port = port_op->imm.value.u;
    port &= UINT16_MAX;
    if ((bytes != 1 && bytes != 2 && bytes != 4) ||
        !pv_port_allowed(t, (uint16_t)port, bytes))
        return false;
    t->work_cycles += t->costs->device_cycles;
    if (in)
        return emulate_in(t, (uint16_t)port, bytes);
    if (out)
        return emulate_out(t, (uint16_t)port, bytes);
    if (ins)
        return emulate_ins(t, insn, bytes, again);
    return emulate_outs(t, insn, bytes, again);
}
