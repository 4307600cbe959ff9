/*
 * kernel_image.c - detects the format of a kernel and has it parsed.
 *
 * Source  those of the parsers; PC convention for boot sectors; Linux
 *         documentation, "Booting AArch64 Linux", for what is refused by name.
 */
#include "workloads/load/kernel_image.h"

#include <elf.h>
#include <string.h>

#include "workloads/load/decompress.h"

enum { SECTOR_BYTES = 512, ARM64_MAGIC_AT = 56 };

static bool has(const uint8_t *data, uint64_t bytes, uint64_t at,
                const char *magic, size_t magic_bytes)
{
    return bytes >= at + magic_bytes &&
           memcmp(data + at, magic, magic_bytes) == 0;
}

static bool is_elf(const uint8_t *data, uint64_t bytes)
{
    return has(data, bytes, 0, ELFMAG, SELFMAG);
}

/* A disk may have a boot loader on it that is a kernel, too: for others. */
static bool is_boot_sector(const uint8_t *data, uint64_t bytes)
{
    return has(data, bytes, SECTOR_BYTES - 2, "\x55\xaa", 2) &&
           !has(data, bytes, 0, "MZ", 2) && !is_elf(data, bytes);
}

static enum status parse_elf(struct kernel_image *k, const char *what,
                             struct error *e)
{
    enum status s = elf_parse_either(&k->elf, k->data, k->bytes, what, e);

    k->format = KERNEL_ELF;
    k->is_linux = strcmp(k->elf.guest_os, "linux") == 0;
    k->is_32bit = k->elf.is_32bit;
    return s;
}

/* Programs are ELF files, too; a kernel says where it is to be entered. */
static enum status parse_elf_kernel(struct kernel_image *k, const char *what,
                                    struct error *e)
{
    enum status s = parse_elf(k, what, e);

    if (s == STATUS_OK && k->elf.pvh_entry == 0 && k->elf.pv_entry == 0)
        return error_set(e, STATUS_FILE,
                         "%s: is an ELF file without a kernel's entry (the "
                         "note XEN_ELFNOTE_PHYS32_ENTRY, or a multiboot "
                         "header); a program goes after --",
                         what);
    return s;
}

/* memtest86+ comes in this form too; it does not say its version as Linux. */
static bool says_linux(const struct kernel_image *k)
{
    return k->bzimage.protocol >= 0x20a && k->bzimage.relocatable;
}

static enum status parse_bzimage(struct kernel_image *k, const char *what,
                                 struct error *e)
{
    enum status s = bzimage_parse(&k->bzimage, k->data, k->bytes, what, e);

    k->format = KERNEL_BZIMAGE;
    k->is_linux = s == STATUS_OK && says_linux(k);
    k->is_32bit = !k->bzimage.entry_64;
    return s;
}

static enum status refuse(const struct kernel_image *k, const char *what,
                          struct error *e)
{
    const char *known = "kernels that can be booted are bzImage, ELF with a "
                        "PVH entry, multiboot, boot sector or disk image";

    if (k->bytes == 0)
        return error_set(e, STATUS_FILE, "%s: is empty; %s", what, known);
    if (has(k->data, k->bytes, ARM64_MAGIC_AT, "ARM\x64", 4))
        return error_set(e, STATUS_FILE,
                         "%s: is a kernel for another processor (arm64); only "
                         "x86 kernels run",
                         what);
    if (has(k->data, k->bytes, 0, "MZ", 2))
        return error_set(e, STATUS_FILE,
                         "%s: is an EFI program, and there is no EFI firmware; "
                         "%s",
                         what, known);
    if (is_boot_sector(k->data, k->bytes))
        return error_set(e, STATUS_FILE,
                         "%s: begins as a disk image, but ends within a "
                         "sector of %d bytes",
                         what, SECTOR_BYTES);
    return error_set(e, STATUS_FILE, "%s: is no kernel; %s", what, known);
}

enum status kernel_image_parse(struct kernel_image *k, const uint8_t *data,
                               uint64_t bytes, const char *what,
                               struct error *e)
{
    memset(k, 0, sizeof *k);
    k->data = data;
    k->bytes = bytes;
    if (bzimage_is(data, bytes))
        return parse_bzimage(k, what, e);
    if (is_boot_sector(data, bytes) && bytes % SECTOR_BYTES == 0) {
        k->format = KERNEL_SECTOR;
        return STATUS_OK;
    }
    if (is_elf(data, bytes) &&
        (parse_elf(k, what, e) != STATUS_OK || k->elf.pvh_entry != 0 ||
         !multiboot_is(data, bytes)))
        return parse_elf_kernel(k, what, e);
    memset(&k->elf, 0, sizeof k->elf);
    k->is_linux = k->is_32bit = false;
    if (multiboot_is(data, bytes)) {
        k->format = KERNEL_MULTIBOOT;
        return multiboot_parse(&k->multiboot, data, bytes, what, e);
    }
    return refuse(k, what, e);
}

enum status kernel_image_unpack(struct host_file *f, const char *what,
                                struct error *e)
{
    const struct packed in = {f->data, f->bytes, KERNEL_IMAGE_LIMIT_BYTES};
    struct host_file out;
    enum status s;

    if (!decompress_format(f->data, f->bytes))
        return STATUS_OK;
    s = decompress(&out, &in, what, e);
    if (s != STATUS_OK)
        return s;
    host_file_free(f);
    *f = out;
    return STATUS_OK;
}
