#include "sim/machine/syscall_names.h"

#include <stddef.h>

#include "sim/core/macros.h"

static const char *const names[] = {
#define SYSCALL_NAME(number, name) [number] = #name,
#include "sim/machine/syscall_names.def"
#undef SYSCALL_NAME
};

const char *syscall_name(unsigned number)
{
    return number < ARRAY_LEN(names) && names[number] ? names[number] : "?";
}
