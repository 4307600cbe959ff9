/*
 * bios_offsets.h - struct frame and struct bios_header for entry.S.
 */
#ifndef WORKLOADS_BIOS_BIOS_OFFSETS_H
#define WORKLOADS_BIOS_BIOS_OFFSETS_H

#define BIOS_SEGMENT      0xf000
#define BIOS_HEADER_BYTES 176
#define FRAME_BYTES       50
#define FRAME_SPACE       52
#define FRAME_HANDLER     40
#define STACK_BYTES       0x800
#define STACKS            6

#ifndef __ASSEMBLER__
_Static_assert(STACK_BYTES *STACKS <= 0x4000, "a segment has other uses");
#endif

#endif
