/*
 * vmlinux.c - unpacks a bzImage's payload, and believes none of it.
 *
 * NOT MODELLED  relocation, whose table follows the ELF file: the kernel lies
 *               where it is linked, as without address randomization.
 */
#include "workloads/load/vmlinux.h"

#include "workloads/load/decompress.h"

/* What a file may hold beside what is loaded: headers, relocations, padding. */
#define BESIDE_BYTES ((uint64_t)64 << 20)

bool vmlinux_can_unpack(const struct bzimage *image)
{
    return image->payload &&
           decompress_format(image->payload, image->payload_bytes) != NULL;
}

static bool segment_fits(const struct elf_segment *s,
                         const struct bzimage *image)
{
    return s->pa >= image->preferred_at &&
           s->pa - image->preferred_at <= image->memory_bytes &&
           s->memory_bytes <=
               image->memory_bytes - (s->pa - image->preferred_at);
}

static bool holds_entry(const struct elf_segment *s, uint64_t entry)
{
    return entry >= s->pa && entry - s->pa < s->file_bytes;
}

static enum status check(const struct vmlinux *v, const struct bzimage *image,
                         const char *what, struct error *e)
{
    bool entry = false;

    for (unsigned i = 0; i < v->elf.segment_count; i++) {
        if (!segment_fits(&v->elf.segments[i], image))
            return error_set(e, STATUS_FILE,
                             "%s: damaged: a segment of the kernel in it lies "
                             "outside the 0x%llx bytes at 0x%llx that its "
                             "header asks for",
                             what, (unsigned long long)image->memory_bytes,
                             (unsigned long long)image->preferred_at);
        entry |= holds_entry(&v->elf.segments[i], v->elf.entry);
    }
    if (!entry)
        return error_set(e, STATUS_FILE,
                         "%s: damaged: the kernel in it is entered outside of "
                         "what is loaded",
                         what);
    return STATUS_OK;
}

enum status vmlinux_unpack(struct vmlinux *v, const struct bzimage *image,
                           const char *what, struct error *e)
{
    const struct packed in = {image->payload, image->payload_bytes,
                              image->memory_bytes + BESIDE_BYTES};
    enum status s;

    *v = (struct vmlinux){0};
    s = decompress(&v->file, &in, what, e);
    if (s == STATUS_OK)
        s = elf_parse_either(&v->elf, v->file.data, v->file.bytes, what, e);
    if (s == STATUS_OK)
        s = check(v, image, what, e);
    if (s != STATUS_OK)
        vmlinux_free(v);
    return s;
}

void vmlinux_free(struct vmlinux *v)
{
    host_file_free(&v->file);
    *v = (struct vmlinux){0};
}
