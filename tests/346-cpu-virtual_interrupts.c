/*
 * 346-cpu-virtual_interrupts.c - claim: with virtual-interrupt delivery the CPU
 * evaluates, delivers and ends a guest's interrupts and its interrupts to
 * itself without an exit, by page and by x2APIC MSRs, in the order of
 * priorities and when the guest can take them.
 *
 * Intel SDM vol. 3, "APIC Virtualization and Virtual Interrupts": "Evaluation
 * and Delivery of Virtual Interrupts", "Virtualizing MSR-Based APIC Accesses".
 */
#include "tests/vapic_fixture.h"

/* --- virtual interrupts -------------------------------------------------- */

static void enable_delivery(void)
{
    g->apic_registers = g->virtual_interrupts = true;
}

static void request(uint8_t vector)
{
    set_vector(IRR, vector);
    g->rvi = vector;
}

START_TEST(test_vapic_pending_interrupt_is_delivered_at_entry)
{
    static const uint8_t code[] = {0x90, 0xf4};

    enable_delivery();
    request(VECTOR);
    s->rflags |= RFLAGS_IF;
    expect_exit(execute(code, sizeof code), VMEXIT_HLT,
                AT_HANDLERS + 16 * VECTOR);
    ck_assert_uint_eq(machine_get64(&m, AT_STACK - 40), AT_CODE);
    ck_assert_uint_eq(g->rvi, 0);
    ck_assert_uint_eq(g->svi, VECTOR);
    ck_assert_uint_eq(reg(PPR), VECTOR & 0xf0);
    ck_assert_uint_eq(reg(ISR + VECTOR / 32 * 16), 1u << VECTOR % 32);
    ck_assert_uint_eq(reg(IRR + VECTOR / 32 * 16), 0);
}
END_TEST

START_TEST(test_vapic_interrupt_waits_for_if_and_sti)
{
    static const uint8_t code[] = {0x90, 0xfb, 0x90, 0x90, 0xf4};

    enable_delivery();
    request(VECTOR);
    expect_exit(execute(code, sizeof code), VMEXIT_HLT,
                AT_HANDLERS + 16 * VECTOR);
    /* STI's shadow: behind the NOP that follows it */
    ck_assert_uint_eq(machine_get64(&m, AT_STACK - 40), AT_CODE + 3);
}
END_TEST

START_TEST(test_vapic_interrupt_waits_for_the_priority)
{
    enable_delivery();
    request(VECTOR);
    set_reg(TPR, 0x60);
    s->rflags |= RFLAGS_IF;
    s->gpr[REG_RCX] = 5; /* the same class still masks it */
    expect_exit(execute(write_cr8, sizeof write_cr8), VMEXIT_HLT, AT_CODE + 4);
    s->gpr[REG_RCX] = 4;
    expect_exit(execute(write_cr8, sizeof write_cr8), VMEXIT_HLT,
                AT_HANDLERS + 16 * VECTOR);
    ck_assert_uint_eq(machine_get64(&m, AT_STACK - 40), AT_CODE + 4);
}
END_TEST

START_TEST(test_vapic_interrupt_window_goes_first)
{
    const struct cpu_budget budget = {.until_cycle = UINT64_MAX,
                                      .until_instruction = 1000,
                                      .want_interrupt = true};

    enable_delivery();
    request(VECTOR);
    s->rflags |= RFLAGS_IF;
    s->rip = AT_CODE;
    ck_assert_int_eq(cpu_run(m.cpu, &budget).kind, CPU_EVENT_WINDOW);
    ck_assert_uint_eq(g->rvi, VECTOR);
}
END_TEST

START_TEST(test_vapic_eoi_goes_to_the_next_in_service)
{
    static const uint8_t end[] = {0xc7, 0x03, 0, 0, 0, 0, 0xf4};

    enable_delivery();
    set_vector(ISR, 0x31);
    set_vector(ISR, VECTOR);
    g->svi = VECTOR;
    s->gpr[REG_RBX] = VA_PAGE + EOI;
    expect_exit(execute(end, sizeof end), VMEXIT_HLT, AT_CODE + 6);
    ck_assert_uint_eq(g->svi, 0x31);
    ck_assert_uint_eq(reg(PPR), 0x30);
    g->eoi_exit[0] = (uint64_t)1 << 0x31;
    ck_assert_uint_eq(expect_exit(execute(end, sizeof end),
                                  VMEXIT_VIRTUALIZED_EOI, AT_CODE + 6)
                          .qualification,
                      0x31);
    ck_assert_uint_eq(g->svi, 0);
    ck_assert_uint_eq(reg(ISR + 0x31 / 32 * 16), 0);
}
END_TEST

START_TEST(test_vapic_self_ipi_by_the_command_register)
{
    static const uint8_t send[] = {0xc7, 0x03, VECTOR, 0x40, 0x04, 0, 0xf4};

    enable_delivery();
    s->gpr[REG_RBX] = VA_PAGE + ICR;
    s->rflags |= RFLAGS_IF;
    expect_exit(execute(send, sizeof send), VMEXIT_HLT,
                AT_HANDLERS + 16 * VECTOR);
    ck_assert_uint_eq(machine_get64(&m, AT_STACK - 40), AT_CODE + 6);
    ck_assert_uint_eq(g->svi, VECTOR);
}
END_TEST

/* --- x2APIC -------------------------------------------------------------- */

static const uint8_t rdmsr[] = {0x0f, 0x32, 0xf4};
static const uint8_t wrmsr[] = {0x0f, 0x30, 0xf4};

static void open_msrs(void)
{
    g->apic_access = false;
    g->virtual_x2apic = true;
    g->msr_bitmaps = true;
    g->msr_bitmap = hpa(0xb00000); /* zeros: nothing exits */
    g->exception_bitmap = 1u << VECTOR_GP;
}

static struct cpu_event write_msr(uint32_t index, uint64_t value)
{
    s->gpr[REG_RCX] = index;
    s->gpr[REG_RAX] = (uint32_t)value;
    s->gpr[REG_RDX] = value >> 32;
    return execute(wrmsr, sizeof wrmsr);
}

START_TEST(test_vapic_x2apic_registers_are_the_pages)
{
    enable_delivery();
    open_msrs();
    machine_put64(&m, AT_VAPIC + ICR, 0x1122334455667788);
    s->gpr[REG_RCX] = 0x830;
    expect_exit(execute(rdmsr, sizeof rdmsr), VMEXIT_HLT, AT_CODE + 2);
    ck_assert_uint_eq(s->gpr[REG_RAX], 0x55667788);
    ck_assert_uint_eq(s->gpr[REG_RDX], 0x11223344);
    expect_exit(write_msr(0x808, 0x25), VMEXIT_HLT, AT_CODE + 2);
    ck_assert_uint_eq(reg(TPR), 0x25);
    ck_assert_uint_eq(reg(PPR), 0x25);
    expect_exit(write_msr(0x808, 0x100), VMEXIT_EXCEPTION, AT_CODE);
    expect_exit(write_msr(0x80b, 1), VMEXIT_EXCEPTION, AT_CODE);
    expect_exit(write_msr(0x83f, VECTOR), VMEXIT_HLT, AT_CODE + 2);
    ck_assert_uint_eq(g->rvi, VECTOR);
    ck_assert_uint_eq(
        expect_exit(write_msr(0x83f, 3), VMEXIT_APIC_WRITE, AT_CODE + 2)
            .qualification,
        0x3f0);
    /* Without the bitmap's leave none of this happens. */
    g->msr_bitmaps = false;
    expect_exit(write_msr(0x808, 0x25), VMEXIT_MSR_WRITE, AT_CODE);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("virtual_interrupts");

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_vapic_pending_interrupt_is_delivered_at_entry);
    tcase_add_test(t, test_vapic_interrupt_waits_for_if_and_sti);
    tcase_add_test(t, test_vapic_interrupt_waits_for_the_priority);
    tcase_add_test(t, test_vapic_interrupt_window_goes_first);
    tcase_add_test(t, test_vapic_eoi_goes_to_the_next_in_service);
    tcase_add_test(t, test_vapic_self_ipi_by_the_command_register);
    tcase_add_test(t, test_vapic_x2apic_registers_are_the_pages);
    return machine_main(t, "virtual_interrupts");
}
