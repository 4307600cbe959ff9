/*
 * pv_domain.h - what the pv hypervisor knows of a domain and its vCPUs.
 *
 * Source  Xen public headers; "Xen and the Art of Virtualization", SOSP 2003,
 *         sections 3.2 and 3.3 (x86 memory: direct paging).
 * Glossary (Xen's)  mfn: machine frame, our hfn_t.  pfn: index into the
 *         domain's own, contiguous numbering; the p2m list maps pfn to mfn
 *         and the M2P table maps back.
 */
#ifndef HYPERVISOR_MODEL_PV_PV_DOMAIN_H
#define HYPERVISOR_MODEL_PV_PV_DOMAIN_H
#include <stdbool.h>
#include <stdint.h>

#include "hypervisor-model/hypervisor.h"
#include "hypervisor-model/pv/xen_abi.h"

/* What a machine frame is used as; a frame has one type at a time. */
enum pv_type {
    PV_TYPE_NONE,
    PV_TYPE_L1, /* levels 1..4 equal their type number */
    PV_TYPE_L2,
    PV_TYPE_L3,
    PV_TYPE_L4,
    PV_TYPE_SEGDESC,  /* descriptor table */
    PV_TYPE_WRITABLE, /* mapped writable somewhere */
};

/* The frame table: one row per frame of the domain. */
struct pv_page {
    uint32_t refs;        /* mappings and other uses */
    uint32_t type_refs;   /* uses that need the type; 0: it may change */
    uint32_t flush_stamp; /* domain's flush_clock when type_refs fell to 0 */
    uint8_t type;         /* enum pv_type; the last one if type_refs is 0 */
    bool pinned;
};

enum { PV_MAX_PORTS = 64, PV_GDT_PAGES = 16 };

enum pv_port_kind {
    PV_PORT_CLOSED,
    PV_PORT_UNBOUND,
    PV_PORT_CONSOLE, /* interdomain, the console's backend at the other end */
    PV_PORT_STORE,   /* interdomain, nobody listens */
    PV_PORT_VIRQ,
    PV_PORT_IPI,
};

struct pv_port {
    uint8_t kind; /* enum pv_port_kind */
    uint8_t vcpu;
    uint8_t virq;
};

struct pv_trap_handler {
    uint64_t address; /* 0: none */
    uint8_t flags;    /* of struct trap_info */
};

struct pv_callback {
    uint64_t address;
    bool mask_events;
};

struct pv_domain {
    struct vm *vm;
    struct memory *dram;
    hfn_t first; /* machine frames [first, first + frames) are the domain's */
    uint64_t frames;
    struct pv_page *pages; /* frames rows, then one for shared_info */
    hpa_t frame_table;     /* where Xen would keep them, for cache effects */
    uint32_t flush_clock;  /* full TLB flushes so far */
    bool types_changed;    /* since the last check */

    hfn_t shared_info;
    hpa_t m2p; /* machine-to-physical table, one u64 per frame of DRAM */
    uint64_t xen_slots[XEN_L4_LAST - XEN_L4_FIRST + 1]; /* L4 entries */
    hfn_t gdt_l1;  /* maps the GDT of each vCPU, PV_GDT_PAGES each */
    hfn_t xen_gdt; /* the page with Xen's own descriptors */

    struct pv_port ports[PV_MAX_PORTS];
    hfn_t console_ring, store_ring; /* the backends hold them writable */

    /* Clock: pvclock scale, and the TSC value of system time 0. */
    bool clock_ready;
    uint64_t tsc_khz;
    uint32_t clock_mul;
    int8_t clock_shift;
};

struct pv_vcpu {
    struct pv_trap_handler traps[256];
    struct pv_callback event, failsafe, syscall;
    uint64_t kernel_sp;
    uint64_t kernel_ss;
    bool kernel_mode;             /* else a program runs */
    hfn_t kernel_root, user_root; /* user_root 0: none */
    hfn_t gdt_frames[PV_GDT_PAGES - 2];
    unsigned gdt_pages;
    hpa_t info;   /* struct vcpu_info */
    uint8_t iopl; /* PHYSDEVOP_set_iopl */
    uint64_t vm_assist;
    uint64_t cr0, cr4; /* what the guest thinks; TS is real */
    uint64_t oneshot_ns, periodic_next_ns; /* UINT64_MAX: off */
    uint64_t period_ns;
    uint64_t tsc_base; /* clock of the pCPU at TSC 0 */
    bool blocked;      /* SCHEDOP_block, no event since */
};

/*
 * One visit to the hypervisor.  Work is added up in work_cycles and charged
 * once, when the visit ends.  c and mmu may be NULL in tests and while the
 * domain is built: then nothing costs anything.
 */
struct pv_turn {
    struct pv_domain *domain;
    struct pv_vcpu *vcpu;
    struct vcpu *v;
    struct cpu *c;
    struct mmu *mmu;
    const struct hv_config *costs;
    uint64_t start_cycle, start_rip;
    const struct cpu_trap *trap; /* NULL: an interrupt's */
    uint64_t trip_cycle;         /* when the trip that was counted began */
    enum vmexit reason;          /* of it */
    bool counted;
    uint64_t work_cycles;
    enum vcpu_action action;
    uint32_t requests;    /* made in this visit, see pv_turn_request() */
    bool no_result;       /* the hypercall replaced all registers (iret) */
    uint64_t fault_va;    /* where the last copy from or to the guest failed */
    uint32_t fault_error; /* its page-fault error code */
};

struct pv_turn pv_turn_begin(struct vcpu *v, struct cpu *c);

/* Counts one trip: the ring switch is charged, and the reason counted. */
void pv_turn_count(struct pv_turn *t, enum vmexit reason);

/* Charges the work to row and returns the action. */
enum vcpu_action pv_turn_end(struct pv_turn *t, enum ledger_row row);

/*
 * One more request of a batch.  False: the visit has made too many; Xen would
 * let the guest continue it in another, we refuse the rest.
 */
bool pv_turn_request(struct pv_turn *t);

/* The hypervisor reads or writes the line at a. */
void pv_touch(struct pv_turn *t, hpa_t a, enum access_kind kind);

/* Ends the domain with one line. */
void pv_crash(struct pv_turn *t, const char *why, uint64_t value);

/* The frame table's row of a frame that the domain owns; NULL: it does not. */
struct pv_page *pv_page_of(const struct pv_domain *d, hfn_t mfn);
hfn_t pv_page_frame(const struct pv_domain *d, const struct pv_page *p);

/* Machine frame of a pfn at domain creation, see pv_build.c. */
hfn_t pv_initial_mfn(const struct pv_domain *d, uint64_t pfn);

static inline struct pv_domain *pv_domain_of(const struct vm *vm)
{
    return vm->technique_data;
}

static inline struct pv_vcpu *pv_vcpu_of(const struct vcpu *v)
{
    return v->technique_data;
}

#endif
