/*
 * blobs.h - the guest software that travels inside the program.
 *
 * machine.mk writes an assembler file that includes the linked minikernel
 * and the multi-call executable of the built-in programs, byte for byte.
 */
#ifndef SIM_MACHINE_BLOBS_H
#define SIM_MACHINE_BLOBS_H
#include <stddef.h>
#include <stdint.h>

extern const uint8_t blob_minikernel_start[], blob_minikernel_end[];
extern const uint8_t blob_programs_start[], blob_programs_end[];

#endif
