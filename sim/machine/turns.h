/*
 * turns.h - whose turn it is: which pCPU runs, for how long, who sleeps.
 *
 * Model     the pCPU with the earliest next thing to do runs; it keeps its turn
 *           until it is smp.quantum_cycles past the next one in line.  So no
 *           CPU is ever further ahead of a busy one than a quantum and one
 *           instruction, and what they do to each other (memory, interrupts)
 *           is at most that much early or late.  A CPU that waits is left
 *           behind, and its clock is brought up to the event that wakes it.
 *           Instructions of different CPUs never overlap: memory is
 *           sequentially consistent, which is one of the orders that TSO
 *           allows (Intel SDM vol. 3, "Memory Ordering"), and an instruction
 *           with LOCK is atomic as any other is.
 * NOT MODELLED  store buffers, coherence traffic.
 * INVARIANT     the order depends on the simulated clocks alone, so it is the
 *               same however often the loop is left and entered again.
 */
#ifndef SIM_MACHINE_TURNS_H
#define SIM_MACHINE_TURNS_H
#include "sim/machine/machine.h"

/* When p can next do something; UINT64_MAX: nothing will wake it. */
uint64_t pcpu_ready_cycle(const struct pcpu *p);

/* The earliest of them, or NULL if all wait for ever. */
struct pcpu *machine_next_pcpu(struct machine *m);

/* Until when p keeps its turn. */
uint64_t machine_turn_end(const struct machine *m, const struct pcpu *p);

/* Idle time up to a cycle; how much that was. */
uint64_t pcpu_pass_time(const struct pcpu *p, uint64_t until_cycle);

/* It waits, and what it waits for is there. */
bool pcpu_wakes_now(const struct pcpu *p);

/*
 * Brings the clocks of those who wait up to a cycle, but not past what wakes
 * them: so that a figure of the whole machine has their idle time in it.
 */
void machine_pass_idle_time(struct machine *m, uint64_t until_cycle);

#endif
