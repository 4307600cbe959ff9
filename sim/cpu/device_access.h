/*
 * device_access.h - instructions that reach memory which is not DRAM.
 *
 * Hardware  Intel SDM vol. 3, "Memory Cache Control" (uncacheable memory):
 *           each access reaches the device once, in program order.
 * Model     A read leaves the CPU as CPU_EVENT_DEVICE before its instruction
 *           changes anything; the answer is kept and the instruction begins
 *           again, now finding it (cpu_complete_device).  A write is posted:
 *           its instruction retires, and the event goes out before the next
 *           one.  So every instruction that can address memory can address a
 *           device, with no second interpreter.
 *           A hypervisor whose guest's access did not translate opens a
 *           window: one page that this one instruction sees as a device, or
 *           several, one after the other (cpu_open_device).  Answers are kept
 *           while it is tried again with one more.
 * NOT MODELLED  an access to a device that crosses a page raises #GP(0); so do
 *           instructions with more than 64 bytes in one access.
 */
#ifndef SIM_CPU_DEVICE_ACCESS_H
#define SIM_CPU_DEVICE_ACCESS_H
#include "sim/cpu/access.h"

/* True, and *at is where the device's byte lies, if a window covers va. */
bool device_window_covers(const struct cpu *c, gva_t va, enum access_kind kind,
                          gpa_t *at);

/*
 * The span of an access to a device.  ACCESS_READ: OP_EVENT until it has been
 * answered.
 */
enum op_result device_span(struct cpu *c, gva_t va, unsigned bytes,
                           enum access_kind kind, struct span *s);

/* The old value of a span that was translated for writing. */
enum op_result device_read(struct cpu *c, const struct span *s, void *to,
                           unsigned bytes);

/* Posts a write; OP_END. */
enum op_result device_post(struct cpu *c, const struct span *s,
                           const void *from, unsigned bytes);

/* True, and c->event is the oldest posted write, if there is one. */
bool device_posted(struct cpu *c);

#endif
