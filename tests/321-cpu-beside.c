/*
 * Claim: two CPUs of one machine agree about code and time: what one writes
 * over instructions that the other has decoded, or is about to decode, the
 * other executes (Intel SDM vol. 3, "Handling Self- and Cross-Modifying Code":
 * here without the need to serialize), and its time stamps are never earlier
 * than one already read (vol. 3, "Invariant TSC").
 */
#include "tests/cpu_fixture.h"

struct pair {
    struct machine m;
    struct mmu *mmu;
    struct cpu *other;
    struct counters counters;
    struct ledger ledger;
};

static void pair_init(struct pair *p)
{
    struct machine_options o = {.timing = TIMING_FAST};
    struct mmu_config mc = machine_mmu_config(&o);
    struct cpu_config cc = machine_cpu_config(&o);
    struct error e;

    machine_init(&p->m, &o);
    memset(&p->counters, 0, sizeof p->counters);
    memset(&p->ledger, 0, sizeof p->ledger);
    p->mmu = mmu_new(&mc, &p->m.dram, NULL, &p->counters, &e);
    ck_assert_ptr_nonnull(p->mmu);
    p->other = cpu_new_beside(p->m.cpu, &cc, p->mmu, &e);
    ck_assert_ptr_nonnull(p->other);
    cpu_set_record(p->other, &p->counters, &p->ledger);
    *cpu_state(p->other) = *cpu_state_peek(p->m.cpu);
    cpu_sync(p->other);
}

static void pair_free(struct pair *p)
{
    machine_free(&p->m); /* in either order */
    cpu_free(p->other);
    mmu_free(p->mmu);
}

static void run_to_halt(struct cpu *c, uint64_t at)
{
    struct cpu_budget b = {.until_cycle = UINT64_MAX,
                           .until_instruction = cpu_retired(c) + 100000};

    cpu_state(c)->rip = at;
    cpu_state(c)->halted = false;
    cpu_sync(c);
    ck_assert_int_eq(cpu_run(c, &b).kind, CPU_EVENT_HALT);
}

/* mov $1, %eax; hlt */
static const uint8_t answer[] = {0xb8, 1, 0, 0, 0, 0xf4};
/* movb $imm, (answer + 1); hlt */
static const uint8_t patch[] = {0xc6, 0x04, 0x25, 0x01, 0x00,
                                0x20, 0x00, 0x00, 0xf4};

static void put_patch(struct pair *p, uint8_t value)
{
    uint8_t code[sizeof patch];

    memcpy(code, patch, sizeof code);
    code[7] = value;
    machine_put(&p->m, AT_CODE, code, sizeof code);
}

START_TEST(test_cpu_beside_executes_what_the_other_wrote)
{
    struct pair p;

    pair_init(&p);
    machine_put(&p.m, AT_DATA, answer, sizeof answer);
    for (unsigned value = 2; value < 50; value++) {
        run_to_halt(p.other, AT_DATA);
        ck_assert_uint_eq(cpu_state(p.other)->gpr[REG_RAX], value - 1);
        put_patch(&p, (uint8_t)value);
        run_to_halt(p.m.cpu, AT_CODE);
    }
    run_to_halt(p.other, AT_DATA);
    ck_assert_uint_eq(cpu_state(p.other)->gpr[REG_RAX], 49);
    pair_free(&p);
}
END_TEST

/*
 * One CPU writes to a page until its fast path allows that; then the other
 * decodes code there; then the first writes again.
 */
START_TEST(test_cpu_beside_sees_write_by_fast_path)
{
    struct pair p;

    pair_init(&p);
    machine_put(&p.m, AT_DATA, answer, sizeof answer);
    put_patch(&p, 2);
    for (unsigned i = 0; i < 5; i++)
        run_to_halt(p.m.cpu, AT_CODE);
    run_to_halt(p.other, AT_DATA);
    ck_assert_uint_eq(cpu_state(p.other)->gpr[REG_RAX], 2);
    put_patch(&p, 3);
    run_to_halt(p.m.cpu, AT_CODE);
    run_to_halt(p.other, AT_DATA);
    ck_assert_uint_eq(cpu_state(p.other)->gpr[REG_RAX], 3);
    pair_free(&p);
}
END_TEST

static uint64_t read_stamp(struct cpu *c)
{
    run_to_halt(c, AT_CODE);
    return cpu_state(c)->gpr[REG_RDX] << 32 | cpu_state(c)->gpr[REG_RAX];
}

START_TEST(test_cpu_beside_stamps_never_go_back)
{
    static const uint8_t rdtsc_hlt[] = {0x0f, 0x31, 0xf4};
    struct pair p;
    uint64_t first, second;

    pair_init(&p);
    machine_put(&p.m, AT_CODE, rdtsc_hlt, sizeof rdtsc_hlt);
    cpu_charge(p.m.cpu, LEDGER_IDLE, 5000);
    first = read_stamp(p.m.cpu);
    second = read_stamp(p.other);
    ck_assert_uint_ge(first, 5000);
    ck_assert_uint_eq(second, first);
    cpu_charge(p.other, LEDGER_IDLE, 9000);
    ck_assert_uint_gt(read_stamp(p.other), second);
    pair_free(&p);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("beside");

    tcase_add_test(t, test_cpu_beside_executes_what_the_other_wrote);
    tcase_add_test(t, test_cpu_beside_sees_write_by_fast_path);
    tcase_add_test(t, test_cpu_beside_stamps_never_go_back);
    return machine_main(t, "cpu-beside");
}
