/*
 * shadow_root.c - the root of the shadow for each mode of the guest.
 *
 * Hardware  Intel SDM vol. 3, "PDPTE Registers": PAE paging reads its root
 *           level at MOV to CR3 and no more.
 * Model     a PAE shadow's root is a vCPU's own, for the PDPTEs that it loaded
 *           may differ from what memory says by now: its four entries are set
 *           when CR3 is loaded.
 */
#include "hypervisor-model/paging/shadow_internal.h"

enum { REGISTERS_LEVEL = 3 };

const struct pt_geom *shadow_format(const struct shadow_regime *r)
{
    if (!r->guest || r->guest->levels < 4)
        return &pt_geom_x86_pae;
    return r->guest->levels == 4 ? &pt_geom_x86_4level : &pt_geom_x86_5level;
}

/* The guest table behind entry i of a PAE shadow; false: absent. */
static bool table_of_register(const struct shadow_regime *r, unsigned i,
                              gfn_t *gfn)
{
    const struct pt_geom *g = r->guest;

    if (g->entry_bytes == 4) {
        *gfn = gpa_to_gfn(r->root);
        return true;
    }
    *gfn = gpa_to_gfn(gpa(pt_address(g, REGISTERS_LEVEL, r->pdpte[i], false)));
    return pt_present(g, r->pdpte[i]);
}

/* True if the table was there already. */
static bool fill_register(struct shadow *s, uint32_t root, unsigned i,
                          const struct shadow_regime *r)
{
    const struct shadow_role role = {
        .guest = r->guest,
        .level = REGISTERS_LEVEL - 1,
        .access = SHADOW_ALL,
        .mode = shadow_mode(r),
        .part = shadow_part(r->guest, REGISTERS_LEVEL - 1, (uint64_t)i << 30),
    };
    gfn_t gfn;
    bool known;

    if (!table_of_register(r, i, &gfn)) {
        shadow_drop_entry(s, root, i);
        return true;
    }
    known = shadow_find_page(s, gfn, &role) != 0;
    shadow_set_table(s, root, i, shadow_get_page(s, gfn, &role));
    return known;
}

/* Tables for a root and all its registers were made room for. */
static uint32_t load_registers(struct shadow *s, const struct shadow_regime *r,
                               bool *hit)
{
    const struct shadow_role role = {.guest = r->guest,
                                     .level = REGISTERS_LEVEL,
                                     .access = SHADOW_ALL,
                                     .mode = shadow_mode(r),
                                     .registers = true};
    uint32_t root = shadow_get_page(s, gfn(r->vcpu), &role);

    s->pages[root].roots++; /* its tables may be new, and need room */
    *hit = true;
    for (unsigned i = 0; i < PT_PDPTES; i++)
        *hit = fill_register(s, root, i, r) && *hit;
    return root;
}

static uint32_t load_table(struct shadow *s, const struct shadow_regime *r,
                           bool *hit)
{
    const struct shadow_role role = {.guest = r->guest,
                                     .level = r->guest ? r->guest->levels
                                                       : REGISTERS_LEVEL,
                                     .access = SHADOW_ALL,
                                     .mode = shadow_mode(r),
                                     .direct = !r->guest,
                                     .registers = !r->guest};
    gfn_t gfn = r->guest ? gpa_to_gfn(r->root) : (gfn_t){0};
    uint32_t root;

    *hit = shadow_find_page(s, gfn, &role) != 0;
    root = shadow_get_page(s, gfn, &role);
    s->pages[root].roots++;
    return root;
}

uint32_t shadow_load_root(struct shadow *s, const struct shadow_regime *r,
                          uint32_t old)
{
    uint32_t root;
    bool hit;

    if (old != 0)
        s->pages[old].roots--;
    shadow_make_room(s, 1 + PT_PDPTES);
    root = r->guest && r->guest->levels < 4 ? load_registers(s, r, &hit)
                                            : load_table(s, r, &hit);
    counter_add(s->counters,
                hit ? COUNTER_SHADOW_ROOT_HIT : COUNTER_SHADOW_ROOT_MISS, 1);
    return root;
}
