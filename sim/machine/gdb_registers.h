/*
 * gdb_registers.h - a CPU's registers as GDB numbers, names and sizes them.
 *
 * Interface  GDB manual, "Target Descriptions", "i386 Features".
 * Model      GDB wants one architecture when it connects, whatever modes the
 *            guest goes through: i386 shows the low halves.  Selectors and
 *            control registers can be read, not written.
 */
#ifndef SIM_MACHINE_GDB_REGISTERS_H
#define SIM_MACHINE_GDB_REGISTERS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/cpu/cpu_state.h"

enum { GDB_REGISTER_BYTES = 16 };

enum gdb_architecture { GDB_X86_64, GDB_I386 };

unsigned gdb_register_count(enum gdb_architecture a);

/* Bytes of register n, little-endian in out; 0: there is no such register. */
unsigned gdb_register_read(enum gdb_architecture a, const struct cpu_state *s,
                           unsigned n, uint8_t out[GDB_REGISTER_BYTES]);

/* False if it cannot be written. */
bool gdb_register_write(enum gdb_architecture a, struct cpu_state *s,
                        unsigned n, const uint8_t in[GDB_REGISTER_BYTES]);

/* The target description; returns its length, at most bytes - 1. */
size_t gdb_register_description(enum gdb_architecture a, char *out,
                                size_t bytes);

#endif
