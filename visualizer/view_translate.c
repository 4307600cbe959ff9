/*
 * view_translate.c - the way of one address, through every table that there is
 * for it.
 */
#include <inttypes.h>
#include <string.h>

#include "visualizer/pt_words.h"
#include "visualizer/scene.h"

static struct walk_request request_of(const struct scene *s)
{
    const struct cpu_state *state = cpu_state_peek(scene_pcpu(s)->cpu);
    uint64_t at = s->look->has_address ? s->look->address : state->rip;

    /* As who may read every page that is present. */
    return (struct walk_request){gva(at), ACCESS_READ, ACCESS_SUPERVISOR_AC, 0};
}

/* Guest tables as the guest's kernel wrote them, in guest-physical terms. */
static void walk_guest_tables(const struct scene *s, struct walk_story *story)
{
    const struct walk_request request = request_of(s);
    struct regime regime = *mmu_regime(scene_pcpu(s)->mmu);
    struct table_root root;

    scene_tables(s, TREE_GUEST, &root);
    regime.stage2 = NULL;
    regime.guest = root.g;
    regime.guest_root = gpa(root.table);
    memcpy(regime.pdpte, root.pdpte, sizeof regime.pdpte);
    walk_story_make(story, &root.memory, &regime, &request);
}

/* What the hardware walks. */
static void walk_hardware(const struct scene *s, struct walk_story *story)
{
    const struct walk_request request = request_of(s);

    walk_story_make(story, scene_pcpu(s)->vcpu->vm->hv->dram,
                    mmu_regime(cpu_mmu(scene_pcpu(s)->cpu)), &request);
}

/* Which steps of a story make a column. */
enum part { PART_GUEST, PART_HOST_OF_PAGE };

static bool in_part(const struct walk_story *w, unsigned i, enum part part)
{
    if (w->steps[i].kind != WALK_STEP_REF)
        return false;
    if (part == PART_GUEST)
        return !w->steps[i].host;
    return w->steps[i].host && w->steps[i].address == w->walk.gpa.v;
}

static void draw_path(const struct walk_story *w, enum part part,
                      const struct pane *p)
{
    unsigned y = 0;

    for (unsigned i = 0; i < w->count; i++) {
        const struct walk_step *step = &w->steps[i];
        const struct pt_geom *g =
            step->host ? w->regime.stage2 : w->regime.guest;
        char bits[PT_BITS_BYTES];

        if (!in_part(w, i, part))
            continue;
        pane_printf(p, place(0, y), step->host ? STYLE_HOST : STYLE_GUEST,
                    "%-4s %3" PRIu64, pt_level_name(g, step->level),
                    pt_index(g, step->level, step->address));
        pane_printf(p, place(9, y++), STYLE_PLAIN, "%016" PRIx64, step->entry);
        pane_put(p, place(9, y++), STYLE_DIM,
                 pt_bits_text(g, step->level, step->entry, bits));
    }
}

static void draw_end(const struct walk_story *w, const char *space,
                     uint64_t address, const struct pane *p)
{
    if (w->count == 0)
        pane_put(p, place(0, 0), STYLE_DIM, "no paging here");
    else if (w->walk.status == XLATE_OK)
        pane_printf(p, place(0, 0), STYLE_STRONG, "%s 0x%" PRIx64, space,
                    address);
    else
        pane_put(p, place(0, 0), STYLE_FAULT,
                 w->walk.status == XLATE_GUEST_FAULT ? "not mapped: page fault"
                                                     : "not mapped: VM exit");
}

struct column {
    const char *title, *space;
    const struct walk_story *story;
    enum part part;
    uint64_t address;
};

static void draw_column(const struct column *c, const struct pane *p)
{
    struct pane part = pane_below(p, 2);

    pane_put(p, place(0, 0), STYLE_STRONG, c->title);
    draw_path(c->story, c->part, &part);
    part = pane_part(p, 0, 13, p->width, 1);
    draw_end(c->story, c->space, c->address, &part);
}

/* Both lead to the same byte; may the program do the same there? */
static const char *verdict_on_rights(uint8_t guest, uint8_t hardware)
{
    const uint8_t rights = PERM_W | PERM_U | PERM_X;

    if (hardware & ~guest & rights)
        return "Out of step: the shadow allows what the guest's table does "
               "not.";
    if (guest & ~hardware & rights)
        return "The same byte; the shadow allows less: such an access exits, "
               "and is mended.";
    return "They agree: the same byte of host memory.";
}

/* What the two ways say of each other. */
static const char *verdict(const struct walk_story *guest, uint64_t hpa_guest,
                           const struct walk_story *hardware)
{
    if (guest->walk.status != XLATE_OK && hardware->walk.status != XLATE_OK)
        return "Neither has it: the next access faults in the guest.";
    if (guest->walk.status != XLATE_OK)
        return "The hardware still maps what the guest's table does not.";
    if (hardware->walk.status != XLATE_OK)
        return "The guest maps it, the host not yet: the next access exits "
               "and is mended.";
    if (hpa_guest != hardware->walk.hpa.v)
        return "They differ: the guest has changed its table, and the shadow "
               "is out of step.";
    return verdict_on_rights(guest->walk.perm, hardware->walk.perm);
}

static void draw(const struct scene *s, const struct pane *p)
{
    const struct vm *vm = scene_pcpu(s)->vcpu->vm;
    const struct guest_control *g = cpu_control(scene_pcpu(s)->cpu);
    bool deprived = g->virt == VIRT_DEPRIVED;
    struct walk_story guest, hardware;
    struct pane left = pane_part(p, 1, 2, p->width / 2 - 2, p->height);
    struct pane right = pane_part(p, p->width / 2 + 1, 2, p->width, p->height);
    struct column columns[2];

    walk_hardware(s, &hardware);
    pane_printf(p, place(1, 0), STYLE_PLAIN, "gva 0x%016" PRIx64 "%s",
                request_of(s).va.v,
                s->look->has_address ? "" : " (the next instruction)");
    if (g->virt != VIRT_GUEST || !cpu_page_table_geom(scene_pcpu(s)->cpu)) {
        columns[0] = (struct column){
            deprived ? "the guest's tables, which the hypervisor has checked"
                     : "the tables in memory",
            "hpa", &hardware, PART_GUEST, hardware.walk.hpa.v};
        left = pane_part(p, 1, 2, p->width, p->height);
        draw_column(&columns[0], &left);
        return;
    }
    walk_guest_tables(s, &guest);
    columns[0] = (struct column){"the guest's tables: gva to gpa", "gpa",
                                 &guest, PART_GUEST, guest.walk.hpa.v};
    columns[1] =
        g->nested
            ? (struct column){"nested tables: gpa to hpa", "hpa", &hardware,
                              PART_HOST_OF_PAGE, hardware.walk.hpa.v}
            : (struct column){"shadow tables: gva to hpa", "hpa", &hardware,
                              PART_GUEST, hardware.walk.hpa.v};
    draw_column(&columns[0], &left);
    draw_column(&columns[1], &right);
    pane_put(p, place(1, 17), STYLE_STRONG,
             verdict(&guest, guest.walk.hpa.v + vm->memory_base.v, &hardware));
}

const struct view view_translate = {
    .name = "translate",
    .key = '3',
    .title = "Translate",
    .sentence = "where an address leads, through the guest's tables and the "
                "host's",
    .help = "The way of one linear address: each table's index and entry, with "
            "its bits by letter (a dot: clear). Natively there is one way. "
            "Under shadow paging the CPU walks the hypervisor's table in place "
            "of the guest's: while the two differ, the shadow is out of step. "
            "Under nested paging the second way leads from the guest's "
            "address to the host's.\n"
            "Try: an address that is not mapped yet; step to its page fault.",
    .draw = draw,
};
