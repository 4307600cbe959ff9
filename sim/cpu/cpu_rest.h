/*
 * cpu_rest.h - what a guest's last instruction has left to be done before its
 * next one, and that no register holds.
 *
 * Model     part of a vCPU: it moves with it to another pCPU.  All zero:
 *           nothing is left.
 */
#ifndef SIM_CPU_CPU_REST_H
#define SIM_CPU_CPU_REST_H
#include <stdbool.h>
#include <stdint.h>

#include "sim/core/addr.h"
#include "sim/record/counters.h"

/* MWAIT: asleep until a line holds something else than it did. */
enum { CPU_WAIT_BYTES = 64 };
struct cpu_wait {
    hpa_t line;
    uint8_t data[CPU_WAIT_BYTES]; /* when MONITOR looked */
    bool masked_wake;             /* an interrupt ends it even if masked */
};

/* An exception on its way. */
struct fault {
    uint8_t vector;
    bool has_error;
    bool software;     /* INT n, INT3: privilege of the gate is checked */
    bool address;      /* bad address: #SS instead if the op is OP_STACK */
    bool unblocks_nmi; /* of an IRET that let NMIs in */
    uint32_t error_code;
    uint64_t cr2; /* #PF */
    uint64_t dr6; /* #DB: the causes, as DR6 has them */
};

/* What goes out behind an instruction, before the next: see virtual_apic.h. */
enum behind_kind {
    BEHIND_NOTHING,
    BEHIND_EXIT,      /* a trap-like VM exit */
    BEHIND_PRIORITY,  /* CPU_EVENT_PRIORITY */
    BEHIND_INTERRUPT, /* a virtual interrupt is pending: guest_run() looks */
};
struct behind {
    enum behind_kind kind;
    enum vmexit reason;
    uint64_t qualification;
};

/* What is still to do of a task switch, if due. */
struct task_rest {
    bool due;
    bool loads_cr3;
    uint8_t error_bytes; /* of the error code to push; 0: none */
    uint32_t cr3, error_code;
};

struct cpu_rest {
    struct fault late; /* of a task that was just entered, if late_fault */
    bool late_fault;
    struct task_rest task_rest; /* what it still lacks: see task.h */
    bool trap_pending; /* the monitor trap flag is due before anything else */
    struct behind behind;
    struct cpu_wait monitor; /* what MONITOR saw, if monitor_armed */
    bool monitor_armed;
};

#endif
