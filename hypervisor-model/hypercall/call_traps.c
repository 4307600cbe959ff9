/*
 * call_traps.c - hypercalls on handlers, stacks, descriptors and segments.
 *
 * Source  Xen public arch-x86/xen.h, arch-x86/xen-x86_64.h, callback.h.
 * NOT MODELLED  iret to other than the flat 64-bit segments, LDT entries, debug
 * registers (kept, without effect), the failsafe and NMI callbacks (kept, never
 * needed here).
 */
#include "hypervisor-model/hypercall/hypercall.h"
#include "hypervisor-model/pv/pv_build.h"
#include "hypervisor-model/pv/pv_guest.h"
#include "hypervisor-model/pv/pv_page.h"
#include "hypervisor-model/pv/pv_trap.h"

static bool is_canonical(uint64_t va)
{
    return (uint64_t)((int64_t)(va << 16) >> 16) == va;
}

int64_t call_set_trap_table(struct pv_turn *t, const uint64_t *args)
{
    uint64_t at = args[0];
    struct trap_info info;

    if (!at) { /* no table: no handlers */
        for (unsigned i = 0; i < 256; i++)
            t->vcpu->traps[i] = (struct pv_trap_handler){0};
        return 0;
    }
    for (unsigned n = 0; n <= 256; n++, at += sizeof(info)) {
        if (!pv_copy_from(t, &info, at, sizeof(info)))
            return -XEN_EFAULT;
        if (!info.address)
            return 0;
        if (!is_canonical(info.address))
            return -XEN_EINVAL;
        t->vcpu->traps[info.vector] = (struct pv_trap_handler){
            .address = info.address, .flags = info.flags};
    }
    return -XEN_EINVAL;
}

int64_t call_stack_switch(struct pv_turn *t, const uint64_t *args)
{
    t->vcpu->kernel_ss = args[0] | SELECTOR_RPL;
    t->vcpu->kernel_sp = args[1];
    return 0;
}

int64_t call_set_callbacks(struct pv_turn *t, const uint64_t *args)
{
    struct pv_vcpu *pv = t->vcpu;

    for (unsigned i = 0; i < 3; i++)
        if (!is_canonical(args[i]))
            return -XEN_EINVAL;
    pv->event.address = args[0];
    pv->failsafe.address = args[1];
    pv->syscall.address = args[2];
    return 0;
}

/* The callback of a type; NULL: no such type for a 64-bit guest. */
static struct pv_callback *find_callback(struct pv_vcpu *pv, unsigned type)
{
    switch (type) {
    case CALLBACKTYPE_event:
        return &pv->event;
    case CALLBACKTYPE_failsafe:
        return &pv->failsafe;
    case CALLBACKTYPE_syscall:
        return &pv->syscall;
    default: /* Xen's numbers */
        return NULL;
    }
}

int64_t call_callback_op(struct pv_turn *t, const uint64_t *args)
{
    struct callback_register r;
    struct pv_callback *callback;

    if (args[0] != CALLBACKOP_register)
        return -XEN_ENOSYS;
    if (!pv_copy_from(t, &r, args[1], sizeof(r)))
        return -XEN_EFAULT;
    callback = find_callback(t->vcpu, r.type);
    if (!callback)
        return -XEN_ENOSYS;
    if (!is_canonical(r.address))
        return -XEN_EINVAL;
    callback->address = r.address;
    callback->mask_events = r.flags & CALLBACKF_mask_events;
    return 0;
}

int64_t call_fpu_taskswitch(struct pv_turn *t, const uint64_t *args)
{
    pv_set_task_switched(t, args[0] != 0);
    return 0;
}

int64_t call_set_debugreg(struct pv_turn *t, const uint64_t *args)
{
    if (args[0] > 7 || args[0] == 4 || args[0] == 5)
        return -XEN_EINVAL;
    if (args[0] < 4 && !is_canonical(args[1]))
        return -XEN_EINVAL;
    cpu_state(t->c)->dr[args[0]] = args[1];
    return 0;
}

bool descriptor_legal(uint64_t descriptor)
{
    bool present = descriptor >> 47 & 1;
    bool segment = descriptor >> 44 & 1;
    unsigned dpl = descriptor >> 45 & 3;

    /* Gates and ring-0 segments would let the guest out of ring 3. */
    return !present || (segment && dpl != 0);
}

static void drop_gdt(struct pv_turn *t)
{
    struct pv_vcpu *pv = t->vcpu;

    for (unsigned i = 0; i < pv->gdt_pages; i++) {
        pv_map_gdt_page(t->domain, t->v->id, i, hfn(0));
        pv_page_unuse(t, pv->gdt_frames[i]);
    }
    pv->gdt_pages = 0;
}

/* Descriptors of one page, all of which must be harmless. */
static bool page_legal(const struct pv_turn *t, hfn_t frame)
{
    for (unsigned i = 0; i < PAGE_BYTES / 8; i++) {
        hpa_t at = hpa_add(hfn_to_hpa(frame), i * 8u);

        if (!descriptor_legal(memory_read64(t->domain->dram, at)))
            return false;
    }
    return true;
}

int64_t call_set_gdt(struct pv_turn *t, const uint64_t *args)
{
    uint64_t frames[FIRST_RESERVED_GDT_PAGE];
    unsigned pages, taken = 0;
    int64_t rc = 0;

    if (args[1] > FIRST_RESERVED_GDT_ENTRY)
        return -XEN_EINVAL;
    pages = (unsigned)((args[1] + 511) / 512);
    if (!pv_copy_from(t, frames, args[0], pages * sizeof(frames[0])))
        return -XEN_EFAULT;
    while (taken < pages && !rc) {
        rc = pv_page_use(t, hfn(frames[taken]), PV_TYPE_SEGDESC);
        if (!rc && !page_legal(t, hfn(frames[taken++])))
            rc = -XEN_EINVAL;
    }
    if (rc) {
        while (taken)
            pv_page_unuse(t, hfn(frames[--taken]));
        return rc;
    }
    drop_gdt(t);
    for (unsigned i = 0; i < pages; i++) {
        t->vcpu->gdt_frames[i] = hfn(frames[i]);
        pv_map_gdt_page(t->domain, t->v->id, i, hfn(frames[i]));
    }
    t->vcpu->gdt_pages = pages;
    pv_flush_all(t);
    return 0;
}

int64_t call_update_descriptor(struct pv_turn *t, const uint64_t *args)
{
    hpa_t at = hpa(args[0]);
    struct pv_page *p = pv_page_of(t->domain, hpa_to_hfn(at));
    enum pv_type type = PV_TYPE_WRITABLE;
    int rc;

    if (at.v % 8 || !p || !descriptor_legal(args[1]))
        return -XEN_EINVAL;
    if (p->type == PV_TYPE_SEGDESC && p->type_refs)
        type = PV_TYPE_SEGDESC;
    rc = pv_page_use(t, hpa_to_hfn(at), type);
    if (rc)
        return rc;
    pv_touch(t, at, ACCESS_WRITE);
    memory_write64(t->domain->dram, at, args[1]);
    pv_page_unuse(t, hpa_to_hfn(at));
    return 0;
}

int64_t call_set_segment_base(struct pv_turn *t, const uint64_t *args)
{
    struct cpu_state *s = cpu_state(t->c);

    if (args[0] != SEGBASE_GS_USER_SEL && !is_canonical(args[1]))
        return -XEN_EINVAL;
    switch (args[0]) {
    case SEGBASE_FS:
        s->seg[SEG_FS].base = args[1];
        break;
    case SEGBASE_GS_USER:
        s->kernel_gs_base = args[1]; /* the one that is not in use now */
        break;
    case SEGBASE_GS_KERNEL:
        s->seg[SEG_GS].base = args[1];
        break;
    case SEGBASE_GS_USER_SEL: /* only the null selector is of use */
        if (args[1] & 0xffff)
            return -XEN_EINVAL;
        s->kernel_gs_base = 0;
        break;
    default: /* Xen's numbers */
        return -XEN_EINVAL;
    }
    cpu_sync(t->c);
    return 0;
}

/* Back to a program: its mode, and that it has run, are the VM's business. */
static bool return_to_program(struct pv_turn *t)
{
    if (!t->vcpu->user_root.v) {
        pv_crash(t, "iret to user mode without a user page table", 0);
        return false;
    }
    pv_toggle_mode(t);
    t->v->entered_user = true;
    return true;
}

int64_t call_iret(struct pv_turn *t, const uint64_t *args)
{
    struct cpu_state *s = cpu_state(t->c);
    const uint64_t loaded = RFLAGS_CF | RFLAGS_PF | RFLAGS_AF | RFLAGS_ZF |
                            RFLAGS_SF | RFLAGS_TF | RFLAGS_DF | RFLAGS_OF |
                            RFLAGS_RF | RFLAGS_AC | RFLAGS_ID;
    struct iret_context f;

    (void)args;
    if (!pv_copy_from(t, &f, s->gpr[REG_RSP], sizeof(f))) {
        pv_crash(t, "iret: no frame on the guest's stack", s->gpr[REG_RSP]);
        return -XEN_EFAULT;
    }
    if (!is_canonical(f.rip)) {
        pv_crash(t, "iret: address is not canonical", f.rip);
        return -XEN_EINVAL;
    }
    pv_set_upcall_mask(t, !(f.rflags & RFLAGS_IF));
    if ((f.cs & SELECTOR_RPL) == 3 && !return_to_program(t))
        return -XEN_EINVAL;
    s->rip = f.rip;
    s->rflags = (f.rflags & loaded) | RFLAGS_IF | RFLAGS_FIXED;
    s->gpr[REG_RSP] = f.rsp;
    s->gpr[REG_RAX] = f.rax;
    if (f.flags & VGCF_in_syscall) {
        s->gpr[REG_RCX] = f.rip;
        s->gpr[REG_R11] = s->rflags;
    } else {
        s->gpr[REG_RCX] = f.rcx;
        s->gpr[REG_R11] = f.r11;
    }
    pv_load_flat_segments(s);
    t->no_result = true;
    return 0;
}
