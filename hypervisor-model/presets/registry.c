/*
 * registry.c - all techniques, in the order in which reports show them.
 */
#include <stddef.h>
#include <string.h>

#include "hypervisor-model/presets/presets.h"
#include "hypervisor-model/pv/pv.h"

const struct technique_ops *const technique_all[] = {
    &technique_native,
    &technique_shadow,
    &technique_nested,
    &technique_pv,
    NULL,
};

const struct technique_ops *technique_find(const char *name)
{
    for (size_t i = 0; technique_all[i]; i++)
        if (strcmp(technique_all[i]->name, name) == 0)
            return technique_all[i];
    return NULL;
}
