/*
 * xlate.h - what is asked of a translation, and what comes back.
 */
#ifndef MMU_XLATE_H
#define MMU_XLATE_H
#include <stdbool.h>
#include <stdint.h>

#include "mmu/pt_geom.h"
#include "sim/core/addr.h"

enum access_kind { ACCESS_READ, ACCESS_WRITE, ACCESS_FETCH };

/* Whose access it is; decides U/S, SMEP and SMAP checks. */
enum access_mode {
    ACCESS_USER,          /* CPL 3 */
    ACCESS_SUPERVISOR,    /* CPL 0-2, explicit, EFLAGS.AC clear */
    ACCESS_SUPERVISOR_AC, /* CPL 0-2, explicit, EFLAGS.AC set: SMAP is off */
    ACCESS_IMPLICIT,      /* descriptor tables, TSS, exception delivery */
};

/*
 * Added to a mode by a CPU that must see each access: mmu_fast() never hits.
 * mmu_access() takes plain modes only.
 */
enum { ACCESS_WATCHED = 4, ACCESS_MODES = 8 };

/* An access as the CPU asks for it; it must not cross a page. */
struct access {
    gva_t va;
    unsigned bytes;
    enum access_kind kind;
    enum access_mode mode;
};

/* #PF error-code bits (SDM vol. 3, "Page-Fault Exceptions"). */
#define PF_PRESENT  ((uint32_t)1 << 0)
#define PF_WRITE    ((uint32_t)1 << 1)
#define PF_USER     ((uint32_t)1 << 2)
#define PF_RESERVED ((uint32_t)1 << 3)
#define PF_FETCH    ((uint32_t)1 << 4)
#define PF_KEY      ((uint32_t)1 << 5) /* denied by PKRU */

/*
 * EPT-violation qualification bits (SDM vol. 3, "Exit Qualification for EPT
 * Violations").
 */
#define EPTQ_READ       ((uint32_t)1 << 0)
#define EPTQ_WRITE      ((uint32_t)1 << 1)
#define EPTQ_FETCH      ((uint32_t)1 << 2)
#define EPTQ_READABLE   ((uint32_t)1 << 3)
#define EPTQ_WRITABLE   ((uint32_t)1 << 4)
#define EPTQ_EXECUTABLE ((uint32_t)1 << 5)
#define EPTQ_GVA_VALID  ((uint32_t)1 << 7)
#define EPTQ_FINAL      ((uint32_t)1 << 8) /* set: of the access, not of a walk */

enum xlate_status {
    XLATE_OK,
    XLATE_GUEST_FAULT,      /* page fault: error_code */
    XLATE_STAGE2_VIOLATION, /* second stage: fault_gpa, error_code = EPTQ_* */
    XLATE_STAGE2_MISCONFIG, /* second stage: reserved bits; fault_gpa */
    XLATE_OUTSIDE,          /* hpa is not DRAM: a device or nothing */
};

/* With what an MMU translates.  Set by the CPU; all tables are in memory. */
struct regime {
    const struct pt_geom *guest;  /* first stage; NULL: paging is off */
    gpa_t guest_root;             /* its root table (an hpa if no stage2) */
    uint64_t pdpte[PT_PDPTES];    /* PAE: the root level, in registers */
    const struct pt_geom *stage2; /* second stage; NULL: one dimension */
    hpa_t stage2_root;
    uint16_t pcid;  /* 0 if CR4.PCIDE is clear */
    uint16_t vpid;  /* 0: not in guest mode */
    bool wp;        /* CR0.WP */
    bool nxe;       /* EFER.NXE */
    bool smep;      /* CR4.SMEP */
    bool smap;      /* CR4.SMAP */
    bool pge;       /* CR4.PGE */
    bool pke;       /* CR4.PKE: pages of users have protection keys */
    uint32_t pkru;  /* rights by key; 0 if pke is clear */
    bool stage2_ad; /* EPTP bit 6: the second stage has A and D flags */
};

/* Where the cycles of one translation and access went. */
struct mmu_cost {
    uint32_t tlb_l2_cycles;     /* L2 TLB lookup that hit */
    uint32_t walk_guest_cycles; /* first-stage references */
    uint32_t walk_host_cycles;  /* second-stage references */
    uint32_t memory_cycles;     /* the access itself, L1 hit included */
    uint8_t level; /* enum cache_level that served the access itself */
};

struct xlate {
    enum xlate_status status;
    hpa_t hpa;            /* valid when XLATE_OK or XLATE_OUTSIDE */
    gpa_t fault_gpa;      /* valid for the STAGE2 statuses */
    uint32_t error_code;  /* PF_* or EPTQ_* */
    uint8_t page_shift;   /* of the combined mapping: 12, 21 or 30 */
    uint64_t ready_cycle; /* when the data (or the fault) is known */
    struct mmu_cost cost;
};

#endif
