/*
 * places.h - TLBs, paging-structure caches and data caches as one thing to
 * look at: sets of places, and what happened there last.
 */
#ifndef VISUALIZER_PLACES_H
#define VISUALIZER_PLACES_H
#include "mmu/mmu_peek.h"
#include "visualizer/view.h"

/* In the order of the view's parts, behind "all". */
enum {
    PLACES_TLBS = 0,
    PLACES_PSCS = MMU_TLBS,
    PLACES_CACHES = MMU_TLBS + 2,
    PLACES_ALL = MMU_TLBS + 2 + MMU_CACHES
};

struct places {
    const char *name;      /* "L2 TLB" */
    const struct tlb *tlb; /* one of these three */
    const struct psc *psc;
    const struct cache *cache;
    bool host;                   /* psc: of the second stage */
    uint32_t line_bytes;         /* cache */
    const struct place_log *log; /* NULL: none was kept */
    uint64_t lookups, misses;    /* since the program began */
    uint64_t lookups_ever;       /* since power-on */
};

/* One of PLACES_ALL; false: there is none, or it is switched off. */
bool places_of(const struct scene *s, unsigned which, struct places *p);

uint64_t places_total(const struct places *p);
uint64_t places_held(const struct places *p);
uint64_t places_reach_bytes(const struct places *p);

enum { PLACE_TEXT_BYTES = 120 };

/* "16 x 4", "2M: 8 x 4" ...; returns text. */
char *places_geometry(const struct places *p, char text[PLACE_TEXT_BYTES]);

/* "miss of 7f12...", "... came into set 3, way 2, in place of ..."; returns
   text. */
char *places_event(const struct places *p, const struct place_event *e,
                   char text[PLACE_TEXT_BYTES]);

/* The last event, or one so many before it; NULL: there is none, or it is
   forgotten. */
const struct place_event *places_last(const struct places *p, unsigned before);

/* What the last operations did to a place: "new", "hit", "gone"; or "". */
const char *places_mark(const struct places *p, uint32_t place,
                        enum style *style);

/* Sets or entries, from the first that is asked for. */
void tlb_rows_draw(const struct places *p, const struct scene *s,
                   const struct pane *pane);
void psc_rows_draw(const struct places *p, const struct scene *s,
                   const struct pane *pane);
void cache_rows_draw(const struct places *p, const struct scene *s,
                     const struct pane *pane);

/* "W U X D r w x d", a dot for each that is not allowed; returns text. */
enum { PERM_TEXT_BYTES = 10 };
char *perm_text(unsigned perm, char text[PERM_TEXT_BYTES]);

#endif
