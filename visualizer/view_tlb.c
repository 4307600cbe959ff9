/*
 * view_tlb.c - what each TLB holds.
 */
#include <inttypes.h>
#include <stdio.h>

#include "mmu/mmu_peek.h"
#include "sim/core/units.h"
#include "visualizer/scene.h"

static const char *const tlb_names[MMU_TLBS] = {"L1 data", "L1 code", "L2",
                                                "nested"};

static char *perm_text(unsigned perm, char text[static 10])
{
    static const char letters[] = "WUXDrwxd"; /* by bit; second stage small */

    for (unsigned i = 0; i < 8; i++)
        text[i] = perm >> i & 1 ? letters[i] : '.';
    text[8] = '\0';
    return text;
}

static void draw_sums(const struct mmu *m, const struct pane *p)
{

    pane_put(p, place(1, 0), STYLE_DIM,
             "TLB      places   held  4K    2M    1G    reach");
    for (unsigned t = 0; t < MMU_TLBS; t++) {
        const struct tlb *tlb = mmu_tlb(m, (enum mmu_tlb)t);
        uint64_t reach_bytes = 0;
        uint32_t held = 0;
        char reach[32];

        for (unsigned size = 0; size < PAGE_SIZES; size++) {
            held += tlb->held[size];
            reach_bytes += (uint64_t)tlb->held[size]
                           << page_size_shift((enum page_size)size);
            pane_printf(p, place(24 + 6 * size, 1 + t), STYLE_PLAIN,
                        "%-5" PRIu32, tlb->held[size]);
        }

        pane_put(p, place(1, 1 + t), STYLE_STRONG, tlb_names[t]);
        pane_printf(p, place(9, 1 + t), STYLE_PLAIN, "%7" PRIu32 " %6" PRIu32,
                    tlb_places(tlb), held);
        pane_put(p, place(42, 1 + t), STYLE_PLAIN,
                 units_format(reach_bytes, reach, sizeof reach));
    }
}

static void draw_entry(const struct tlb *tlb, const struct tlb_entry *e,
                       const struct pane *p, unsigned y)
{
    static const char *const sizes[PAGE_SIZES] = {"4K", "2M", "1G"};
    char perm[10];

    pane_printf(p, place(9, y), STYLE_GUEST, "%016" PRIx64,
                tlb_address(tlb, e));
    pane_printf(p, place(26, y), STYLE_PLAIN, "%011" PRIx64, e->gpa);
    pane_printf(p, place(38, y), STYLE_HOST, "%011" PRIx64, e->frame);
    pane_printf(p, place(50, y), STYLE_PLAIN, "%s  %s  %4u  %s", sizes[e->size],
                perm_text(e->perm, perm), e->vpid & ~TLB_THREAD,
                e->global ? "global" : "");
    if (!e->global && e->pcid != TLB_NO_PAGING)
        pane_printf(p, place(70, y), STYLE_PLAIN, "%4u", e->pcid);
}

static void draw(const struct scene *s, const struct pane *p)
{
    const struct mmu *m = cpu_mmu(scene_pcpu(s)->cpu);
    unsigned y = 7, skip = s->look->top;

    draw_sums(m, p);
    pane_put(p, place(1, 6), STYLE_DIM,
             "TLB     address          gpa         hpa         size rights"
             "    VPID  PCID");
    for (unsigned t = 0; t < MMU_TLBS; t++) {
        const struct tlb *tlb = mmu_tlb(m, (enum mmu_tlb)t);

        if (!scene_wants(s, tlb_names[t]))
            continue;
        for (uint32_t i = 0; i < tlb_places(tlb) && y < p->height; i++) {
            const struct tlb_entry *e = tlb_at(tlb, i);

            if (!e || (skip > 0 && skip--))
                continue;
            pane_put(p, place(1, y), STYLE_STRONG, tlb_names[t]);
            draw_entry(tlb, e, p, y++);
        }
    }
}

const struct view view_tlb = {
    .name = "tlb",
    .key = '4',
    .title = "TLBs",
    .sentence = "what each TLB holds, with tags and rights",
    .help = "Above, how much of each TLB is used, and its reach: the memory "
            "that it translates without a walk. Below, entry by entry: the "
            "page, where the guest has it (gpa), where the host has it (hpa), "
            "and for whom: VPID (which vCPU), PCID (which address space). "
            "Rights: W U X D of the guest's tables, r w x d of the host's. The "
            "nested TLB holds guest-physical pages.\n"
            "Try: --filter nested; step over a context switch.",
    .draw = draw,
};
