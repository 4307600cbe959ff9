/*
 * native_smp.h - several CPUs on a bare machine; shared with native_ap.S.
 */
#ifndef KERNEL_NATIVE_SMP_H
#define KERNEL_NATIVE_SMP_H

#define TRAMPOLINE_PA 0x8000 /* the PVH start info was there: it is read */

#ifndef __ASSEMBLER__
#include "workloads/kernel/kernel.h"

/* Starts the others; they idle.  Sets kernel.cpu_count. */
void native_start_cpus(void);
void native_cpu_interrupt(const struct cpu *to);
void native_flush_others(uint32_t cpus, const struct tlb_batch *b);
/* Does what another CPU's native_flush_others() waits for. */
void native_answer_flush(void);

/* Has another CPU asked for that, and waits? */
bool native_flush_is_wanted(unsigned cpu);
uint32_t native_apic_id_of(unsigned cpu);

/* native_lock.c.  Who starts the others has it first. */
void native_take_lock(void);
void native_drop_lock(void);
void native_lock_is_ours(void);
/* It halts until it gets the lock, and hears no interrupt: kick it. */
bool native_lock_halts(unsigned cpu);

static inline void native_relax(void)
{
    __asm__ volatile("pause" ::: "memory");
}

/* Around all that runs in the kernel, but for native_answer_flush(). */
static inline void native_enter(void)
{
    if (kernel.cpu_count > 1)
        native_take_lock();
}

static inline void native_leave(void)
{
    if (kernel.cpu_count > 1)
        native_drop_lock();
}
#endif
#endif
