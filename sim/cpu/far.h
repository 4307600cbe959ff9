/*
 * far.h - transfers of control to another code segment or privilege level.
 */
#ifndef SIM_CPU_FAR_H
#define SIM_CPU_FAR_H
#include "sim/cpu/op.h"

op_function exec_jmp_far, exec_call_far, exec_ret_far, exec_iret;

#endif
