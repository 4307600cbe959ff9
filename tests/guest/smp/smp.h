/*
 * smp.h - numbers that smp.c and smp_entry.S share.
 */
#ifndef TESTS_GUEST_SMP_SMP_H
#define TESTS_GUEST_SMP_SMP_H

#define TRAMPOLINE_PA        0x8000
#define MOST_CPUS            16
#define STACK_SHIFT          13
#define FIRST_VECTOR         0x40
#define VECTORS              6
#define INTERRUPT_STUB_BYTES 16

#define VECTOR_WORK  0x40 /* there is a new job */
#define VECTOR_PING  0x41
#define VECTOR_PONG  0x42
#define VECTOR_FLUSH 0x43
#define VECTOR_SELF  0x44
#define VECTOR_STRAY 0x45
#define VECTOR_NMI   2

#ifndef __ASSEMBLY__
/* What all CPUs do at once. */
typedef void job(unsigned cpu);
#endif

#endif
