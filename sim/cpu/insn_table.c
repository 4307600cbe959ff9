/*
 * insn_table.c - insn.def as an array by Zydis mnemonic, and insn_mmx.def as
 * another.
 */
#include "sim/cpu/cpu_features.h"
#include "sim/cpu/decode.h"

/* First pass: declare what the rows name. */
#define INSN(mnemonic, function, timing, flags)          op_function function;
#define INSN_BIND(mnemonic, binder, kind, timing, flags) bind_function binder;
#define INSN_IF(feature, mnemonic, function, timing, flags)                    \
    op_function function;
#define INSN_IF_BIND(feature, mnemonic, binder, kind, timing, flags)           \
    bind_function binder;
#define MMX(mnemonic, function, timing, feature) op_function function;
#include "sim/cpu/insn.def"
#include "sim/cpu/insn_mmx.def"
#undef INSN
#undef INSN_BIND
#undef INSN_IF
#undef INSN_IF_BIND
#undef MMX

#include "sim/cpu/insn_kinds.h"

#define INSN(mnemonic, function, timing, flags)                                \
    INSN_IF(NONE, mnemonic, function, timing, flags)
#define INSN_BIND(mnemonic, binder, kind, timing, flags)                       \
    INSN_IF_BIND(NONE, mnemonic, binder, kind, timing, flags)
#define INSN_IF(feature, mnemonic, function, timing, flags)                    \
    [ZYDIS_MNEMONIC_##                                                         \
        mnemonic] = {function, NULL, 0, timing, flags, FEATURE_##feature},
#define INSN_IF_BIND(feature, mnemonic, binder, kind, timing, flags)           \
    [ZYDIS_MNEMONIC_##                                                         \
        mnemonic] = {NULL, binder, kind, timing, flags, FEATURE_##feature},
static const struct insn_row rows[ZYDIS_MNEMONIC_MAX_VALUE + 1] = {
#include "sim/cpu/insn.def"
};

#define MMX(mnemonic, function, timing, feature)                               \
    INSN_IF(feature, mnemonic, function, timing, INSN_MMX)
static const struct insn_row mmx_rows[ZYDIS_MNEMONIC_MAX_VALUE + 1] = {
#include "sim/cpu/insn_mmx.def"
};
#undef INSN
#undef INSN_BIND
#undef INSN_IF
#undef INSN_IF_BIND
#undef MMX

static const struct insn_row *find(const struct insn_row *table,
                                   ZydisMnemonic mnemonic)
{
    const struct insn_row *row = &table[mnemonic];

    return row->run || row->bind ? row : NULL;
}

const struct insn_row *insn_find(ZydisMnemonic mnemonic)
{
    return find(rows, mnemonic);
}

const struct insn_row *insn_find_mmx(ZydisMnemonic mnemonic)
{
    return find(mmx_rows, mnemonic);
}
