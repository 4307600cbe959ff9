/*
 * xen_guest.h - what the kernel keeps when it runs under Xen.
 *
 * Source  Xen public headers (xen.h and those it names).
 *
 * Reading order  xen_entry.S, xen_start.c, xen_memory.c, xen_mmu.c,
 * xen_event.c, xen_io.c, xen_ops.c.
 */
#ifndef KERNEL_XEN_GUEST_H
#define KERNEL_XEN_GUEST_H
#include <stdbool.h>
#include <stdint.h>

#include "workloads/kernel/boot_info.h"
#include "workloads/kernel/pv_ops.h"
#include "workloads/kernel/trap.h"
#include "workloads/kernel/xen_hypercall.h"

enum { XEN_QUEUE_UPDATES = 64, XEN_QUEUE_OPS = 32 };

/* Page-table work on its way to Xen. */
struct xen_queue {
    bool lazy; /* between lazy_begin() and lazy_end() */
    unsigned updates, ops;
    struct mmu_update update[XEN_QUEUE_UPDATES];
    struct mmuext_op op[XEN_QUEUE_OPS]; /* after the updates */
};

/* Per-process registers of Xen's that are set on the way to user mode. */
struct xen_context {
    uint64_t stack, fs_base, gs_base;            /* wanted */
    uint64_t loaded_stack, loaded_fs, loaded_gs; /* Xen has these */
};

struct xen_guest {
    const struct start_info *start;
    const uint64_t *p2m; /* machine frame of a pfn */
    pfn_t direct_l1;     /* first of the tables that map all RAM */
    struct xen_queue queue;
    struct xen_context context;
    volatile struct vcpu_info *vcpu;
    struct xencons_interface *ring; /* NULL: console_io for all output */
    uint32_t ring_port, timer_port;
    struct boot_info boot;
};

extern struct xen_guest xen_guest;

static inline uint64_t xen_pfn_to_machine(pfn_t pfn)
{
    return xen_guest.p2m[pfn];
}

static inline pfn_t xen_machine_to_pfn(uint64_t machine_frame)
{
    return machine_to_phys_mapping[machine_frame];
}

/* xen_entry.S */
void xen_syscall_entry(void);
void xen_event_entry(void);
void xen_failsafe_entry(void);
void xen_return_to_user(struct trap_frame *f) __attribute__((noreturn));
extern const uint64_t xen_trap_entries[20]; /* by vector; 0: none */

/* xen_memory.c */
void xen_map_memory(struct boot_info *b);
void xen_set_mapping(uint64_t va, uint64_t pte);

/* xen_mmu.c */
void xen_queue_update(uint64_t machine_address, uint64_t value);
void xen_queue_op(unsigned command, uint64_t argument);
void xen_queue_flush(void);
bool xen_space_new(struct pt_root *root);
void xen_space_ready(struct pt_root *root);
void xen_space_dying(struct pt_root *root);
void xen_space_free(struct pt_root *root);
void xen_table_new(struct pt_root *root, pfn_t table, unsigned level);
void xen_table_free(struct pt_root *root, pfn_t table, unsigned level);
void xen_pte_set(const struct pt_slot *slot, uint64_t value);
void xen_lazy_begin(void);
void xen_lazy_end(void);
void xen_load_space(struct pt_root *root);
void xen_flush_page(uint64_t va);
void xen_flush_user(void);

/* xen_event.c */
void xen_event_map(void); /* the page that Xen shares with us */
void xen_event_init(void);
void xen_upcall(struct trap_frame *f);
uint64_t xen_clock_ns(void);
uint64_t xen_boot_epoch_s(void);
void xen_timer_arm(uint64_t deadline_ns);
void xen_idle(void);

/* xen_io.c */
void xen_io_init(void);
void xen_write(enum stream stream, const void *data, size_t bytes);
void xen_shutdown(uint8_t status) __attribute__((noreturn));

/* xen_ops.c */
extern const struct pv_ops xen_ops;
void xen_load_context(void);
void xen_trap(struct trap_frame *f);

#endif
