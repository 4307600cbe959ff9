/*
 * boot_multiboot.c - the multiboot protocol: Xen and teaching kernels.
 *
 * Source  Multiboot Specification 0.6.96, "Machine state", "Boot information
 *         format".
 * Model   32-bit protected mode, flat, EAX = 0x2badb002, EBX = information;
 *         modules on pages at the top of memory, in the order they were given
 *         (an initramfs is the last one).
 */
#include <string.h>

#include "hypervisor-model/boot.h"
#include "hypervisor-model/boot_place.h"

/* Offsets in the boot information, and what lies behind it in its page. */
enum {
    INFO_FLAGS = 0,
    INFO_MEMORY_LOWER = 4, /* KiB below 1 MiB */
    INFO_MEMORY_UPPER = 8, /* KiB above it */
    INFO_COMMAND_LINE = 16,
    INFO_MODULE_COUNT = 20,
    INFO_MODULES = 24,
    INFO_MAP_BYTES = 44,
    INFO_MAP = 48,
    INFO_LOADER_NAME = 64,
    INFO_BYTES = 120,
    MAP_AT = 0x80,
    MAP_ROW_BYTES = 24, /* its size field, which does not count itself, too */
    NAME_AT = 0xf0,
    MODULES_AT = 0x100,
    MODULE_BYTES = 16,
    WORDS_AT = 0x400, /* the modules' command lines */
    PAGE_END = 0x1000,
};

enum {
    HAS_MEMORY = 1 << 0,
    HAS_COMMAND_LINE = 1 << 2,
    HAS_MODULES = 1 << 3,
    HAS_MAP = 1 << 6,
    HAS_LOADER_NAME = 1 << 9,
    MAP_RAM = 1,
    MAP_RESERVED = 2,
};

#define LOADED_MAGIC 0x2badb002u

/* The page in the making. */
struct info {
    uint8_t page[PAGE_END];
    unsigned modules, words_end;
    uint64_t top; /* modules lie above */
};

static void put_map(const struct vm *vm, struct info *info)
{
    struct boot_range ranges[BOOT_MAX_RANGES];
    unsigned count = boot_memory_map(vm, ranges);

    for (unsigned i = 0; i < count; i++) {
        unsigned at = MAP_AT + i * MAP_ROW_BYTES;

        boot_put(info->page, at, 4, MAP_ROW_BYTES - 4);
        boot_put(info->page, at + 4, 8, ranges[i].at);
        boot_put(info->page, at + 12, 8, ranges[i].bytes);
        boot_put(info->page, at + 20, 4,
                 ranges[i].usable ? MAP_RAM : MAP_RESERVED);
    }
    boot_put(info->page, INFO_MAP_BYTES, 4, count * MAP_ROW_BYTES);
    boot_put(info->page, INFO_MAP, 4, BOOT_INFO_AT + MAP_AT);
    boot_put(info->page, INFO_MEMORY_LOWER, 4, BOOT_BASE_MEMORY_END / 1024);
    boot_put(info->page, INFO_MEMORY_UPPER, 4,
             (boot_low_memory_end(vm) - BOOT_HIGH_START) / 1024);
}

static enum status put_module(struct vm *vm, const struct vm_boot *boot,
                              const struct vm_module *m, struct info *info,
                              struct error *e)
{
    struct boot_blob blob = {m->data, m->bytes, VM_HOLE_BEGIN - 1};
    unsigned at = MODULES_AT + info->modules * MODULE_BYTES;
    size_t words = strlen(m->command_line) + 1;
    enum status s = boot_place_high(vm, boot, &blob, &info->top, e);

    if (s != STATUS_OK)
        return s;
    if (words > PAGE_END - info->words_end)
        return error_set(e, STATUS_USAGE,
                         "the command lines of the modules are longer than %d "
                         "bytes (--module)",
                         PAGE_END - WORDS_AT);
    memcpy(info->page + info->words_end, m->command_line, words);
    boot_put(info->page, at, 4, info->top);
    boot_put(info->page, at + 4, 4, info->top + m->bytes);
    boot_put(info->page, at + 8, 4, BOOT_INFO_AT + info->words_end);
    info->words_end += (unsigned)words;
    info->modules++;
    return STATUS_OK;
}

static enum status put_modules(struct vm *vm, const struct vm_boot *boot,
                               struct info *info, struct error *e)
{
    struct vm_module initrd = {boot->initrd, boot->initrd_bytes, ""};
    enum status s = STATUS_OK;

    for (unsigned i = 0; i < boot->module_count && s == STATUS_OK; i++)
        s = put_module(vm, boot, &boot->modules[i], info, e);
    if (s == STATUS_OK && boot->initrd_bytes != 0)
        s = put_module(vm, boot, &initrd, info, e);
    boot_put(info->page, INFO_MODULE_COUNT, 4, info->modules);
    boot_put(info->page, INFO_MODULES, 4, BOOT_INFO_AT + MODULES_AT);
    return s;
}

static enum status put_info(struct vm *vm, const struct vm_boot *boot,
                            struct error *e)
{
    static const char name[] = "Ringside";
    struct info info = {.words_end = WORDS_AT, .top = boot_low_memory_end(vm)};
    enum status s = put_modules(vm, boot, &info, e);

    if (s != STATUS_OK)
        return s;
    put_map(vm, &info);
    memcpy(info.page + NAME_AT, name, sizeof name);
    boot_put(info.page, INFO_LOADER_NAME, 4, BOOT_INFO_AT + NAME_AT);
    boot_put(info.page, INFO_COMMAND_LINE, 4, BOOT_COMMAND_LINE_AT);
    boot_put(info.page, INFO_FLAGS, 4,
             HAS_MEMORY | HAS_COMMAND_LINE | HAS_MAP | HAS_LOADER_NAME |
                 (info.modules ? HAS_MODULES : 0));
    if (!vm_copy_in(vm, gpa(BOOT_INFO_AT), info.page, sizeof info.page))
        return boot_too_small(vm, "boot information", e);
    return boot_put_command_line(vm, boot, UINT64_MAX, e);
}

enum status boot_multiboot(struct vm *vm, const struct vm_boot *boot,
                           struct error *e)
{
    struct cpu_state *state = &vm->vcpus[0]->state;
    enum status s = boot_load_segments(vm, boot, e);

    if (s == STATUS_OK)
        s = put_info(vm, boot, e);
    if (s == STATUS_OK)
        s = boot_enter_flat(vm, boot->entry, 0x10, e);
    state->gpr[REG_RAX] = LOADED_MAGIC;
    state->gpr[REG_RBX] = BOOT_INFO_AT;
    return s;
}
