/*
 * multiboot.c - finds the multiboot header, then the segments: those of the
 * 32-bit ELF file, or the one that the header itself describes.
 *
 * Source    Multiboot Specification 0.6.96, "The layout of Multiboot header",
 *           "The address fields of Multiboot header".
 * NOT MODELLED  video modes (header flag 2), symbol tables.
 * INVARIANT  of a parsed image: every segment lies in the file, file_bytes <=
 *           memory_bytes, and pa + memory_bytes fits into 32 bits.
 */
#include "workloads/load/multiboot.h"

#include <elf.h>
#include <string.h>

enum {
    SEARCH_BYTES = 8192,
    HEADER_BYTES = 12,
    ADDRESSES_BYTES = 32, /* with the fields that flag 16 announces */
    FLAG_PAGE_ALIGN = 1 << 0,
    FLAG_MEMORY_INFO = 1 << 1,
    FLAG_ADDRESSES = 1 << 16,
    MAX_PROGRAM_HEADERS = 64,
};

#define MAGIC          0x1badb002u
#define FLAGS_REQUIRED 0xffffu /* a loader must refuse those it cannot do */
#define FOUR_GIB       ((uint64_t)1 << 32)

static uint32_t word(const uint8_t *data, uint64_t at)
{
    return (uint32_t)data[at] | (uint32_t)data[at + 1] << 8 |
           (uint32_t)data[at + 2] << 16 | (uint32_t)data[at + 3] << 24;
}

/* Offset of the header in the file; bytes if there is none. */
static uint64_t find_header(const uint8_t *data, uint64_t bytes)
{
    uint64_t end = bytes < SEARCH_BYTES ? bytes : SEARCH_BYTES;

    for (uint64_t at = 0; at + HEADER_BYTES <= end; at += 4)
        if (word(data, at) == MAGIC &&
            word(data, at) + word(data, at + 4) + word(data, at + 8) == 0)
            return at;
    return bytes;
}

bool multiboot_is(const uint8_t *data, uint64_t bytes)
{
    return find_header(data, bytes) != bytes;
}

static enum status add_segment(struct multiboot_image *image,
                               const struct multiboot_segment *s,
                               const char *what, struct error *e)
{
    if (s->memory_bytes == 0)
        return STATUS_OK;
    if (image->segment_count == MULTIBOOT_MAX_SEGMENTS)
        return error_set(e, STATUS_FILE,
                         "%s: has more than %d loadable segments", what,
                         MULTIBOOT_MAX_SEGMENTS);
    if (s->file_bytes > s->memory_bytes || s->file_offset > image->bytes ||
        s->file_bytes > image->bytes - s->file_offset ||
        s->pa + s->memory_bytes > FOUR_GIB)
        return error_set(e, STATUS_FILE,
                         "%s: truncated or damaged: the segment at 0x%llx does "
                         "not fit into the file",
                         what, (unsigned long long)s->pa);
    image->segments[image->segment_count++] = *s;
    return STATUS_OK;
}

/* The entry is linked to a virtual address in one of the segments. */
static void place_entry(struct multiboot_image *image, const Elf32_Phdr *p,
                        uint32_t entry)
{
    if (entry >= p->p_vaddr && entry - p->p_vaddr < p->p_memsz)
        image->entry = (uint64_t)p->p_paddr + (entry - p->p_vaddr);
}

static enum status read_elf(struct multiboot_image *image, const char *what,
                            struct error *e)
{
    Elf32_Ehdr h;
    Elf32_Phdr p;
    enum status s = STATUS_OK;

    memcpy(&h, image->data, sizeof h);
    image->entry = h.e_entry;
    if (h.e_phentsize != sizeof p || h.e_phnum > MAX_PROGRAM_HEADERS ||
        h.e_phoff > image->bytes ||
        h.e_phnum * sizeof p > image->bytes - h.e_phoff)
        return error_set(e, STATUS_FILE,
                         "%s: truncated or damaged: its program headers are "
                         "not in the file",
                         what);
    for (unsigned i = 0; i < h.e_phnum && s == STATUS_OK; i++) {
        memcpy(&p, image->data + h.e_phoff + i * sizeof p, sizeof p);
        if (p.p_type != PT_LOAD)
            continue;
        place_entry(image, &p, h.e_entry);
        s = add_segment(image,
                        &(struct multiboot_segment){.pa = p.p_paddr,
                                                    .file_offset = p.p_offset,
                                                    .file_bytes = p.p_filesz,
                                                    .memory_bytes = p.p_memsz},
                        what, e);
    }
    return s;
}

/* One segment, by the addresses in the header (flag 16). */
static enum status read_addresses(struct multiboot_image *image, uint64_t at,
                                  const char *what, struct error *e)
{
    struct multiboot_segment s = {0};
    uint32_t header_pa, load_end, bss_end;
    uint64_t file_end;

    if (at + ADDRESSES_BYTES > image->bytes)
        return error_set(e, STATUS_FILE,
                         "%s: truncated within its multiboot header", what);
    header_pa = word(image->data, at + 12);
    s.pa = word(image->data, at + 16);
    load_end = word(image->data, at + 20);
    bss_end = word(image->data, at + 24);
    image->entry = word(image->data, at + 28);
    if (header_pa < s.pa || header_pa - s.pa > at)
        return error_set(e, STATUS_FILE,
                         "%s: damaged: its multiboot header says that it "
                         "begins before the file",
                         what);
    s.file_offset = at - (header_pa - s.pa);
    file_end = s.pa + (image->bytes - s.file_offset);
    if (load_end != 0 && load_end < s.pa)
        return error_set(e, STATUS_FILE,
                         "%s: damaged: its multiboot header says that it ends "
                         "before it begins",
                         what);
    s.file_bytes = (load_end ? load_end : file_end) - s.pa;
    s.memory_bytes = bss_end > s.pa ? bss_end - s.pa : 0;
    if (s.memory_bytes < s.file_bytes)
        s.memory_bytes = s.file_bytes;
    return add_segment(image, &s, what, e);
}

static bool is_elf32(const uint8_t *data, uint64_t bytes)
{
    return bytes >= sizeof(Elf32_Ehdr) && memcmp(data, ELFMAG, SELFMAG) == 0 &&
           data[EI_CLASS] == ELFCLASS32 && data[EI_DATA] == ELFDATA2LSB;
}

enum status multiboot_parse(struct multiboot_image *image, const uint8_t *data,
                            uint64_t bytes, const char *what, struct error *e)
{
    uint64_t at = find_header(data, bytes);
    uint32_t unknown;
    enum status s;

    memset(image, 0, sizeof *image);
    image->data = data;
    image->bytes = bytes;
    if (at == bytes)
        return error_set(e, STATUS_FILE, "%s: has no multiboot header", what);
    image->flags = word(data, at + 4);
    unknown = image->flags & FLAGS_REQUIRED &
              ~(uint32_t)(FLAG_PAGE_ALIGN | FLAG_MEMORY_INFO);
    if (unknown)
        return error_set(e, STATUS_FILE,
                         "%s: wants of its multiboot loader what there is not "
                         "(header flags 0x%x)",
                         what, unknown);
    if (image->flags & FLAG_ADDRESSES)
        s = read_addresses(image, at, what, e);
    else if (is_elf32(data, bytes))
        s = read_elf(image, what, e);
    else
        return error_set(e, STATUS_FILE,
                         "%s: a multiboot kernel must be a 32-bit ELF file, or "
                         "say in its header where it lies",
                         what);
    if (s == STATUS_OK && image->segment_count == 0)
        return error_set(e, STATUS_FILE, "%s: has nothing to load", what);
    return s;
}
