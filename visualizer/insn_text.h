/*
 * insn_text.h - the instruction at an address, as Intel writes it.
 */
#ifndef VISUALIZER_INSN_TEXT_H
#define VISUALIZER_INSN_TEXT_H
#include "sim/cpu/cpu.h"

enum { INSN_TEXT_BYTES = 104 };

/* "mov cr3, rax"; returns its bytes.  0: text says that there is none. */
unsigned insn_text(const struct cpu *c, uint64_t rip,
                   char text[static INSN_TEXT_BYTES]);

#endif
