/*
 * 326-cpu-injection.c - claim: an event that a hypervisor injects is delivered
 * as its kind, or the entry fails if the guest's state blocks it; what exits
 * while it is delivered reports it whole, so that it can be injected again;
 * an IRET that exits says that it has let NMIs in.
 *
 * Intel SDM vol. 3, "Event Injection", "Checks on Guest Non-Register State",
 * "Information for VM Exits That Occur During Event Delivery", "Information
 * About NMI Unblocking Due to IRET".
 */
#include "tests/cpu_fixture.h"

enum { VECTOR = 0x51, NOWHERE = 0x40000000 };

static struct machine m;
static struct guest_control *g;
static struct cpu_state *s;

static void set_up(void)
{
    machine_init(&m, &(struct machine_options){.timing = TIMING_FAST});
    g = cpu_control(m.cpu);
    s = cpu_state(m.cpu);
    g->virt = VIRT_GUEST;
    g->vpid = 1;
    g->virtual_nmis = true;
    g->exception_bitmap = 1u << VECTOR_PF;
    s->rflags |= RFLAGS_IF;
    cpu_sync(m.cpu);
}

static void tear_down(void)
{
    machine_expect_ledger(&m);
    machine_free(&m);
}

struct row {
    enum cpu_inject_kind kind;
    uint8_t vector;
    uint8_t length;
    bool has_error;
    uint32_t error_code;
};

static const struct row rows[] = {
    {INJECT_INTERRUPT, VECTOR, 0, false, 0},
    {INJECT_NMI, VECTOR_NMI, 0, false, 0},
    {INJECT_EXCEPTION, VECTOR_UD, 0, false, 0},
    {INJECT_EXCEPTION, VECTOR_GP, 0, true, 0x1238},
    {INJECT_SOFTWARE, VECTOR, 2, false, 0},
    {INJECT_PRIVILEGED_SOFTWARE, VECTOR_DB, 1, false, 0},
    {INJECT_SOFTWARE_EXCEPTION, VECTOR_BP, 1, false, 0},
};

static void inject(const struct row *row)
{
    g->inject.valid = true;
    g->inject.kind = (uint8_t)row->kind;
    g->inject.vector = row->vector;
    g->inject.length = row->length;
    g->inject.has_error = row->has_error;
    g->inject.error_code = row->error_code;
}

/* In its handler, with the right frame. */
static void expect_delivered(const struct row *row)
{
    uint64_t top = s->gpr[REG_RSP];

    ck_assert_int_eq(machine_run(&m).kind, CPU_EVENT_HALT);
    ck_assert_int_eq(machine_halted_in(&m), row->vector);
    ck_assert(!g->inject.valid);
    ck_assert_uint_eq(machine_get64(&m, top - 40), AT_CODE + row->length);
    if (row->has_error)
        ck_assert_uint_eq(machine_get64(&m, top - 48), row->error_code);
    ck_assert(s->nmi_blocked == (row->kind == INJECT_NMI));
}

START_TEST(test_injection_delivers_every_kind)
{
    inject(&rows[_i]);
    expect_delivered(&rows[_i]);
}
END_TEST

START_TEST(test_injection_that_exits_is_reported_whole)
{
    const struct row *row = &rows[_i];
    struct cpu_event e;

    inject(row);
    s->gpr[REG_RSP] = NOWHERE; /* the frame cannot be pushed */
    e = machine_run(&m);
    ck_assert_int_eq(e.kind, CPU_EVENT_EXIT);
    ck_assert_uint_eq(e.exit.vector, VECTOR_PF);
    ck_assert(e.exit.vectoring_valid);
    ck_assert_uint_eq(e.exit.vectoring_kind, row->kind);
    ck_assert_uint_eq(e.exit.vectoring_vector, row->vector);
    ck_assert(e.exit.vectoring_has_error == row->has_error);
    ck_assert_uint_eq(e.exit.vectoring_error, row->error_code);
    if (row->length != 0)
        ck_assert_uint_eq(e.exit.length, row->length);
    ck_assert(!s->nmi_blocked); /* not before its delivery has ended */
    ck_assert_uint_eq(s->rip, AT_CODE);
    s->gpr[REG_RSP] = AT_STACK;
    inject(row);
    expect_delivered(row);
}
END_TEST

static enum vmexit entry_with(const struct row *row)
{
    struct cpu_event e;

    inject(row);
    e = machine_step(&m, 1);
    g->inject.valid = false;
    return e.kind == CPU_EVENT_EXIT ? e.exit.reason : VMEXIT_COUNT;
}

START_TEST(test_injection_of_what_is_blocked_fails_the_entry)
{
    const struct row *interrupt = &rows[0], *nmi = &rows[1];

    s->rflags &= ~RFLAGS_IF;
    ck_assert_int_eq(entry_with(interrupt), VMEXIT_INVALID_STATE);
    s->rflags |= RFLAGS_IF;
    s->interrupt_shadow = true; /* STI */
    s->mov_ss_shadow = false;
    ck_assert_int_eq(entry_with(interrupt), VMEXIT_INVALID_STATE);
    s->mov_ss_shadow = true;
    ck_assert_int_eq(entry_with(interrupt), VMEXIT_INVALID_STATE);
    ck_assert_int_eq(entry_with(nmi), VMEXIT_INVALID_STATE);
    s->interrupt_shadow = false;
    s->nmi_blocked = true;
    ck_assert_int_eq(entry_with(nmi), VMEXIT_INVALID_STATE);
    ck_assert_int_eq(entry_with(interrupt), VMEXIT_COUNT);
}
END_TEST

START_TEST(test_injection_of_iret_that_exits_tells_of_nmis)
{
    static const uint8_t iretq[] = {0x48, 0xcf};
    struct cpu_event e;

    for (unsigned blocked = 0; blocked < 2; blocked++) {
        s->nmi_blocked = blocked;
        s->gpr[REG_RSP] = NOWHERE;
        s->rip = AT_CODE;
        e = machine_execute(&m, iretq, sizeof iretq);
        ck_assert_int_eq(e.kind, CPU_EVENT_EXIT);
        ck_assert_uint_eq(e.exit.vector, VECTOR_PF);
        ck_assert(e.exit.nmi_unblocking == blocked);
        ck_assert(!s->nmi_blocked);
    }
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("injection");

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_loop_test(t, test_injection_delivers_every_kind, 0,
                        (int)ARRAY_LEN(rows));
    tcase_add_loop_test(t, test_injection_that_exits_is_reported_whole, 0,
                        (int)ARRAY_LEN(rows));
    tcase_add_test(t, test_injection_of_what_is_blocked_fails_the_entry);
    tcase_add_test(t, test_injection_of_iret_that_exits_tells_of_nmis);
    return machine_main(t, "injection");
}
