/*
 * shadow.h - shadow page tables: what the hardware walks in place of the
 * guest's own tables.
 *
 * Hardware      Intel SDM vol. 3, "4-Level Paging", "Operations that
 *               Invalidate TLBs and Paging-Structure Caches": what a guest
 *               may rely on, and so what a shadow may be late with.
 * Model         one shadow table for each (guest table, role); entries are
 *               built when the hardware faults on them (shadow_fill), follow
 *               the guest's writes because shadowed guest tables are mapped
 *               read-only (shadow_guest_wrote), and go when memory for tables
 *               runs out.  With shadow.unsync, leaf tables may be written
 *               freely and are read again when the guest flushes its TLB.
 *               The guest's A and D bits are kept: an entry exists only when
 *               the guest's has A, and is writable only when it has D.
 *               Every mode of the guest has its shadow: 4- and 5-level paging
 *               in kind; PAE, 32-bit paging and no paging in a PAE shadow,
 *               whose root each vCPU has for itself.  A guest table of 1024
 *               entries has two shadows, or four if its entries map 4M.
 *               Protection keys are copied; PKRU is the guest's own.
 *               Writes of devices to a guest table in step are followed
 *               before the guest runs on.
 *               With CR0.WP clear, a page that the kernel writes although it
 *               is read-only becomes a writable one of the kernel until a
 *               program touches it; with SMAP or keys, which such an entry
 *               would defeat, it does so for one instruction at a time.
 *               Whatever PCID the guest uses, the hardware has one for all
 *               and flushes it at each MOV to CR3, which exits: a TLB may keep
 *               less than it might.
 * NOT MODELLED  a PCID of the hardware for each of the guest's.
 * INVARIANTS    (shadow_check asserts them)
 *   1. A present leaf is the guest's mapping composed with the VM's map of
 *      memory, with permissions no wider - unless its table is out of step.
 *   2. No leaf that is writable maps a guest table that is in step.
 *   3. A table entry points to the shadow of the table that the guest's entry
 *      names, in the role that the path gives it.
 *   4. Each present entry is on exactly one list: of its frame, or of the
 *      shadow table that it points to.
 */
#ifndef HYPERVISOR_MODEL_PAGING_SHADOW_H
#define HYPERVISOR_MODEL_PAGING_SHADOW_H
#include <stdbool.h>
#include <stdint.h>

#include "hypervisor-model/hypervisor.h"
#include "mmu/pt_geom.h"

enum {
    SHADOW_LEAST_PAGES = 32, /* two deepest paths, and some to work with */
    SHADOW_SLOTS = 512,
    SHADOW_FLOOD_WRITES = 3, /* as KVM: then it is no table any more */
    SHADOW_OPEN = 8,         /* more than one instruction can write */
};

/* What a path of guest entries allows. */
enum { SHADOW_W = 1, SHADOW_U = 2, SHADOW_X = 4, SHADOW_ALL = 7 };

/* Bits of the guest's mode that change what an entry may say. */
enum {
    SHADOW_MODE_WP = 1,
    SHADOW_MODE_NXE = 2,
    SHADOW_MODE_SMEP = 4,   /* only when WP is clear */
    SHADOW_MODE_STRICT = 8, /* likewise: SMAP or keys are on */
};

struct shadow_role {
    const struct pt_geom *guest; /* format of the guest's table; direct: NULL */
    uint8_t level;  /* of the table: its entries map paging_span(level) */
    uint8_t access; /* SHADOW_*: of the path above; direct: of the page */
    uint8_t mode;   /* SHADOW_MODE_* */
    uint8_t part;   /* of a guest table with entries of 4 bytes */
    uint8_t key;    /* direct: protection key of the page */
    bool direct;    /* no guest table: maps frames from gfn on, linearly */
    bool global;    /* direct: of the page */
    bool registers; /* the PDPTEs of a PAE shadow */
};

/* A shadow table; its frame follows from its number. */
struct shadow_page {
    gfn_t gfn; /* the guest table; direct: the first frame mapped; registers
                  and not direct: the vCPU whose they are */
    struct shadow_role role;
    uint32_t hash_next;
    uint32_t older, newer; /* by last use, for recycling */
    uint32_t unsync_next, unsync_prev;
    uint32_t parents;  /* list of the entries that point here */
    uint32_t roots;    /* vCPUs whose root this is */
    uint16_t live;     /* present entries */
    uint16_t emulated; /* writes since it was last used as a table */
    uint16_t ahead;    /* slot + 1 last filled by a write; 0: none */
    bool unsync;       /* the guest may write it: entries may be stale */
    bool used;
};

/* An entry on a list of its frame, or of the table that it points to. */
struct shadow_link {
    uint32_t next, prev; /* entry numbers; 0: none */
};

/* What the guest translates with. */
struct shadow_regime {
    const struct pt_geom *guest; /* its tables; NULL: no paging, gva = gpa */
    bool wp, nxe, smep, smap, pke;
    uint32_t pkru;
    gpa_t root;
    uint64_t pdpte[PT_PDPTES]; /* PAE: as they were loaded */
    unsigned vcpu;
};

struct shadow {
    struct vm *vm;
    const struct hv_config *config;
    struct memory *dram;
    struct mmu *mmu;           /* prices memory; NULL: free */
    struct counters *counters; /* of the vCPU at work */
    uint64_t work_cycles;      /* not charged yet */
    bool flush;                /* a mapping was weakened or removed */
    bool flush_owed;           /* likewise, but due only when it can matter */
    gfn_t open[SHADOW_OPEN];   /* tables in step that may be written just now */
    unsigned open_count;
    hfn_t first_frame;
    uint32_t page_count, free_count;
    uint32_t free_head; /* list of tables that came back */
    uint32_t fresh;     /* from here on none was ever used */
    uint32_t oldest, newest;
    uint32_t unsync;           /* list of the tables that are out of step */
    uint64_t frames;           /* of the guest */
    uint64_t watch_writes;     /* of dram: up to here they are followed */
    struct shadow_page *pages; /* [1 .. page_count] */
    struct shadow_link *links; /* [entry number] */
    uint32_t *hash;            /* by gfn */
    uint32_t hash_mask;
    uint32_t *mapped[4];  /* by level, by page: list of entries that map it */
    uint16_t *tables;     /* by gfn: shadow tables of it */
    uint32_t *guarded[4]; /* by level 2, 3: shadowed tables in that page */
};

/* One access of the guest that faulted. */
struct shadow_access {
    gva_t va;
    bool write, fetch, user;
    bool smap_off; /* explicit access with EFLAGS.AC set */
    bool alone;    /* the entry will be there for one instruction */
};

/* The guest's own tables, read by software. */
struct guest_walk {
    bool ok;
    uint32_t error_code;            /* PF_*: if not ok */
    uint8_t top, level;             /* of the first table, and of the leaf */
    uint8_t access;                 /* SHADOW_*: of the whole path */
    uint8_t key;                    /* protection key of the leaf */
    bool dirty, global;             /* of the leaf */
    gpa_t target;                   /* what va means */
    gpa_t table[PT_MAX_LEVELS + 1]; /* by level */
    uint64_t entry[PT_MAX_LEVELS + 1];
    uint8_t access_above[PT_MAX_LEVELS + 1]; /* SHADOW_*: of the path to it */
};

/* guest_walk.level without paging: every table is direct. */
enum { SHADOW_UNPAGED = PT_MAX_LEVELS + 1 };

enum shadow_status {
    SHADOW_FILLED,
    SHADOW_WAS_THERE, /* the entry says all this already */
    SHADOW_EMULATE,   /* a write to a guest table: mapped read-only */
    SHADOW_ALONE,     /* no entry may say this: again, with access.alone */
    SHADOW_OUTSIDE,   /* the guest has no such memory */
};

/* NULL and e set if the host has no memory. */
struct shadow *shadow_new(struct vm *vm, struct error *e);
void shadow_free(struct shadow *s);

/* Cycles of the work since the last call. */
uint64_t shadow_take_work(struct shadow *s);

/* True once if the TLB holds what the tables no longer say. */
bool shadow_take_flush(struct shadow *s);

/*
 * The root for a regime, made if there is none; old (0: none) is released.
 * Counts SHADOW_ROOT_HIT or _MISS.
 */
uint32_t shadow_load_root(struct shadow *s, const struct shadow_regime *r,
                          uint32_t old);
hpa_t shadow_table(const struct shadow *s, uint32_t page);

/* What the hardware walks for a guest in this regime. */
const struct pt_geom *shadow_format(const struct shadow_regime *r);

/*
 * Walks the guest's tables as the hardware would and sets A and D in them.
 */
struct guest_walk shadow_walk_guest(struct shadow *s,
                                    const struct shadow_regime *r,
                                    const struct shadow_access *a);

/* Makes the shadow say what walk found, for access a. */
enum shadow_status shadow_fill(struct shadow *s, uint32_t root,
                               const struct shadow_regime *r,
                               const struct guest_walk *walk,
                               const struct shadow_access *a);

/* Takes back what shadow_fill() made for one instruction alone. */
void shadow_drop_leaf(struct shadow *s, uint32_t root, gva_t va);

/* The guest wrote [at, at + bytes), within one frame, by emulation. */
void shadow_guest_wrote(struct shadow *s, gpa_t at, unsigned bytes);

/* Follows what devices wrote into shadowed tables since the last call; false:
   nothing. */
bool shadow_devices_wrote(struct shadow *s);

/*
 * From open to close the guest's instruction may write the table: the next
 * shadow_fill() of a write to it answers with a writable entry.  False: too
 * many are open.
 */
bool shadow_open(struct shadow *s, gfn_t table);
void shadow_close(struct shadow *s, gfn_t table);

/* Forgets all shadows of a guest table; false: it is a root in use. */
bool shadow_forget(struct shadow *s, gfn_t table);

/*
 * The guest flushes one page, or what is not global: stale entries go.  By
 * other addresses the TLB may still hold what an entry of one page said; the
 * guest did not ask for more, so that flush is only owed.
 */
void shadow_invalidate(struct shadow *s, uint32_t root, gva_t va);
void shadow_resync(struct shadow *s, uint32_t root);

/* What becomes of the guest's writes to a frame of its own, for a table of it
   is shadowed. */
enum shadow_guard {
    SHADOW_NO_GUARD,
    SHADOW_WRITE_PROTECTED, /* they exit, and the shadow follows */
    SHADOW_OUT_OF_STEP,     /* they pass; it follows when the guest flushes */
};
enum shadow_guard shadow_guard_of(const struct shadow *s, gfn_t frame);

/* The shadow table that is in a frame of the host; NULL: none. */
const struct shadow_page *shadow_page_at(const struct shadow *s, hpa_t at);

bool shadow_check(const struct shadow *s, struct error *e);

/* Of a VM in guest mode; NULL: its memory is not shadowed. */
const struct shadow *shadow_peek(const struct vm *vm);

#endif
