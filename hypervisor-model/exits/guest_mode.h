/*
 * guest_mode.h - hardware guest mode: what shadow and nested share.
 *
 * Hardware  Intel SDM vol. 3, "VMX Non-Root Operation", "VM Exits", "VM
 *           Entries".
 * Model     the guest runs in VIRT_GUEST until it exits; one handler a basic
 *           exit reason (exit_table.c); memory is somebody else's choice,
 *           behind struct paging_ops.  The virtual local APIC's timer is
 *           backed by a timer of the host: when it expires, the guest exits.
 * NOT MODELLED  lazy FPU switches, host devices other than the timer.
 */
#ifndef HYPERVISOR_MODEL_EXITS_GUEST_MODE_H
#define HYPERVISOR_MODEL_EXITS_GUEST_MODE_H
#include "hypervisor-model/hypervisor.h"

/*
 * One trip into the hypervisor.  Handlers take it, charge to it, and say what
 * comes next.
 */
struct trip {
    struct vcpu *v;
    struct cpu *c;
    const struct cpu_exit *exit;
    bool delivered; /* the event that the exit hit, by the emulator */
};

/* What of the guest's translation changed: paging_ops.regime_changed. */
enum regime_change {
    REGIME_CR3 = 1 << 0,  /* MOV to CR3: another or the same root */
    REGIME_MODE = 1 << 1, /* CR0, CR4 or EFER bits that paging reads */
};

/*
 * How guest memory is virtualized.  Order: vm_init once, vcpu_init for each
 * vCPU; then, per exit, one of the others.  An exit that the technique never
 * asks for has a NULL hook.
 */
struct paging_ops {
    const char *name; /* mmu_virt of the matrix */
    enum status (*vm_init)(struct vm *vm, struct error *e);
    void (*vm_free)(struct vm *vm);
    /* Sets the fields of v->control that are about memory. */
    enum status (*vcpu_init)(struct vcpu *v, struct error *e);
    enum vcpu_action (*page_fault)(struct trip *t);
    enum vcpu_action (*second_stage_fault)(struct trip *t);
    enum vcpu_action (*invalidate_page)(struct trip *t, gva_t va);
    enum vcpu_action (*regime_changed)(struct trip *t, unsigned changes);
    /* Before each turn: devices may have written page tables. */
    void (*devices_wrote)(struct trip *t);
    /* Before a move that may load the PDPTEs of PAE paging. */
    void (*before_control)(struct trip *t);
    bool maps_apic;        /* may map GUEST_APIC_PAGE to GUEST_APIC_ACCESS */
    uint64_t cr4_withheld; /* bits that the guest may not set */
    /* Takes features from a CPUID answer that the technique cannot offer. */
    void (*mask_cpuid)(uint32_t leaf, uint32_t out[4]);
    bool (*check)(const struct vcpu *v, const struct cpu *c, struct error *e);
};

struct guest_vm {
    const struct paging_ops *paging;
    void *paging_data; /* owned by paging */
    hpa_t msr_bitmap;
};

struct guest_vcpu {
    bool in_guest;         /* its last turn ended, but not by an exit, and no
                              interrupt waited: one that comes makes it exit */
    bool halted;           /* HLT, no interrupt since */
    bool masked;           /* ... with interrupts off: nothing will wake it */
    uint64_t inner_cycles; /* of trips within the trip under way */
    uint32_t paging_root;  /* owned by paging */
    bool flush_request;    /* another vCPU weakened a mapping that they share */
    bool apic_in_page;     /* the virtual-APIC page is newer than the platform's
                              local APIC: while the vCPU has its turn */
    struct lapic in_page;  /* what the page holds between turns */
    bool kicked;           /* it wakes from HLT, this or the next: kvm_pv.h */
    bool flush_late;       /* a flush that others left to be done */
    uint64_t steal_msr;    /* MSR_KVM_STEAL_TIME */
    uint64_t steal_known_ns; /* of what it waited, what was said */
};

static inline struct guest_vm *guest_vm(const struct vm *vm)
{
    return vm->technique_data;
}

static inline struct guest_vcpu *guest_vcpu(const struct vcpu *v)
{
    return v->technique_data;
}

/* What exits, of a new vCPU, paging aside (guest_setup.c). */
enum status guest_setup_vm(struct vm *vm, struct error *e);
void guest_setup_vcpu(struct vcpu *v);

/* The hooks of struct technique_ops, for the presets. */
enum status guest_mode_init(struct vm *vm, const struct paging_ops *paging,
                            struct error *e);
void guest_mode_free(struct vm *vm);
void guest_mode_budget(struct vcpu *v, struct cpu *c,
                       struct cpu_budget *budget);
enum vcpu_action guest_mode_handle(struct vcpu *v, struct cpu *c,
                                   const struct cpu_event *event);
void guest_mode_switched_in(struct vcpu *v, uint64_t waited_cycles);
void guest_mode_switched_out(struct vcpu *v);
uint64_t guest_mode_wake_cycle(const struct vcpu *v);
bool guest_mode_check(const struct vcpu *v, const struct cpu *c,
                      struct error *e);

#endif
