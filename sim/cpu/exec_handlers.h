/*
 * exec_handlers.h - prototypes of the functions that the vector, string and
 * x87 rows name.
 */
#ifndef SIM_CPU_EXEC_HANDLERS_H
#define SIM_CPU_EXEC_HANDLERS_H
#include "sim/cpu/decode.h"
#include "sim/cpu/op.h"

#define INSN(mnemonic, function, timing, flags)          op_function function;
#define INSN_BIND(mnemonic, binder, kind, timing, flags) bind_function binder;
#define INSN_IF(feature, mnemonic, function, timing, flags)                    \
    op_function function;
#define INSN_IF_BIND(feature, mnemonic, binder, kind, timing, flags)           \
    bind_function binder;
#define MMX(mnemonic, function, timing, feature) op_function function;
#include "sim/cpu/insn_bmi.def"
#include "sim/cpu/insn_mmx.def"
#include "sim/cpu/insn_sse.def"
#include "sim/cpu/insn_sse4.def"
#include "sim/cpu/insn_state.def"
#include "sim/cpu/insn_string.def"
#include "sim/cpu/insn_x87.def"
#undef INSN
#undef INSN_BIND
#undef INSN_IF
#undef INSN_IF_BIND
#undef MMX

/* The vector instructions that share a mnemonic with a string instruction. */
op_function exec_movsd_vector, exec_cmpsd_vector;

#endif
