/*
 * 342-cpu-device_access.c - claim: any instruction reaches device memory, each
 * access once, in program order, with its own size; a read before its
 * instruction changes anything, a write after it has retired.
 *
 * Intel SDM vol. 3, "Memory Cache Control": uncacheable accesses are neither
 * repeated nor merged.
 */
#include "tests/cpu_fixture.h"

enum { VA_DEVICE = 0x1000000, PAGES_MOST = 64 };
#define GPA_DEVICE ((uint64_t)0xfee00000)

/* A device that counts what it reads and remembers what is written. */
struct access_log {
    struct cpu_device at[PAGES_MOST];
    unsigned count;
    uint8_t next; /* each byte read is one more than the last */
};

static struct machine m;
static struct access_log seen;

static void set_up(void)
{
    machine_init(&m, &(struct machine_options){.timing = TIMING_WINDOW});
    machine_put64(&m, AT_PD + 8u * (VA_DEVICE >> 21), GPA_DEVICE | 0x87);
    memset(&seen, 0, sizeof seen);
}

static void tear_down(void)
{
    machine_expect_ledger(&m);
    machine_free(&m);
}

static struct cpu_event answer(struct cpu_device *asked)
{
    for (unsigned i = 0; i < asked->bytes; i++)
        asked->data[i] = ++seen.next;
    return cpu_complete_device(m.cpu, asked);
}

/* Serves the device until another event comes. */
static struct cpu_event serve(struct cpu_event event)
{
    while (event.kind == CPU_EVENT_DEVICE || event.kind == CPU_EVENT_BUDGET) {
        if (event.kind == CPU_EVENT_BUDGET) {
            event = machine_run(&m);
            continue;
        }
        ck_assert_uint_lt(seen.count, PAGES_MOST);
        if (!event.device.write)
            event = answer(&event.device);
        else {
            seen.at[seen.count++] = event.device;
            event = machine_run(&m);
        }
    }
    return event;
}

static uint64_t written(unsigned i)
{
    uint64_t value = 0;

    memcpy(&value, seen.at[i].data, seen.at[i].bytes);
    return value;
}

static void expect_write(unsigned i, uint64_t offset, unsigned bytes,
                         uint64_t value)
{
    ck_assert_uint_lt(i, seen.count);
    ck_assert_uint_eq(seen.at[i].gpa.v, GPA_DEVICE + offset);
    ck_assert_uint_eq(seen.at[i].bytes, bytes);
    ck_assert_uint_eq(written(i), value);
}

START_TEST(test_device_each_instruction_accesses_once_in_order)
{
    /* mov edi,VA+0x20; mov eax,[rdi]; mov ebx,eax;
       mov dword [rdi+0x10],0x12345678; add dword [rdi+0x20],3;
       xchg [rdi+0x30],ecx; movzx edx,byte [rdi+0x41]; hlt */
    static const uint8_t code[] = {0xbf, 0x20, 0x00, 0x00, 0x01, 0x8b, 0x07,
                                   0x89, 0xc3, 0xc7, 0x47, 0x10, 0x78, 0x56,
                                   0x34, 0x12, 0x83, 0x47, 0x20, 0x03, 0x87,
                                   0x4f, 0x30, 0x0f, 0xb6, 0x57, 0x41, 0xf4};
    const uint64_t *g = cpu_state(m.cpu)->gpr;

    cpu_state(m.cpu)->gpr[REG_RCX] = 0xabcd;
    ck_assert_int_eq(serve(machine_execute(&m, code, sizeof code)).kind,
                     CPU_EVENT_HALT);
    ck_assert_uint_eq(g[REG_RBX], 0x04030201);
    ck_assert_uint_eq(g[REG_RCX], 0x0c0b0a09);
    ck_assert_uint_eq(g[REG_RDX], 0x0d);
    ck_assert_uint_eq(seen.count, 3);
    expect_write(0, 0x30, 4, 0x12345678);
    expect_write(1, 0x40, 4, 0x08070605 + 3);
    expect_write(2, 0x50, 4, 0xabcd);
}
END_TEST

START_TEST(test_device_strings_move_one_element_at_a_time)
{
    /* mov esi,VA; mov edi,DATA; mov ecx,5; cld; rep movsd;
       mov esi,DATA; mov edi,VA+0x100; mov ecx,20; rep movsw;
       mov edi,VA+0x200; mov ecx,3; mov al,0x77; rep stosb; hlt */
    static const uint8_t code[] = {
        0xbe, 0x00, 0x00, 0x00, 0x01, 0xbf, 0x00, 0x00, 0x20, 0x00, 0xb9,
        0x05, 0x00, 0x00, 0x00, 0xfc, 0xf3, 0xa5, 0xbe, 0x00, 0x00, 0x20,
        0x00, 0xbf, 0x00, 0x01, 0x00, 0x01, 0xb9, 0x14, 0x00, 0x00, 0x00,
        0x66, 0xf3, 0xa5, 0xbf, 0x00, 0x02, 0x00, 0x01, 0xb9, 0x03, 0x00,
        0x00, 0x00, 0xb0, 0x77, 0xf3, 0xaa, 0xf4};

    ck_assert_int_eq(serve(machine_execute(&m, code, sizeof code)).kind,
                     CPU_EVENT_HALT);
    ck_assert_uint_eq(machine_get64(&m, AT_DATA), 0x0807060504030201);
    ck_assert_uint_eq(machine_get64(&m, AT_DATA + 8), 0x100f0e0d0c0b0a09);
    ck_assert_uint_eq(seen.count, 23);
    for (unsigned i = 0; i < 10; i++)
        expect_write(i, 0x100 + 2 * i, 2, (2u * i + 2) << 8 | (2u * i + 1));
    for (unsigned i = 10; i < 20; i++)
        expect_write(i, 0x100 + 2 * i, 2, 0);
    for (unsigned i = 20; i < 23; i++)
        expect_write(i, 0x200 + (i - 20), 1, 0x77);
    ck_assert_uint_eq(cpu_state(m.cpu)->gpr[REG_RCX], 0);
}
END_TEST

START_TEST(test_device_read_changes_nothing_before_its_answer)
{
    static const uint8_t code[] = {0x48, 0x03, 0x07, 0xf4}; /* add rax,[rdi] */
    struct cpu_event event;

    cpu_state(m.cpu)->gpr[REG_RDI] = VA_DEVICE + 8;
    cpu_state(m.cpu)->gpr[REG_RAX] = 1;
    event = machine_execute(&m, code, sizeof code);
    ck_assert_int_eq(event.kind, CPU_EVENT_DEVICE);
    ck_assert(!event.device.write && !event.device.fetch);
    ck_assert_uint_eq(event.device.bytes, 8);
    ck_assert_uint_eq(event.device.gpa.v, GPA_DEVICE + 8);
    ck_assert_uint_eq(event.device.gva.v, VA_DEVICE + 8);
    ck_assert_uint_eq(cpu_state(m.cpu)->rip, AT_CODE);
    ck_assert_uint_eq(cpu_state(m.cpu)->gpr[REG_RAX], 1);
    ck_assert_uint_eq(cpu_retired(m.cpu), 0);
    ck_assert_int_eq(answer(&event.device).kind, CPU_EVENT_BUDGET);
    ck_assert_uint_eq(cpu_retired(m.cpu), 1);
    ck_assert_uint_eq(cpu_state(m.cpu)->gpr[REG_RAX], 0x0807060504030202);
}
END_TEST

START_TEST(test_device_window_opens_for_one_instruction)
{
    /* mov eax,[rdi]; mov eax,[rdi]; the page is not mapped */
    static const uint8_t code[] = {0x8b, 0x07, 0x8b, 0x07, 0xf4};
    struct cpu_event event;

    machine_put64(&m, AT_PD + 8u * (VA_DEVICE >> 21), 0);
    cpu_state(m.cpu)->gpr[REG_RDI] = VA_DEVICE + 0x18;
    machine_put(&m, AT_CODE, code, sizeof code);
    ck_assert_uint_eq(
        cpu_open_device(m.cpu, gva(VA_DEVICE + 0x18), gpa(GPA_DEVICE), false),
        1);
    event = cpu_run_device(m.cpu);
    ck_assert_int_eq(event.kind, CPU_EVENT_DEVICE);
    ck_assert_uint_eq(event.device.gpa.v, GPA_DEVICE + 0x18);
    ck_assert_int_eq(answer(&event.device).kind, CPU_EVENT_BUDGET);
    ck_assert_uint_eq(cpu_state(m.cpu)->gpr[REG_RAX], 0x04030201);
    ck_assert_int_eq(machine_run(&m).kind, CPU_EVENT_HALT);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_PF);
    ck_assert_uint_eq(cpu_state(m.cpu)->cr2, VA_DEVICE + 0x18);
}
END_TEST

START_TEST(test_device_fetch_is_an_event_without_answer)
{
    static const uint8_t code[] = {0xff, 0xe7}; /* jmp rdi */
    struct cpu_event event;

    cpu_state(m.cpu)->gpr[REG_RDI] = VA_DEVICE;
    event = machine_execute(&m, code, sizeof code);
    ck_assert_int_eq(event.kind, CPU_EVENT_DEVICE);
    ck_assert(event.device.fetch);
    ck_assert_uint_eq(event.device.gpa.v, GPA_DEVICE);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("device memory");

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_device_each_instruction_accesses_once_in_order);
    tcase_add_test(t, test_device_strings_move_one_element_at_a_time);
    tcase_add_test(t, test_device_read_changes_nothing_before_its_answer);
    tcase_add_test(t, test_device_window_opens_for_one_instruction);
    tcase_add_test(t, test_device_fetch_is_an_event_without_answer);
    return machine_main(t, "cpu device access");
}
