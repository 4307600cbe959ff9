/*
 * exec_io.h - what IN, OUT and the string forms INS, OUTS share.
 */
#ifndef SIM_CPU_EXEC_IO_H
#define SIM_CPU_EXEC_IO_H
#include "sim/cpu/cpu_internal.h"

/*
 * May the program use these ports?  CPL against IOPL, then the permission
 * bitmap of the TSS.  #GP(0), or what reading the TSS raises.
 */
enum op_result port_check(struct cpu *c, uint16_t port, unsigned bytes);

/*
 * Hands a port access out as CPU_EVENT_PORT or an IO exit; returns OP_EVENT.
 * A string access has its data in cpu->port_data (OUTS), or has checked that
 * all of its destination can be written (INS).
 */
enum op_result port_leave(struct cpu *c, const struct op *op,
                          const struct cpu_port *port);

#endif
