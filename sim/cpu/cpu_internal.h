/*
 * cpu_internal.h - struct cpu, for the files of sim/cpu alone.
 */
#ifndef SIM_CPU_CPU_INTERNAL_H
#define SIM_CPU_CPU_INTERNAL_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mmu/memory.h"
#include "mmu/mmu.h"
#include "sim/core/macros.h"
#include "sim/cpu/cpu.h"
#include "sim/cpu/cpu_features.h"
#include "sim/cpu/cpu_rest.h"
#include "sim/cpu/flags.h"
#include "sim/cpu/op.h"
#include "sim/cpu/timing.h"

/* The instruction behind CPU_EVENT_PORT or CPU_EVENT_MSR. */
enum pending_kind { PENDING_NONE, PENDING_PORT, PENDING_MSR };
struct pending {
    enum pending_kind kind;
    uint8_t length;
    uint8_t address_bytes;
    bool rep;
    bool write; /* PENDING_MSR */
    struct cpu_port port;
};

/* Where a transparent stop left a block; block NULL: at an end. */
struct resume {
    const struct block *block;
    unsigned at; /* its next op */
    uint64_t rip;
};

/* What a debugger watches (watch.h); valid: hit. */
struct watch {
    const struct cpu_stops *stops; /* of the last cpu_run(); NULL: none */
    bool on;                       /* they watch data */
    bool cells;                    /* ... or cells */
    bool in_op;                    /* an instruction is being executed */
    struct cpu_watch_hit touched;  /* by the op that is being executed */
    struct cpu_watch_hit tried;    /* by the last, which did not retire */
    struct cpu_watch_hit hit;      /* not yet taken */
    struct cpu_cells known;        /* before the op that is being executed */
};

/* Between the CPU and device memory (device_access.h). */
struct device_window { /* a page that is a device's, wherever it leads */
    gva_t gva;
    gpa_t gpa;
    bool write; /* may be written, too */
};
struct device_port {
    struct cpu_device answer[16]; /* reads of the instruction at hand */
    unsigned answers;
    struct cpu_device post[CPU_DEVICE_BYTES]; /* writes, oldest first */
    unsigned posted;
    unsigned unit_bytes; /* 0, or elements of a string that moves several */
    struct device_window window[CPU_DEVICE_WINDOWS];
    unsigned windows;                  /* that are open, for one instruction */
    uint8_t scratch[CPU_DEVICE_BYTES]; /* what a span of a device points to */
};

/* What the decoder must know of the CPU's mode; part of a block's key. */
enum {
    MODE_64 = 1 << 0,     /* 64-bit code segment */
    MODE_32 = 1 << 1,     /* 32-bit default size; neither: 16-bit */
    MODE_SSE_UD = 1 << 2, /* vector instructions raise #UD */
    MODE_FPU_NM = 1 << 3, /* x87 and vector instructions raise #NM */
    MODE_LEGACY = 1 << 4, /* outside 64-bit mode: segments have limits */
    MODE_REAL = 1 << 5,   /* CR0.PE is clear */
    MODE_V86 = 1 << 6,    /* virtual-8086 mode */
    MODE_BREAK = 1 << 7,  /* breakpoints are on: one instruction at a time */
    MODE_EM = 1 << 8,     /* CR0.EM: MMX instructions raise #UD */
};

enum { REP_MOST = 4096 }; /* iterations between two looks at the budget */

struct block;
struct block_cache;
struct mmu_hot;

struct cpu {
    struct cpu_state state;  /* first: operand offsets start here */
    uint64_t zero;           /* an address part that is not there */
    uint64_t block_rip;      /* rip of the running block's first instruction */
    struct lazy_flags flags; /* live while cpu_run() runs */
    struct mmu_hot *hot;     /* of mmu */
    uint8_t *dram_base;      /* of dram */
    struct mmu *mmu;
    struct memory *dram;
    enum access_mode access_mode; /* of explicit accesses now; with
                                     ACCESS_WATCHED none takes the fast path */
    struct timing time;
    struct counters *counters;
    uint64_t retired;
    uint64_t counted_retired;   /* of these, in counters already */
    enum ledger_row retire_row; /* USER or KERNEL: whose the others are */
    uint64_t rep_limit;   /* iterations that a REP op may do at once, >= 1 */
    uint64_t rep_retired; /* iterations beyond the first that an op retired */
    struct fault fault;
    struct fault late; /* of a task that was just entered, if late_fault */
    bool late_fault;
    struct task_rest task_rest; /* what it still lacks: see task.h */
    uint64_t debug_hits;        /* DR6 bits of data breakpoints that were hit */
    uint8_t canonical_shift;    /* 64 - bits of a linear address: 16, 7 */
    bool step_lost;         /* this op goes on elsewhere without its TF trap */
    bool check_alignment;   /* CR0.AM, EFLAGS.AC and CPL 3 */
    struct cpu_event event; /* filled by an op that returns OP_EVENT */
    bool event_retired;     /* the op behind event is retired all the same */
    struct pending pending;
    uint32_t mode;            /* MODE_* */
    struct block *last_block; /* that control came from; NULL: unknown */
    struct cpu_config config;
    uint64_t features; /* 1 << enum cpu_feature, of config */
    struct guest_control control;
    uint64_t ple_first_cycle, ple_last_cycle; /* of a loop with PAUSE: its
                                                 begin, the end of the last */
    bool trap_pending; /* the monitor trap flag is due before anything else */
    struct block_cache *blocks;
    uint64_t blocks_seen; /* changes of it that this CPU knows of */
    uint16_t latency_cycles[TIMING_CLASS_COUNT];
    struct counters spare_counters; /* until cpu_set_record() names others */
    struct ledger spare_ledger;
    uint8_t port_data[CPU_PORT_DATA_BYTES];
    struct device_port device;
    struct behind behind;
    struct cpu_wait monitor; /* what MONITOR saw, if monitor_armed */
    bool monitor_armed;
    struct resume resume;
    struct watch watch;
    bool guest_watches; /* alignment or data, by the guest's own registers */
};

/* Register operands: offset is a field of struct op. */
static inline uint8_t *cpu_at(struct cpu *c, uint16_t offset)
{
    return (uint8_t *)c + offset;
}

static inline uint64_t cpu_u64(const struct cpu *c, uint16_t offset)
{
    return *(const uint64_t *)(const void *)((const uint8_t *)c + offset);
}

static inline union xmm *cpu_xmm(struct cpu *c, uint16_t offset)
{
    return (union xmm *)(void *)((uint8_t *)c + offset);
}

/* Raise an exception: `return cpu_fault(c, VECTOR_UD);`. */
static inline enum op_result cpu_fault(struct cpu *c, uint8_t vector)
{
    c->fault = (struct fault){.vector = vector};
    return OP_FAULT;
}

static inline enum op_result cpu_fault_error(struct cpu *c, uint8_t vector,
                                             uint32_t error_code)
{
    c->fault = (struct fault){
        .vector = vector, .has_error = true, .error_code = error_code};
    return OP_FAULT;
}

static inline enum op_result cpu_gp0(struct cpu *c)
{
    return cpu_fault_error(c, VECTOR_GP, 0);
}

/* RFLAGS with the arithmetic flags computed, and loading all of them. */
static inline uint64_t cpu_rflags(const struct cpu *c)
{
    return (c->state.rflags & ~RFLAGS_ARITHMETIC) | flags_get(&c->flags) |
           RFLAGS_FIXED;
}

/* cpu->event goes out, and this op is done: HLT. */
static inline enum op_result cpu_retire_with_event(struct cpu *c)
{
    c->event_retired = true;
    return OP_EVENT;
}

/* Instructions that retire otherwise than as ops of a block. */
static inline void cpu_retire(struct cpu *c, uint64_t count)
{
    c->retired += count;
    if (c->time.counting)
        c->time.retire_cycle += count;
}

/* Brings counters and ledger up to date. */
void cpu_settle(struct cpu *c);

/*
 * What has retired until now did so in retire_row, the op that changed the
 * mode included; what follows, in the new one.  For between blocks.
 */
void cpu_follow_mode_slow(struct cpu *c);

static inline void cpu_follow_mode(struct cpu *c)
{
    if (__builtin_expect(c->retire_row != c->time.base_row, 0))
        cpu_follow_mode_slow(c);
}

/* Between architectural and running form: lazy flags, counters, ledger. */
void cpu_enter(struct cpu *c);
void cpu_leave(struct cpu *c);

/* Follows with the modes when AC or VM changes. */
void cpu_set_rflags(struct cpu *c, uint64_t rflags);

/* 48 bits of linear address, or 57 with CR4.LA57, sign-extended. */
static inline bool cpu_canonical(const struct cpu *c, uint64_t address)
{
    unsigned shift = c->canonical_shift;

    return (uint64_t)((int64_t)(address << shift) >> shift) == address;
}

/*
 * The same for what WRMSR, LGDT, WRFSBASE and descriptors load: by what the
 * CPU has, whatever CR4.LA57 says (SDM vol. 3, "Canonical Addressing").
 */
static inline bool cpu_base_canonical(const struct cpu *c, uint64_t base)
{
    unsigned shift = c->features >> FEATURE_LA57 & 1 ? 7 : 16;

    return (uint64_t)((int64_t)(base << shift) >> shift) == base;
}

static inline bool cpu_in_64bit(const struct cpu *c)
{
    return c->mode & MODE_64;
}

#endif
