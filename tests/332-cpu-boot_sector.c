/*
 * 332-cpu-boot_sector.c - claim: a boot sector at 0000:7c00 goes through real
 * mode, unreal mode, protected mode, paging, user mode, virtual-8086 mode, a
 * task and long mode, and comes back to real mode, with the same report under
 * both timing models, blocks cached or not, fast path on or off.
 *
 * Intel SDM vol. 3, "Mode Switching", "8086 Emulation", "Task Management",
 * "Initializing IA-32e Mode".  The report was held against the manual, and
 * QEMU's emulator gives the same one.
 */
#include "tests/cpu_fixture.h"

extern const uint8_t modes_image[], modes_image_end[];

enum { BOOT_AT = 0x7c00, PORT_CONSOLE = 0xe9, PORT_END = 0xf4 };

/*
 * R: flags of INT and after POPF.  U: unreal memory, CS before the far jump.
 * P: TR, its rights.  g: #GP's error code.  f: #PF's error code, CR2.
 * u: CS of the program.  k: its CS, EFLAGS, SS.  V: DS, BX, EFLAGS, ES of the
 * 8086.  v: its SI.  T: EFLAGS, CR0, TR of the task.  t: EBX, NT, the task's
 * EFLAGS and link.  C: EFER.  L: a 64-bit register.
 */
static const char expected[] =
    "Ri 0245 1216U f00d 0000P 0028 008bg 0008Gf 0002 1501u 0043k 0043 3297 004b"
    "V 0600 0500 0202 0500cv beefT 4002 0019 0030t 1111 0000 0093 0028"
    "C 0500L 2211 0000Bi 0201.\n";

/* Runs until the guest writes PORT_END; what it said. */
static size_t run_to_end(struct machine *m, char *said, size_t room)
{
    size_t n = 0;

    for (unsigned events = 0; events < 1000; events++) {
        struct cpu_event e = machine_run(m);

        if (e.kind != CPU_EVENT_PORT || e.port.port == PORT_END)
            break;
        if (e.port.port == PORT_CONSOLE && !e.port.in && n + 1 < room)
            said[n++] = (char)e.port.data[0];
        cpu_complete_port(m->cpu, &e.port);
    }
    said[n] = 0;
    return n;
}

START_TEST(test_boot_sector_goes_through_every_mode)
{
    static const struct machine_options options[] = {
        {.timing = TIMING_WINDOW},
        {.timing = TIMING_FAST},
        {.timing = TIMING_FAST, .no_block_cache = true},
        {.timing = TIMING_WINDOW, .no_fast_path = true},
        {.timing = TIMING_FAST, .stress_preempt = 1},
    };
    uint64_t retired = 0;

    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        struct machine m;
        char said[512];

        machine_init(&m, &options[i]);
        cpu_reset(m.cpu);
        machine_put(&m, BOOT_AT, modes_image,
                    (size_t)(modes_image_end - modes_image));
        cpu_state(m.cpu)->seg[SEG_CS].selector = 0;
        cpu_state(m.cpu)->seg[SEG_CS].base = 0;
        cpu_state(m.cpu)->rip = BOOT_AT;
        cpu_state(m.cpu)->gpr[REG_RDX] = 0x80;
        cpu_sync(m.cpu);
        run_to_end(&m, said, sizeof said);
        ck_assert_str_eq(said, expected);
        if (i == 0)
            retired = cpu_retired(m.cpu);
        ck_assert_uint_eq(cpu_retired(m.cpu), retired);
        machine_expect_ledger(&m);
        machine_free(&m);
    }
    ck_assert_uint_gt(retired, 3000);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("boot sector");

    tcase_add_test(t, test_boot_sector_goes_through_every_mode);
    return machine_main(t, "boot sector");
}
