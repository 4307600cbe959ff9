/*
 * insn_table.c - insn.def as an array by Zydis mnemonic.
 */
#include "sim/cpu/decode.h"

/* First pass: declare what the rows name. */
#define INSN(mnemonic, function, timing, flags)          op_function function;
#define INSN_BIND(mnemonic, binder, kind, timing, flags) bind_function binder;
#include "sim/cpu/insn.def"
#undef INSN
#undef INSN_BIND

#include "sim/cpu/insn_kinds.h"

#define INSN(mnemonic, function, timing, flags)                                \
    [ZYDIS_MNEMONIC_##mnemonic] = {function, NULL, 0, timing, flags},
#define INSN_BIND(mnemonic, binder, kind, timing, flags)                       \
    [ZYDIS_MNEMONIC_##mnemonic] = {NULL, binder, kind, timing, flags},
static const struct insn_row rows[ZYDIS_MNEMONIC_MAX_VALUE + 1] = {
#include "sim/cpu/insn.def"
};
#undef INSN
#undef INSN_BIND

const struct insn_row *insn_find(ZydisMnemonic mnemonic)
{
    const struct insn_row *row = &rows[mnemonic];

    return row->run || row->bind ? row : NULL;
}
