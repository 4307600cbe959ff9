/*
 * pv_guest.c - guest memory and guest context, as the hypervisor reaches
 * them.
 *
 * Source  Xen public arch-x86/xen-x86_64.h, arch-x86/xen.h.
 * Model   the hypervisor shares the guest's address space, so its copies go
 *         through the same TLBs.  Xen's own addresses are refused.
 * NOT MODELLED  the failsafe callback (segment reload faults in Xen's exit
 *         path), #DF on a bad stack: the domain crashes, as under Xen.
 */
#include "hypervisor-model/pv/pv_guest.h"

#include <stddef.h>
#include <string.h>

enum { LINE_BYTES = 64 };

static bool is_guest_address(uint64_t va)
{
    return va < 0x0000800000000000u || va >= HYPERVISOR_VIRT_END;
}

/* Translates one piece that lies within a line; false: fault. */
static bool piece(struct pv_turn *t, uint64_t va, unsigned bytes,
                  enum access_kind kind, hpa_t *out)
{
    uint64_t now = t->start_cycle + t->work_cycles;
    struct xlate x;

    t->fault_va = va;
    t->fault_error = kind == ACCESS_WRITE ? PF_WRITE : 0;
    if (!is_guest_address(va) || !t->mmu)
        return false;
    x = mmu_access(t->mmu, &(struct access){gva(va), bytes, kind, ACCESS_USER},
                   now);
    if (x.ready_cycle > now)
        t->work_cycles += x.ready_cycle - now;
    if (x.status != XLATE_OK) {
        t->fault_error = x.error_code;
        return false;
    }
    *out = x.hpa;
    return memory_has(t->domain->dram, x.hpa, bytes);
}

static unsigned piece_bytes(uint64_t va, uint64_t left)
{
    uint64_t room = LINE_BYTES - va % LINE_BYTES;

    return (unsigned)(left < room ? left : room);
}

bool pv_copy_from(struct pv_turn *t, void *to, uint64_t va, uint64_t bytes)
{
    uint8_t *at = to;

    while (bytes) {
        unsigned n = piece_bytes(va, bytes);
        hpa_t from;

        if (!piece(t, va, n, ACCESS_READ, &from))
            return false;
        memory_copy_out(t->domain->dram, at, from, n);
        at += n;
        va += n;
        bytes -= n;
    }
    return true;
}

bool pv_copy_to(struct pv_turn *t, uint64_t va, const void *from,
                uint64_t bytes)
{
    const uint8_t *at = from;

    while (bytes) {
        unsigned n = piece_bytes(va, bytes);
        hpa_t to;

        if (!piece(t, va, n, ACCESS_WRITE, &to))
            return false;
        memory_copy_in(t->domain->dram, to, at, n);
        if (memory_is_code(t->domain->dram, hpa_to_hfn(to)))
            cpu_code_written(t->c, hpa_to_hfn(to));
        at += n;
        va += n;
        bytes -= n;
    }
    return true;
}

void pv_load_root(struct pv_turn *t)
{
    const struct pv_vcpu *pv = t->vcpu;
    hfn_t root = pv->kernel_mode ? pv->kernel_root : pv->user_root;

    if (!t->c)
        return;
    cpu_state(t->c)->cr3 = hfn_to_hpa(root).v;
    cpu_control(t->c)->deprived_kernel = pv->kernel_mode;
    cpu_sync(t->c);
    t->work_cycles += cpu_config_peek(t->c)->cr3_write_cycles;
}

void pv_toggle_mode(struct pv_turn *t)
{
    struct cpu_state *s = cpu_state(t->c);
    uint64_t gs_base = s->seg[SEG_GS].base;

    t->vcpu->kernel_mode = !t->vcpu->kernel_mode;
    s->seg[SEG_GS].base = s->kernel_gs_base;
    s->kernel_gs_base = gs_base;
    pv_load_root(t);
    mmu_flush_pcid(t->mmu);
    t->work_cycles += t->costs->pv_switch_cycles;
}

static hpa_t info_field(const struct pv_turn *t, size_t offset)
{
    return hpa_add(t->vcpu->info, offset);
}

uint8_t pv_upcall_mask(struct pv_turn *t)
{
    hpa_t at = info_field(t, offsetof(struct vcpu_info, evtchn_upcall_mask));

    pv_touch(t, at, ACCESS_READ);
    return *memory_at(t->domain->dram, at);
}

void pv_set_upcall_mask(struct pv_turn *t, uint8_t mask)
{
    hpa_t at = info_field(t, offsetof(struct vcpu_info, evtchn_upcall_mask));

    pv_touch(t, at, ACCESS_WRITE);
    *memory_at(t->domain->dram, at) = mask;
}

void pv_load_flat_segments(struct cpu_state *s)
{
    s->seg[SEG_CS] = (struct segment){.selector = FLAT_KERNEL_CS,
                                      .attributes = 0xa0fb, /* 64-bit code */
                                      .limit = UINT32_MAX};
    s->seg[SEG_SS] = (struct segment){.selector = FLAT_KERNEL_SS,
                                      .attributes = 0xc0f3, /* data */
                                      .limit = UINT32_MAX};
}

/* Flags that the guest's handler starts with; IF is the hypervisor's. */
static void enter_handler(struct cpu_state *s, uint64_t rip, uint64_t rsp)
{
    s->rip = rip;
    s->gpr[REG_RSP] = rsp;
    s->rflags &= ~(RFLAGS_TF | RFLAGS_NT | RFLAGS_RF | RFLAGS_AC | RFLAGS_IOPL);
    s->rflags |= RFLAGS_IF | RFLAGS_FIXED;
    pv_load_flat_segments(s);
    s->interrupt_shadow = false;
}

void pv_bounce(struct pv_turn *t, const struct pv_bounce *b)
{
    struct cpu_state *s = cpu_state(t->c);
    bool from_kernel = t->vcpu->kernel_mode;
    uint64_t rsp = s->gpr[REG_RSP];
    uint8_t mask = 0;
    uint64_t frame[8];
    unsigned n = 0;

    if (!b->handler) {
        pv_crash(t, "no handler for an event or exception", s->rip);
        return;
    }
    if (!from_kernel) {
        pv_toggle_mode(t);
        rsp = t->vcpu->kernel_sp;
    }
    mask = pv_upcall_mask(t);
    frame[n++] = s->gpr[REG_RCX];
    frame[n++] = s->gpr[REG_R11];
    if (b->has_error)
        frame[n++] = b->error_code;
    frame[n++] = s->rip;
    /* RPL 0 tells the guest that its kernel was interrupted. */
    frame[n++] =
        (uint64_t)(from_kernel ? s->seg[SEG_CS].selector & ~SELECTOR_RPL
                               : s->seg[SEG_CS].selector) |
        (uint64_t)mask << 32;
    frame[n++] =
        (s->rflags & ~(RFLAGS_IF | RFLAGS_IOPL)) | (mask ? 0 : RFLAGS_IF);
    frame[n++] = s->gpr[REG_RSP];
    frame[n++] = s->seg[SEG_SS].selector;

    rsp = (rsp & ~(uint64_t)15) - n * 8;
    t->work_cycles += t->costs->pv_bounce_cycles;
    if (!pv_copy_to(t, rsp, frame, n * 8u)) {
        pv_crash(t, "the guest kernel has no stack for a frame", t->fault_va);
        return;
    }
    if (b->mask_events)
        pv_set_upcall_mask(t, 1);
    enter_handler(s, b->handler, rsp);
}

void pv_inject(struct pv_turn *t, uint8_t vector, bool has_error,
               uint32_t error_code)
{
    const struct pv_trap_handler *h = &t->vcpu->traps[vector];
    struct pv_bounce b = {
        .handler = h->address,
        .mask_events = h->flags & TRAP_MASKS_EVENTS,
        .has_error = has_error,
        .error_code = error_code,
    };

    counter_add(&t->v->counters, COUNTER_GUEST_EXCEPTION, 1);
    if (!h->address) {
        pv_crash(t, "the guest has no handler for exception", vector);
        return;
    }
    pv_bounce(t, &b);
}

void pv_inject_page_fault(struct pv_turn *t, uint64_t va, uint32_t error_code)
{
    hpa_t cr2 = info_field(t, offsetof(struct vcpu_info, arch.cr2));

    /* Everything runs in ring 3; U must tell the guest's own two modes. */
    error_code &= ~PF_USER;
    if (!t->vcpu->kernel_mode)
        error_code |= PF_USER;
    pv_touch(t, cr2, ACCESS_WRITE);
    memory_write64(t->domain->dram, cr2, va);
    counter_add(&t->v->counters, COUNTER_GUEST_FAULT, 1);
    pv_inject(t, VECTOR_PF, true, error_code);
}
