/*
 * 710-pv-hostile.c - whatever a pv guest asks for or executes, the simulator
 * survives, frame types stay right, and every cycle is accounted for.
 *
 * Method  random hypercalls whose arguments are biased towards what is nearly
 *         right (own frames, mapped addresses, small counts), and random
 *         bytes as the guest's kernel.
 */
#include "sim/core/rng.h"
#include "tests/pv_fixture.h"

enum { CALLS = 6000, PROGRAMS = 60, PROGRAM_BYTES = 256 };

static const uint8_t nothing[] = {0xf4};

/* A machine frame, a mapped address, a small number, or anything. */
static uint64_t random_argument(struct pv_machine *m, struct rng *r)
{
    uint64_t frame = m->d->first.v + rng_below(r, 64);

    switch (rng_below(r, 8)) {
    case 0:
    case 1:
        return PV_DATA + rng_below(r, 512) * 8u;
    case 2:
        return frame;
    case 3:
        return frame << 12 | rng_below(r, 512) * 8u;
    case 4:
        return PV_VIRT_BASE + ((uint64_t)rng_below(r, 1024) << 12);
    case 5:
        return DOMID_SELF;
    case 6:
        return rng_below(r, 32);
    default:
        return rng_next(r);
    }
}

static uint64_t random_entry(struct pv_machine *m, struct rng *r)
{
    uint64_t frame = m->d->first.v + rng_below(r, 64);

    if (rng_below(r, 16) == 0)
        return rng_next(r);
    return frame << 12 | (rng_next(r) & (PTE_P | PTE_W | PTE_U | PTE_A));
}

/* Arguments in memory: entries, frames, small numbers, by turns. */
static void fill_data(struct pv_machine *m, struct rng *r)
{
    for (unsigned i = 0; i < 64; i++) {
        uint64_t word =
            rng_below(r, 3) ? random_argument(m, r) : random_entry(m, r);

        pv_poke(m, PV_DATA + i * 8u, &word, sizeof(word));
    }
}

/* Walked here: the guest may have cut the branch it sits on. */
static bool data_is_mapped(const struct pv_machine *m)
{
    uint64_t table = hfn_to_hpa(pv_vcpu_of(m->v)->kernel_root).v;

    for (unsigned level = 4; level >= 1; level--) {
        uint64_t entry = memory_read64(
            &m->dram,
            hpa(table + pt_entry_offset(&pt_geom_x86_4level, level, PV_DATA)));

        if (!(entry & PTE_P))
            return false;
        table = entry & PTE_ADDRESS;
    }
    return true;
}

static void make_random_calls(uint64_t seed)
{
    static const uint8_t mostly[] = {
        __HYPERVISOR_mmu_update, __HYPERVISOR_mmuext_op,
        __HYPERVISOR_update_va_mapping, __HYPERVISOR_multicall};
    struct pv_machine m;
    struct rng r;

    pv_machine_start(&m, nothing, sizeof(nothing));
    pv_install_handlers(&m);
    rng_init(&r, seed);
    for (unsigned i = 0; i < CALLS && data_is_mapped(&m); i++) {
        unsigned number =
            rng_below(&r, 2) ? mostly[rng_below(&r, 4)] : rng_below(&r, 48);

        fill_data(&m, &r);
        pv_call(&m, number, random_argument(&m, &r),
                rng_below(&r, 3) ? rng_below(&r, 8) : random_argument(&m, &r),
                random_argument(&m, &r),
                rng_below(&r, 4) ? DOMID_SELF : random_argument(&m, &r));
        if (m.vm->crash[0] || !pv_vcpu_of(m.v)->kernel_mode)
            break;
        if (i % 50 == 0) {
            struct error e = {""};

            ck_assert_msg(pv_check_types(m.d, &e), "call %u: %s", i, e.text);
        }
    }
    pv_machine_finish(&m);
}

START_TEST(test_hostile_random_hypercalls_keep_types_right)
{
    make_random_calls((uint64_t)_i + 1);
}
END_TEST

START_TEST(test_hostile_random_code_never_ends_the_simulator)
{
    uint8_t code[PROGRAM_BYTES];
    struct rng r;

    rng_init(&r, (uint64_t)_i);
    for (unsigned n = 0; n < PROGRAMS; n++) {
        struct pv_machine m;

        for (unsigned i = 0; i < PROGRAM_BYTES; i++)
            code[i] = (uint8_t)rng_next(&r);
        pv_machine_start(&m, code, sizeof(code));
        pv_install_handlers(&m);
        pv_vcpu_of(m.v)->iopl = 3;
        for (unsigned turn = 0; turn < 200; turn++) {
            struct cpu_budget budget = {.until_cycle = UINT64_MAX,
                                        .until_instruction =
                                            cpu_retired(m.cpu) + 1000};
            struct cpu_event event;

            technique_pv.budget(m.v, m.cpu, &budget);
            event = cpu_run(m.cpu, &budget);
            if (technique_pv.handle(m.v, m.cpu, &event) != VCPU_RESUME)
                break;
        }
        pv_machine_finish(&m);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("pv-hostile");
    TCase *c = tcase_create("pv-hostile");
    SRunner *r;
    int failed;

    tcase_set_timeout(c, 120);
    tcase_add_loop_test(c, test_hostile_random_hypercalls_keep_types_right, 0,
                        24);
    tcase_add_loop_test(c, test_hostile_random_code_never_ends_the_simulator, 0,
                        4);
    suite_add_tcase(s, c);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
