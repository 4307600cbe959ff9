/*
 * Claim   For every combination of P, R/W, U/S and XD in the entries of all
 *         levels, of page size, access kind, access mode, CR0.WP, CR4.SMEP,
 *         CR4.SMAP and EFER.NXE the walker answers as the SDM says, down to
 *         the error code.  Every reserved bit faults as such, and no other.
 * Manual  Intel SDM vol. 3, "Determination of Access Rights", "Page-Fault
 *         Exceptions", tables of "Format of ... Entry" for 4-level paging.
 *
 * The oracle below is written from the text, one rule a line, and shares
 * nothing with the walker.
 */
#include "tests/mmu_fixture.h"

static const uint64_t va = 0x0000123456789abcu;

/* One access, and the entries it meets: entry[0] is the root's. */
struct trial {
    uint64_t entry[4];
    unsigned entries; /* 4, 3, 2 for a page of 4K, 2M, 1G */
    enum access_kind kind;
    enum access_mode mode;
    bool wp, nxe, smep, smap;
    bool no_1g; /* CPUID.80000001H:EDX.Page1GB is clear */
};

struct verdict {
    bool fault;
    uint32_t error_code;
};

static bool bit(uint64_t entry, unsigned n)
{
    return (entry >> n) & 1;
}

/* "Bits that must be 0" of the tables in the manual; MAXPHYADDR is 46. */
static bool oracle_reserved(const struct trial *t, unsigned i)
{
    uint64_t e = t->entry[i];
    bool page = i == t->entries - 1;

    for (unsigned n = 46; n <= 51; n++)
        if (bit(e, n))
            return true;
    if (bit(e, 63) && !t->nxe)
        return true;
    if (i == 0 && bit(e, 7))
        return true;
    if (i == 1 && bit(e, 7) && t->no_1g)
        return true;
    if (page && t->entries == 2)
        for (unsigned n = 13; n <= 29; n++)
            if (bit(e, n))
                return true;
    if (page && t->entries == 3)
        for (unsigned n = 13; n <= 20; n++)
            if (bit(e, n))
                return true;
    return false;
}

/* The rights of "Determination of Access Rights", rule by rule. */
static bool oracle_allowed(const struct trial *t)
{
    bool all_w = true, all_u = true, any_xd = false;

    for (unsigned i = 0; i < t->entries; i++) {
        all_w = all_w && bit(t->entry[i], 1);
        all_u = all_u && bit(t->entry[i], 2);
        any_xd = any_xd || (t->nxe && bit(t->entry[i], 63));
    }
    if (t->mode == ACCESS_USER) {
        if (!all_u)
            return false; /* a supervisor-mode address */
        if (t->kind == ACCESS_WRITE)
            return all_w;
        if (t->kind == ACCESS_FETCH)
            return !any_xd;
        return true;
    }
    if (t->kind == ACCESS_FETCH) {
        if (all_u && t->smep)
            return false;
        return !any_xd;
    }
    if (all_u && t->smap) {
        bool ac_counts = t->mode == ACCESS_SUPERVISOR_AC;

        if (!ac_counts)
            return false;
    }
    if (t->kind == ACCESS_WRITE && t->wp)
        return all_w;
    return true;
}

static struct verdict oracle(const struct trial *t)
{
    struct verdict v = {false, 0};

    for (unsigned i = 0; i < t->entries && !v.fault; i++) {
        if (!bit(t->entry[i], 0)) {
            v.fault = true;
        } else if (oracle_reserved(t, i)) {
            v.fault = true;
            v.error_code = 1 | 8;
        }
    }
    if (!v.fault && !oracle_allowed(t)) {
        v.fault = true;
        v.error_code = 1;
    }
    if (v.fault) {
        v.error_code |= t->kind == ACCESS_WRITE ? 2 : 0;
        v.error_code |= t->mode == ACCESS_USER ? 4 : 0;
        v.error_code |= t->kind == ACCESS_FETCH && (t->nxe || t->smep) ? 16 : 0;
    }
    return v;
}

/* Tables at fixed places; one entry of each is used. */
static uint64_t table_at(unsigned i)
{
    return 0x10000 + (uint64_t)i * 0x1000;
}

static const uint64_t page_at[5] = {0, 0, 0x40000000, 0x00600000, 0x00123000};

static uint64_t address_of(unsigned i, unsigned entries)
{
    return i == entries - 1 ? page_at[entries] : table_at(i + 1);
}

static void put(struct fixture *f, const struct trial *t)
{
    for (unsigned i = 0; i < t->entries; i++)
        memory_write64(&f->dram,
                       hpa(table_at(i) + ((va >> (39 - 9 * i)) & 511) * 8),
                       t->entry[i]);
}

static void set_regime(struct fixture *f, const struct trial *t)
{
    f->regime.guest =
        t->no_1g ? &pt_geom_x86_4level_no_1g : &pt_geom_x86_4level;
    f->regime.guest_root = gpa(table_at(0));
    f->regime.wp = t->wp;
    f->regime.nxe = t->nxe;
    f->regime.smep = t->smep;
    f->regime.smap = t->smap;
    mmu_set_regime(f->mmu, &f->regime);
}

static void judge(const struct trial *t, const struct xlate *x)
{
    struct verdict v = oracle(t);
    unsigned shift = 12 + 9 * (4 - t->entries);
    uint64_t mask = ((uint64_t)1 << shift) - 1;

    /* ck_assert is slow for millions of trials: decide first. */
    if (v.fault
            ? x->status == XLATE_GUEST_FAULT && x->error_code == v.error_code
            : x->status == XLATE_OK && x->page_shift == shift &&
                  x->hpa.v == (page_at[t->entries] | (va & mask)))
        return;
    ck_abort_msg(
        "entries %#llx %#llx %#llx %#llx of %u, kind %d mode %d "
        "wp %d nxe %d smep %d smap %d: expected fault %d code %#x, "
        "got status %d code %#x hpa %#llx",
        (unsigned long long)t->entry[0], (unsigned long long)t->entry[1],
        (unsigned long long)t->entry[2], (unsigned long long)t->entry[3],
        t->entries, t->kind, t->mode, t->wp, t->nxe, t->smep, t->smap, v.fault,
        v.error_code, x->status, x->error_code, (unsigned long long)x->hpa.v);
}

static void ask(struct fixture *f, struct trial *t, bool peek)
{
    for (unsigned i = 0; i < 12; i++) {
        struct xlate x;

        t->kind = (enum access_kind)(i % 3);
        t->mode = (enum access_mode)(i / 3);
        if (peek)
            x = mmu_peek(f->mmu, gva(va), t->kind, t->mode);
        else
            x = mmu_access(f->mmu,
                           &(struct access){gva(va), 1, t->kind, t->mode}, 0);
        judge(t, &x);
    }
}

/* Bits 0..3 of choice: P, R/W, U/S, XD. */
static uint64_t entry_of(unsigned choice, uint64_t address, bool large)
{
    return address | (choice & 7) | (uint64_t)(choice >> 3 & 1) << 63 |
           (large ? PTE_PS : 0);
}

static void all_permissions(struct fixture *f, struct trial t, bool peek)
{
    unsigned entries = t.entries;

    for (unsigned control = 0; control < 16; control++) {
        t.wp = control & 1;
        t.nxe = control & 2;
        t.smep = control & 4;
        t.smap = control & 8;
        set_regime(f, &t);
        for (unsigned choice = 0; choice < 1u << (4 * entries); choice++) {
            for (unsigned i = 0; i < entries; i++)
                t.entry[i] =
                    entry_of(choice >> (4 * i) & 15, address_of(i, entries),
                             i == entries - 1 && entries < 4);
            put(f, &t);
            ask(f, &t, peek);
        }
    }
}

static void bare_fixture(struct fixture *f)
{
    struct mmu_config config = fixture_config();

    config.tlb_enabled = config.psc_enabled = config.cache_enabled = false;
    fixture_make(f, &config);
}

START_TEST(test_walk_4k_all_permissions_as_manual)
{
    struct fixture f;

    bare_fixture(&f);
    all_permissions(&f, (struct trial){.entries = 4}, true);
    fixture_free(&f);
}
END_TEST

START_TEST(test_walk_large_all_permissions_as_manual)
{
    struct fixture f;

    bare_fixture(&f);
    all_permissions(&f, (struct trial){.entries = 3}, false);
    all_permissions(&f, (struct trial){.entries = 2}, false);
    fixture_free(&f);
}
END_TEST

/* Format of a PDPTE: PS is reserved where CPUID does not claim 1G pages. */
START_TEST(test_walk_1g_page_without_support_is_reserved)
{
    struct fixture f;

    bare_fixture(&f);
    all_permissions(&f, (struct trial){.entries = 2, .no_1g = true}, false);
    all_permissions(&f, (struct trial){.entries = 3, .no_1g = true}, true);
    fixture_free(&f);
}
END_TEST

/* With TLBs: same verdicts whatever was cached a moment before. */
START_TEST(test_walk_cached_all_permissions_as_manual)
{
    struct mmu_config config = fixture_config();
    struct fixture f;
    struct trial t = {.entries = 4, .nxe = true};

    fixture_make(&f, &config);
    for (unsigned control = 0; control < 8; control++) {
        t.wp = control & 1;
        t.smep = control & 2;
        t.smap = control & 4;
        set_regime(&f, &t);
        for (unsigned choice = 0; choice < 1 << 12; choice++) {
            for (unsigned i = 0; i < 4; i++)
                t.entry[i] = entry_of(i == 1 ? 7 : choice >> (4 * (i % 3)) & 15,
                                      address_of(i, 4), false);
            put(&f, &t);
            mmu_invlpg(f.mmu, gva(va));
            ask(&f, &t, false);
        }
    }
    fixture_free(&f);
}
END_TEST

START_TEST(test_walk_each_single_bit_reserved_as_manual)
{
    struct fixture f;

    bare_fixture(&f);
    for (unsigned entries = 2; entries <= 4; entries++)
        for (unsigned n = 0; n < entries * 64 * 2; n++) {
            struct trial t = {.entries = entries, .nxe = n & 1};
            unsigned level = n / 2 / 64, position = n / 2 % 64;

            /* Address bits that no rule reserves, and PS, change the path. */
            bool page = level == entries - 1;
            unsigned low = page ? 12 + 9 * (4 - entries) : 12;
            if ((position >= low && position < 46) ||
                (position == 7 && level > 0) || position == 0)
                continue;
            for (unsigned i = 0; i < entries; i++)
                t.entry[i] = entry_of(7, address_of(i, entries),
                                      i == entries - 1 && entries < 4);
            t.entry[level] ^= (uint64_t)1 << position;
            put(&f, &t);
            set_regime(&f, &t);
            ask(&f, &t, true);
        }
    fixture_free(&f);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_walk_4k_all_permissions_as_manual,
        test_walk_large_all_permissions_as_manual,
        test_walk_1g_page_without_support_is_reserved,
        test_walk_cached_all_permissions_as_manual,
        test_walk_each_single_bit_reserved_as_manual,
    };

    return run_cases("walk-permissions", tests, sizeof(tests) / sizeof(*tests));
}
