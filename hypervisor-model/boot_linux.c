/*
 * boot_linux.c - the Linux boot protocol: a bzImage, entered behind its
 * real-mode code, or the kernel in it, which the loader has unpacked.
 *
 * Source  Linux documentation, "The Linux/x86 Boot Protocol", "32-bit BOOT
 *         PROTOCOL" and "64-bit BOOT PROTOCOL"; "Zero Page".
 * Model   the kernel lies at its preferred address if it is relocatable and
 *         there is room, else where its header says; the initramfs at the top
 *         of the memory that the header allows.  A kernel that can be entered
 *         in long mode is, with 4 GiB mapped one to one in pages of 2 MiB.
 *         An unpacked kernel lies where it is linked, and is entered as its
 *         own decompressor would: the zero page in RSI, memory mapped one to
 *         one (a 32-bit one: flat, without paging), five levels of tables if
 *         CPU and kernel have them and "no5lvl" does not forbid it.
 * NOT MODELLED  setup_data, EFI, video modes other than text,
 *         address randomization by the loader.
 */
#include <string.h>

#include "hypervisor-model/boot.h"
#include "hypervisor-model/boot_place.h"
#include "mmu/pt_geom.h"
#include "workloads/load/bzimage.h"

/* Offsets in the zero page that are not of the setup header. */
enum {
    ZERO_VIDEO_MODE = 0x06,
    ZERO_VIDEO_COLUMNS = 0x07,
    ZERO_VIDEO_LINES = 0x0e,
    ZERO_VIDEO_IS_VGA = 0x0f,
    ZERO_VIDEO_POINTS = 0x10,
    ZERO_RSDP = 0x70,
    ZERO_E820_COUNT = 0x1e8,
    ZERO_LOADER = 0x210,
    ZERO_CODE32 = 0x214,
    ZERO_INITRD_AT = 0x218,
    ZERO_INITRD_BYTES = 0x21c,
    ZERO_COMMAND_LINE = 0x228,
    ZERO_E820 = 0x2d0,
    E820_ROW_BYTES = 20,
    E820_RAM = 1,
    E820_RESERVED = 2,
    LOADER_UNKNOWN = 0xff,
    VIDEO_TEXT_80x25 = 3,
};

enum { BOOT_CS = 0x10, ENTRY_64_OFFSET = 0x200, IDENTITY_GIB = 4 };

static bool fits(const struct vm *vm, const struct bzimage *image, uint64_t at)
{
    return at >= BOOT_HIGH_START &&
           vm_has_memory(vm, gpa(at), image->memory_bytes);
}

/* Where the kernel goes; 0: nowhere. */
static uint64_t kernel_place(const struct vm *vm, const struct bzimage *image)
{
    uint64_t lowest = BOOT_HIGH_START;

    if (!image->relocatable)
        return fits(vm, image, image->load_at) ? image->load_at : 0;
    if (fits(vm, image, image->preferred_at))
        return image->preferred_at;
    lowest =
        (lowest + image->alignment - 1) & ~((uint64_t)image->alignment - 1);
    return fits(vm, image, lowest) ? lowest : 0;
}

static void put_memory_map(const struct vm *vm, uint8_t *zero)
{
    struct boot_range ranges[BOOT_MAX_RANGES];
    unsigned count = boot_memory_map(vm, ranges);

    boot_put(zero, ZERO_E820_COUNT, 1, count);
    for (unsigned i = 0; i < count; i++) {
        unsigned at = ZERO_E820 + i * E820_ROW_BYTES;

        boot_put(zero, at, 8, ranges[i].at);
        boot_put(zero, at + 8, 8, ranges[i].bytes);
        boot_put(zero, at + 16, 4, ranges[i].usable ? E820_RAM : E820_RESERVED);
    }
}

static void put_screen(const struct vm_boot *boot, uint8_t *zero)
{
    if (!boot->text_screen)
        return;
    zero[ZERO_VIDEO_MODE] = VIDEO_TEXT_80x25;
    zero[ZERO_VIDEO_COLUMNS] = 80;
    zero[ZERO_VIDEO_LINES] = 25;
    zero[ZERO_VIDEO_IS_VGA] = 1;
    zero[ZERO_VIDEO_POINTS] = 16;
}

static enum status put_zero_page(struct vm *vm, const struct vm_boot *boot,
                                 uint64_t kernel_at, uint64_t initrd_at,
                                 struct error *e)
{
    const struct bzimage *image = boot->bzimage;
    uint8_t zero[PAGE_BYTES] = {0};

    memcpy(zero + BZIMAGE_HEADER_AT, image->header, image->header_bytes);
    zero[ZERO_LOADER] = LOADER_UNKNOWN;
    boot_put(zero, ZERO_CODE32, 4, kernel_at);
    boot_put(zero, ZERO_INITRD_AT, 4, initrd_at);
    boot_put(zero, ZERO_INITRD_BYTES, 4, boot->initrd_bytes);
    boot_put(zero, ZERO_COMMAND_LINE, 4, BOOT_COMMAND_LINE_AT);
    boot_put(zero, ZERO_RSDP, 8, boot->rsdp);
    put_memory_map(vm, zero);
    put_screen(boot, zero);
    if (!vm_copy_in(vm, gpa(BOOT_ZERO_PAGE_AT), zero, sizeof zero))
        return boot_too_small(vm, "zero page", e);
    return boot_put_command_line(vm, boot, image->command_line_max, e);
}

/* A table with one entry, which leads to the next page's. */
static bool put_root(struct vm *vm, uint64_t at)
{
    uint64_t table[512] = {(at + PAGE_BYTES) | PTE_P | PTE_W};

    return vm_copy_in(vm, gpa(at), table, sizeof table);
}

/* One table for each level, and one of 512 large pages for each GiB.  The root
   for five levels lies before the one for four. */
static bool put_identity_tables(struct vm *vm)
{
    const uint64_t flags = PTE_P | PTE_W;
    uint64_t table[512] = {0};
    uint64_t at = BOOT_TABLES_AT + 2 * PAGE_BYTES;

    if (!put_root(vm, BOOT_TABLES_5_AT) || !put_root(vm, BOOT_TABLES_AT))
        return false;
    for (uint64_t i = 0; i < IDENTITY_GIB; i++)
        table[i] = (at + i * PAGE_BYTES) | flags;
    if (!vm_copy_in(vm, gpa(BOOT_TABLES_AT + PAGE_BYTES), table, sizeof table))
        return false;
    for (uint64_t gib = 0; gib < IDENTITY_GIB; gib++, at += PAGE_BYTES) {
        for (uint64_t i = 0; i < 512; i++)
            table[i] = gib << 30 | i << 21 | PTE_PS | flags;
        if (!vm_copy_in(vm, gpa(at), table, sizeof table))
            return false;
    }
    return true;
}

static enum status enter_64(struct vm *vm, uint64_t entry, bool five_levels,
                            struct error *e)
{
    const uint64_t code = 0x00af9b000000ffff;
    struct cpu_state *s = &vm->vcpus[0]->state;
    enum status status = boot_enter_flat(vm, entry, BOOT_CS, e);

    if (status != STATUS_OK)
        return status;
    if (!put_identity_tables(vm) ||
        !vm_copy_in(vm, gpa(BOOT_GDT_AT + BOOT_CS), &code, sizeof code))
        return boot_too_small(vm, "page tables of the loader", e);
    s->seg[SEG_CS].attributes = 0xa09b;
    s->cr3 = five_levels ? BOOT_TABLES_5_AT : BOOT_TABLES_AT;
    s->cr4 = CR4_PAE | (five_levels ? CR4_LA57 : 0);
    s->efer = EFER_LME | EFER_LMA;
    s->cr0 = CR0_PE | CR0_ET | CR0_PG;
    return STATUS_OK;
}

static enum status load_initrd(struct vm *vm, const struct vm_boot *boot,
                               uint64_t *at, struct error *e)
{
    struct boot_blob blob = {boot->initrd, boot->initrd_bytes,
                             boot->bzimage->initrd_last};
    uint64_t top = boot_low_memory_end(vm);
    enum status s;

    *at = 0;
    if (boot->initrd_bytes == 0)
        return STATUS_OK;
    s = boot_place_high(vm, boot, &blob, &top, e);
    *at = top;
    return s;
}

/* The kernel, initramfs and zero page; where the kernel lies is segment 0's. */
static enum status load(struct vm *vm, const struct vm_boot *boot,
                        struct error *e)
{
    uint64_t initrd_at;
    enum status s = boot_load_segments(vm, boot, e);

    if (s == STATUS_OK)
        s = load_initrd(vm, boot, &initrd_at, e);
    if (s == STATUS_OK)
        s = put_zero_page(vm, boot, boot->segments[0].at.v, initrd_at, e);
    vm->vcpus[0]->state.gpr[REG_RSI] = BOOT_ZERO_PAGE_AT;
    return s;
}

/* True if word is one of the command line's. */
static bool has_word(const char *line, const char *word)
{
    size_t bytes = strlen(word);

    for (line += strspn(line, " "); *line; line += strspn(line, " ")) {
        size_t length = strcspn(line, " ");

        if (length == bytes && memcmp(line, word, bytes) == 0)
            return true;
        line += length;
    }
    return false;
}

/* Where it is linked there must be room; else its own decompressor finds it
   another place, or says what it lacks. */
static bool can_take_unpacked(const struct vm *vm, const struct vm_boot *boot)
{
    return boot->segment_count != 0 &&
           fits(vm, boot->bzimage, boot->bzimage->preferred_at) &&
           !(boot->entry_64 && boot->no_long_mode);
}

static enum status boot_unpacked(struct vm *vm, const struct vm_boot *boot,
                                 struct error *e)
{
    const struct bzimage *image = boot->bzimage;
    bool five_levels =
        boot->five_levels && image->five_levels &&
        !has_word(boot->command_line ? boot->command_line : "", "no5lvl");
    enum status s;

    s = load(vm, boot, e);
    if (s != STATUS_OK)
        return s;
    return boot->entry_64 ? enter_64(vm, boot->entry, five_levels, e)
                          : boot_enter_flat(vm, boot->entry, BOOT_CS, e);
}

enum status boot_linux(struct vm *vm, const struct vm_boot *boot,
                       struct error *e)
{
    const struct bzimage *image = boot->bzimage;
    uint64_t at = kernel_place(vm, image);
    struct vm_segment segment = {.at = gpa(at),
                                 .data = image->kernel,
                                 .file_bytes = image->kernel_bytes,
                                 .memory_bytes = image->memory_bytes};
    struct vm_boot placed = *boot;
    enum status s;

    if (can_take_unpacked(vm, boot))
        return boot_unpacked(vm, boot, e);
    if (at == 0)
        return boot_too_small(vm, "kernel", e);
    placed.segments = &segment;
    placed.segment_count = 1;
    s = load(vm, &placed, e);
    if (s != STATUS_OK)
        return s;
    return image->entry_64 && !boot->no_long_mode
               ? enter_64(vm, at + ENTRY_64_OFFSET, false, e)
               : boot_enter_flat(vm, at, BOOT_CS, e);
}
