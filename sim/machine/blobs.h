/*
 * blobs.h - the files that travel inside the program, byte for byte.
 *
 * machine.mk writes an assembler file that includes them: the linked
 * minikernel, the multi-call executable of the built-in programs, the first
 * process of real kernels, the BIOS, and the profiles.
 */
#ifndef SIM_MACHINE_BLOBS_H
#define SIM_MACHINE_BLOBS_H
#include <stddef.h>
#include <stdint.h>

extern const uint8_t blob_minikernel_start[], blob_minikernel_end[];
extern const uint8_t blob_programs_start[], blob_programs_end[];
/* Their symbol table and lines, which do not travel to the guest. */
extern const uint8_t blob_programs_names_start[], blob_programs_names_end[];
/* Of real kernels. */
extern const uint8_t blob_init_start[], blob_init_end[];
extern const uint8_t blob_init32_start[], blob_init32_end[];
extern const uint8_t blob_bios_start[], blob_bios_end[];

struct blob_profile {
    const char *name;
    const char *text; /* of the .conf file; ends with a NUL */
};

extern const struct blob_profile blob_profiles[]; /* ends with {NULL, NULL} */

#endif
