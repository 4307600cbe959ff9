/*
 * native.c - the pv_ops table of a bare, or fully virtualized, machine: every
 * operation is an instruction or two.
 *
 * Ports  0x3f8 serial console (kernel messages), 0xe9 and 0xe8 debug consoles
 *        (the program's stdout and stderr), 0xf4 debug exit.  Where a debug
 *        console does not answer, the serial console serves.
 */
#include "workloads/kernel/native.h"

#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/native_kvm.h"
#include "workloads/kernel/native_smp.h"

enum {
    PORT_SERIAL = 0x3f8,
    PORT_STDOUT = 0xe9,
    PORT_STDERR = 0xe8,
    PORT_EXIT = 0xf4,
    CONSOLE_ANSWER = 0xe9,
    SERIAL_LCR = 3,
    SERIAL_MCR = 4,
    SERIAL_LSR = 5,
    LCR_8N1 = 3,
    MCR_DTR_RTS = 3,
    LSR_ROOM = 0x20,
};

#define BOOT_EPOCH_S 1767225600u /* 2026-01-01: the same in every run */

static void early_init(void)
{
    outb(PORT_SERIAL + SERIAL_LCR, LCR_8N1);
    outb(PORT_SERIAL + SERIAL_MCR, MCR_DTR_RTS);
    native_cpu_features();
}

static uint64_t same_frame(pfn_t pfn)
{
    return pfn;
}

static bool space_new_nothing(struct pt_root *root)
{
    (void)root;
    return true;
}

static void root_nothing(struct pt_root *root)
{
    (void)root;
}

static void table_nothing(struct pt_root *root, pfn_t table, unsigned level)
{
    (void)root, (void)table, (void)level;
}

static void nothing(void)
{
}

static void pte_set(const struct pt_slot *slot, uint64_t value)
{
    volatile uint64_t *table = pfn_to_va(slot->table);

    table[slot->index] = value;
}

static void load_space(struct pt_root *root)
{
    __asm__ volatile("mov %0, %%cr3"
                     :
                     : "r"(root->pfn << PAGE_BITS)
                     : "memory");
}

static void flush_page(uint64_t va)
{
    __asm__ volatile("invlpg (%0)" : : "r"(va) : "memory");
}

/* Loading CR3 with what it holds drops all but global (kernel) pages. */
static void flush_user(void)
{
    uint64_t cr3;

    __asm__ volatile("mov %%cr3, %0\n\tmov %0, %%cr3" : "=r"(cr3) : : "memory");
}

static void load_fs_base(uint64_t base)
{
    wrmsr(MSR_FS_BASE, base);
}

/* In the kernel GS is ours; SWAPGS on the way out gives this one. */
static void load_user_gs_base(uint64_t base)
{
    wrmsr(MSR_KERNEL_GS_BASE, base);
}

static uint64_t boot_epoch_s(void)
{
    return BOOT_EPOCH_S;
}

/* STI takes effect after the next instruction: no interrupt slips in between
   and leaves us halted for ever. */
static void idle(void)
{
    native_leave();
    __asm__ volatile("sti\n\thlt\n\tcli" ::: "memory");
    native_enter();
}

static void return_to_user(struct trap_frame *f) __attribute__((noreturn));

static void return_to_user(struct trap_frame *f)
{
    native_leave();
    native_return_to_user(f);
}

static void serial_write(const uint8_t *data, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        while (!(inb(PORT_SERIAL + SERIAL_LSR) & LSR_ROOM))
            ;
        outb(PORT_SERIAL, data[i]);
    }
}

static void write_stream(enum stream stream, const void *data, size_t bytes)
{
    uint16_t port = stream == STREAM_OUT ? PORT_STDOUT : PORT_STDERR;

    if (stream == STREAM_LOG || inb(port) != CONSOLE_ANSWER)
        serial_write(data, bytes);
    else
        outsb(port, data, bytes);
}

static void shutdown_machine(uint8_t status) __attribute__((noreturn));

static void shutdown_machine(uint8_t status)
{
    outb(PORT_EXIT, status);
    for (;;)
        __asm__ volatile("cli\n\thlt");
}

const struct pv_ops native_ops = {
    .name = "native",
    .early_init = early_init,
    .map_memory = native_map_memory,
    .cpu_init = native_cpu_init,
    .start_cpus = native_start_cpus,
    .cpu_interrupt = native_cpu_interrupt,
    .flush_others = native_flush_others,
    .pfn_to_machine = same_frame,
    .machine_to_pfn = same_frame,
    .space_new = space_new_nothing,
    .space_ready = root_nothing,
    .space_dying = root_nothing,
    .space_free = root_nothing,
    .table_new = table_nothing,
    .table_free = table_nothing,
    .pte_set = pte_set,
    .lazy_begin = nothing,
    .lazy_end = nothing,
    .load_space = load_space,
    .flush_page = flush_page,
    .flush_user = flush_user,
    .load_kernel_stack = native_load_kernel_stack,
    .load_fs_base = load_fs_base,
    .load_user_gs_base = load_user_gs_base,
    .return_to_user = return_to_user,
    .clock_ns = native_clock_ns,
    .steal_ns = native_kvm_steal_ns,
    .boot_epoch_s = boot_epoch_s,
    .timer_arm = native_timer_arm,
    .idle = idle,
    .write = write_stream,
    .shutdown = shutdown_machine,
};
