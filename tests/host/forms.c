/*
 * forms.c - forms.def as an array.
 */
#include "tests/host/forms.h"

#include "sim/core/macros.h"

#define FORM(group, mnemonic, widths, a, b, c, undefined, hint)                \
    {GROUP_##group,                                                            \
     ZYDIS_MNEMONIC_##mnemonic,                                                \
     widths,                                                                   \
     {OPERAND_##a, OPERAND_##b, OPERAND_##c},                                  \
     UNDEFINED_##undefined,                                                    \
     HINT_##hint},
const struct form forms[] = {
#include "tests/host/forms.def"
};
#undef FORM

const unsigned form_count = ARRAY_LEN(forms);
