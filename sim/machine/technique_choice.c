#include "sim/machine/technique_choice.h"

#include <stdio.h>
#include <string.h>

#include "sim/machine/suggest.h"

static const char unset[] = "technique";

static enum status add(struct config *c, const struct technique_ops *t,
                       struct error *e)
{
    for (unsigned i = 0; i < c->technique_count; i++)
        if (c->techniques[i] == t)
            return error_set(e, STATUS_USAGE, "technique %s is named twice",
                             t->name);
    if (c->technique_count == CONFIG_MAX_TECHNIQUES)
        return error_set(e, STATUS_USAGE, "at most %d techniques at a time",
                         CONFIG_MAX_TECHNIQUES);
    c->techniques[c->technique_count++] = t;
    return STATUS_OK;
}

static enum status unknown_technique(const char *name, struct error *e)
{
    struct suggestion near = {0};
    char text[128];

    for (size_t i = 0; technique_all[i]; i++)
        suggest_offer(&near, name, technique_all[i]->name);
    return error_set(e, STATUS_USAGE,
                     "unknown technique '%s'%s (ringside list techniques)",
                     name, suggest_text(&near, text, sizeof text));
}

static enum status add_named(struct config *c, const char *names,
                             struct error *e)
{
    enum status s = STATUS_OK;
    const char *at = names;

    while (at && s == STATUS_OK) {
        size_t chars = strcspn(at, ",");
        char name[32];

        snprintf(name, sizeof name, "%.*s", (int)(chars < 31 ? chars : 31), at);
        if (!technique_find(name))
            return unknown_technique(name, e);
        s = add(c, technique_find(name), e);
        at = at[chars] == ',' ? at + chars + 1 : NULL;
    }
    return s;
}

static bool fits(const char *asked, const char *has)
{
    return strcmp(asked, unset) == 0 || strcmp(asked, has) == 0;
}

/* The legal combinations, for the message: "none+none hardware+shadow". */
static void combinations(char *buffer, size_t bytes)
{
    size_t used = 0;

    buffer[0] = '\0';
    for (size_t i = 0; technique_all[i] && used < bytes; i++)
        used += (size_t)snprintf(buffer + used, bytes - used, "%s%s+%s",
                                 used ? ", " : "", technique_all[i]->cpu_virt,
                                 technique_all[i]->mmu_virt);
}

static bool virt_given(const struct config *c)
{
    return strcmp(c->cpu_virt, unset) != 0 || strcmp(c->mmu_virt, unset) != 0;
}

/* Every row that fits; with one choice left open there may be several. */
static enum status add_by_virt(struct config *c, bool several, struct error *e)
{
    enum status s = STATUS_OK;
    char text[256];

    for (size_t i = 0; technique_all[i] && s == STATUS_OK; i++)
        if (fits(c->cpu_virt, technique_all[i]->cpu_virt) &&
            fits(c->mmu_virt, technique_all[i]->mmu_virt))
            s = add(c, technique_all[i], e);
    if (s != STATUS_OK)
        return s;
    combinations(text, sizeof text);
    if (c->technique_count == 0)
        return error_set(e, STATUS_USAGE,
                         "no technique combines cpu.virt=%s with mmu.virt=%s "
                         "(legal: %s)",
                         c->cpu_virt, c->mmu_virt, text);
    if (c->technique_count > 1 && !several)
        return error_set(e, STATUS_USAGE,
                         "cpu.virt=%s and mmu.virt=%s fit more than one "
                         "technique; set both (legal: %s)",
                         c->cpu_virt, c->mmu_virt, text);
    return STATUS_OK;
}

/* A guest kernel that was made for hardware. */
static bool cannot_run(const struct config *c, const struct technique_ops *t)
{
    return c->no_pv && strcmp(t->cpu_virt, "deprived") == 0;
}

static enum status add_default(struct config *c, bool several, struct error *e)
{
    enum status s = STATUS_OK;
    struct error why;

    if (!several)
        return add_named(c, "native", e);
    for (size_t i = 0; technique_all[i] && s == STATUS_OK; i++) {
        if (technique_all[i]->supported(&c->hv, &why) != STATUS_OK)
            continue;
        if (cannot_run(c, technique_all[i]))
            c->pv_left_out = true;
        else
            s = add(c, technique_all[i], e);
    }
    return s;
}

/* Named techniques must be what cpu.virt and mmu.virt say, if they speak. */
static enum status check_named(const struct config *c, struct error *e)
{
    for (unsigned i = 0; i < c->technique_count; i++) {
        const struct technique_ops *t = c->techniques[i];

        if (!fits(c->cpu_virt, t->cpu_virt) || !fits(c->mmu_virt, t->mmu_virt))
            return error_set(e, STATUS_USAGE,
                             "technique %s is cpu.virt=%s and mmu.virt=%s, not "
                             "%s and %s",
                             t->name, t->cpu_virt, t->mmu_virt, c->cpu_virt,
                             c->mmu_virt);
    }
    return STATUS_OK;
}

static enum status check_kernel(const struct config *c, struct error *e)
{
    for (unsigned i = 0; i < c->technique_count; i++)
        if (cannot_run(c, c->techniques[i]))
            return error_set(
                e, STATUS_USAGE,
                "%s: does not run under %s: it takes a kernel that "
                "is made for Xen PV (the minikernel is)",
                c->boot_path ? c->boot_path : c->kernel_path,
                c->techniques[i]->name);
    return STATUS_OK;
}

static enum status choose(struct config *c, const char *names, bool several,
                          struct error *e)
{
    enum status s;

    c->technique_count = 0;
    if (names) {
        s = add_named(c, names, e);
        if (s == STATUS_OK && c->technique_count > 1 && !several)
            return error_set(e, STATUS_USAGE,
                             "run takes one technique; for several: "
                             "ringside compare --technique %s",
                             names);
        return s == STATUS_OK ? check_named(c, e) : s;
    }
    if (virt_given(c))
        return add_by_virt(c, several, e);
    return add_default(c, several, e);
}

enum status technique_choose(struct config *c, const char *names, bool several,
                             struct error *e)
{
    enum status s = choose(c, names, several, e);

    return s == STATUS_OK ? check_kernel(c, e) : s;
}
