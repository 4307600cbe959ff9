/*
 * gdb.h - a run under GDB: `target remote`, breakpoints, stepping both ways.
 *
 * Interface  GDB manual, "Remote Protocol" (packets), "Reverse Execution".
 * Model      registers and memory are those of a pCPU as its guest sees them
 *            now, memory through the guest's own page tables; each pCPU is a
 *            thread.  Breakpoints are addresses that the CPU looks for; the
 *            guest's memory is not touched.
 *            Watchpoints are sim/cpu/watch.h's: a run under them costs what
 *            it costs without.
 *            GDB knows one architecture for the whole run: that of the
 *            guest's kernel, i386 for a boot sector, or --gdb-arch.
 */
#ifndef SIM_MACHINE_GDB_H
#define SIM_MACHINE_GDB_H
#include "sim/machine/run_loop.h"

struct session;

/* Serves the debugger on fd until it detaches or ends the run. */
void gdb_serve(int fd, struct run *run, struct session *session);

#endif
