/*
 * debug.h - breakpoints and single steps.
 *
 * Hardware  Intel SDM vol. 3, "Debug Registers", "Debug Exceptions".
 * Model     while a breakpoint is enabled (MODE_BREAK), instructions run one
 *           at a time; while one watches data, no access takes the fast path.
 *           Without them nothing is asked.
 * NOT MODELLED  LBR, branch-trace messages, bus-lock and RTM debugging.
 */
#ifndef SIM_CPU_DEBUG_H
#define SIM_CPU_DEBUG_H
#include "sim/cpu/cpu_internal.h"

/* DR6: breakpoints 0 to 3, and the other causes. */
#define DR6_HITS  ((uint64_t)0xf)
#define DR6_BD    ((uint64_t)1 << 13)
#define DR6_BS    ((uint64_t)1 << 14)
#define DR6_BT    ((uint64_t)1 << 15)
#define DR6_FIXED ((uint64_t)0xffff0ff0)

#define DR7_ENABLES ((uint64_t)0xff)
#define DR7_LOCAL   ((uint64_t)0x155) /* L0 .. L3, LE */
#define DR7_GD      ((uint64_t)1 << 13)
#define DR7_FIXED   ((uint64_t)0x400)

/* IA32_DEBUGCTL: TF stops after branches only. */
#define DEBUGCTL_LBR ((uint64_t)1 << 0)
#define DEBUGCTL_BTF ((uint64_t)1 << 1)

/* True if each instruction must be looked at. */
static inline bool debug_is_on(const struct cpu_state *s)
{
    return (s->dr[7] & DR7_ENABLES) || s->pending_debug;
}

/* True if an enabled breakpoint is for reads or writes. */
bool debug_watches_data(const struct cpu_state *s);

/* DR6 bits of the breakpoints on an instruction that starts at va. */
uint64_t debug_code_hits(const struct cpu_state *s, gva_t va);

/* Notes in cpu->debug_hits which breakpoints a data access touches. */
void debug_watch_data(struct cpu *c, gva_t va, unsigned bytes,
                      enum access_kind kind);

/* DR6 bits of the breakpoints on ports. */
uint64_t debug_port_hits(const struct cpu_state *s, uint16_t port,
                         unsigned bytes);

/* A #DB with causes as in DR6: `return debug_fault(c, DR6_BD);`. */
enum op_result debug_fault(struct cpu *c, uint64_t causes);

/* What a #DB that reaches its handler leaves in DR6 and DR7. */
void debug_record(struct cpu_state *s, uint64_t causes);

#endif
