/*
 * bzimage.c - reads the setup header of a bzImage.
 *
 * Source    Linux documentation, "The Linux/x86 Boot Protocol", "The Real-Mode
 *           Kernel Header".  Fields that a protocol is too old to have take
 *           the values that it prescribes.
 * NOT MODELLED  the setup code for real mode (the kernel is entered behind
 *           it), kernels loaded low (zImage), the EFI entry.
 * INVARIANT  of a parsed image: kernel .. kernel + kernel_bytes lies in the
 *           file, payload .. payload + payload_bytes in that, alignment is a
 *           power of two of at least 4K, and memory_bytes >= kernel_bytes.
 */
#include "workloads/load/bzimage.h"

#include <string.h>

#include "sim/core/addr.h"

/* Offsets in the file. */
enum {
    AT_SETUP_SECTORS = 0x1f1,
    AT_PARAGRAPHS = 0x1f4,
    AT_BOOT_FLAG = 0x1fe,
    AT_JUMP_BYTES = 0x201,
    AT_MAGIC = 0x202,
    AT_PROTOCOL = 0x206,
    AT_LOAD_FLAGS = 0x211,
    AT_LOAD_ADDRESS = 0x214,
    AT_INITRD_MAX = 0x22c,
    AT_ALIGNMENT = 0x230,
    AT_RELOCATABLE = 0x234,
    AT_XLOAD_FLAGS = 0x236,
    AT_COMMAND_LINE_MAX = 0x238,
    AT_PAYLOAD = 0x248,
    AT_PAYLOAD_BYTES = 0x24c,
    AT_PREFERRED = 0x258,
    AT_INIT_BYTES = 0x260,
    HEADER_END_MIN = 0x22c,
};

enum {
    SECTOR_BYTES = 512,
    PARAGRAPH_BYTES = 16,
    LOADED_HIGH = 1,
    XLOAD_ENTRY_64 = 1,
    XLOAD_FIVE_LEVELS = 1 << 6,
    DEFAULT_SETUP_SECTORS = 4,
    DEFAULT_COMMAND_LINE_MAX = 255,
    DEFAULT_ALIGNMENT = 0x200000,
};

#define DEFAULT_INITRD_LAST ((uint64_t)0x37ffffff)
#define MAX_KERNEL_BYTES    ((uint64_t)1 << 30)
#define MAX_ALIGNMENT       ((uint32_t)1 << 30)

static uint64_t field(const uint8_t *data, unsigned at, unsigned bytes)
{
    uint64_t value = 0;

    for (unsigned i = bytes; i-- > 0;)
        value = value << 8 | data[at + i];
    return value;
}

bool bzimage_is(const uint8_t *data, uint64_t bytes)
{
    return bytes >= AT_MAGIC + 4 && field(data, AT_BOOT_FLAG, 2) == 0xaa55 &&
           memcmp(data + AT_MAGIC, "HdrS", 4) == 0;
}

/* The field, if the header reaches that far; else what stands for it. */
static uint64_t newer(const struct bzimage *image, uint16_t since, unsigned at,
                      unsigned bytes, uint64_t otherwise)
{
    unsigned offset = at - BZIMAGE_HEADER_AT;

    if (image->protocol < since || offset + bytes > image->header_bytes)
        return otherwise;
    return field(image->header, offset, bytes);
}

static enum status take_header(struct bzimage *image, const uint8_t *data,
                               uint64_t bytes, const char *what,
                               struct error *e)
{
    uint64_t end;

    if (bytes < HEADER_END_MIN)
        return error_set(e, STATUS_FILE,
                         "%s: truncated within the header of a Linux kernel",
                         what);
    image->protocol = (uint16_t)field(data, AT_PROTOCOL, 2);
    end = AT_MAGIC + (uint64_t)data[AT_JUMP_BYTES];
    if (end > BZIMAGE_HEADER_AT + BZIMAGE_HEADER_MAX_BYTES)
        end = BZIMAGE_HEADER_AT + BZIMAGE_HEADER_MAX_BYTES;
    if (end > bytes || end < HEADER_END_MIN)
        return error_set(e, STATUS_FILE,
                         "%s: truncated or damaged: the header of a Linux "
                         "kernel should end at byte 0x%llx",
                         what, (unsigned long long)end);
    if (image->protocol < 0x200 || !(data[AT_LOAD_FLAGS] & LOADED_HIGH))
        return error_set(e, STATUS_FILE,
                         "%s: is a Linux kernel of an old form (zImage), which "
                         "cannot be booted; build a bzImage",
                         what);
    image->header_bytes = (uint32_t)(end - BZIMAGE_HEADER_AT);
    memcpy(image->header, data + BZIMAGE_HEADER_AT, image->header_bytes);
    return STATUS_OK;
}

static enum status take_payload(struct bzimage *image, const char *what,
                                struct error *e)
{
    uint64_t at = newer(image, 0x208, AT_PAYLOAD, 4, 0);
    uint64_t bytes = newer(image, 0x208, AT_PAYLOAD_BYTES, 4, 0);

    if (bytes == 0)
        return STATUS_OK;
    if (at > image->kernel_bytes || bytes > image->kernel_bytes - at)
        return error_set(e, STATUS_FILE,
                         "%s: truncated or damaged: the packed kernel should "
                         "lie at 0x%llx and have 0x%llx bytes",
                         what, (unsigned long long)at,
                         (unsigned long long)bytes);
    image->payload = image->kernel + at;
    image->payload_bytes = bytes;
    return STATUS_OK;
}

static enum status take_kernel(struct bzimage *image, const uint8_t *data,
                               uint64_t bytes, const char *what,
                               struct error *e)
{
    uint64_t sectors = data[AT_SETUP_SECTORS];
    uint64_t at, wanted;

    at = ((sectors ? sectors : DEFAULT_SETUP_SECTORS) + 1) * SECTOR_BYTES;
    wanted = PARAGRAPH_BYTES * newer(image, 0x204, AT_PARAGRAPHS, 4, 0);
    /* The last paragraph need not be whole. */
    if (at >= bytes || wanted >= bytes - at + PARAGRAPH_BYTES)
        return error_set(e, STATUS_FILE,
                         "%s: truncated: a Linux kernel of %llu bytes, of "
                         "which %llu are there",
                         what, (unsigned long long)(at + wanted),
                         (unsigned long long)bytes);
    image->kernel = data + at;
    image->kernel_bytes = bytes - at;
    return take_payload(image, what, e);
}

static enum status take_place(struct bzimage *image, const char *what,
                              struct error *e)
{
    uint64_t xload_flags = newer(image, 0x20c, AT_XLOAD_FLAGS, 2, 0);

    image->load_at = (uint32_t)newer(image, 0x200, AT_LOAD_ADDRESS, 4, 0);
    image->entry_64 = (xload_flags & XLOAD_ENTRY_64) != 0;
    image->five_levels = (xload_flags & XLOAD_FIVE_LEVELS) != 0;
    image->relocatable = newer(image, 0x205, AT_RELOCATABLE, 1, 0) != 0;
    image->alignment =
        (uint32_t)newer(image, 0x205, AT_ALIGNMENT, 4, DEFAULT_ALIGNMENT);
    image->preferred_at = newer(image, 0x20a, AT_PREFERRED, 8, image->load_at);
    image->memory_bytes = newer(image, 0x20a, AT_INIT_BYTES, 4, 0);
    if (image->memory_bytes < image->kernel_bytes)
        image->memory_bytes = image->kernel_bytes;
    image->initrd_last =
        newer(image, 0x203, AT_INITRD_MAX, 4, DEFAULT_INITRD_LAST);
    image->command_line_max = (uint32_t)newer(image, 0x206, AT_COMMAND_LINE_MAX,
                                              4, DEFAULT_COMMAND_LINE_MAX);
    if (image->relocatable &&
        (image->alignment < PAGE_BYTES || image->alignment > MAX_ALIGNMENT ||
         image->alignment & (image->alignment - 1)))
        return error_set(e, STATUS_FILE,
                         "%s: damaged: a Linux kernel that wants to lie at "
                         "multiples of 0x%x",
                         what, image->alignment);
    if (image->memory_bytes > MAX_KERNEL_BYTES)
        return error_set(e, STATUS_FILE,
                         "%s: damaged: a Linux kernel that wants 0x%llx bytes "
                         "to start in",
                         what, (unsigned long long)image->memory_bytes);
    return STATUS_OK;
}

enum status bzimage_parse(struct bzimage *image, const uint8_t *data,
                          uint64_t bytes, const char *what, struct error *e)
{
    enum status s;

    memset(image, 0, sizeof *image);
    if (!bzimage_is(data, bytes))
        return error_set(e, STATUS_FILE, "%s: is not a Linux kernel (bzImage)",
                         what);
    s = take_header(image, data, bytes, what, e);
    if (s == STATUS_OK)
        s = take_kernel(image, data, bytes, what, e);
    return s == STATUS_OK ? take_place(image, what, e) : s;
}
