/*
 * syscall_names.h - what Linux calls a system call, for reports.
 */
#ifndef SIM_MACHINE_SYSCALL_NAMES_H
#define SIM_MACHINE_SYSCALL_NAMES_H

/* "?" if there is no such call. */
const char *syscall_name(unsigned number);

#endif
