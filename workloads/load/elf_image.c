/*
 * elf_image.c - reads ELF headers, loadable segments and Xen notes.
 *
 * Source    System V ABI, "Object Files", and its x86-64 supplement; Xen
 *           public header elfnote.h (notes are 4-byte aligned, owner "Xen").
 * Model     the file is a byte array; every structure is copied out of it
 *           after a bounds check, so alignment and truncation cannot hurt.
 *           Headers of 32-bit files are widened to those of 64-bit ones.
 * NOT MODELLED  sections, symbols, relocation: the kernel's or the guest's.
 * INVARIANTS
 *   1. In a parsed image, file_offset + file_bytes <= bytes, file_bytes <=
 *      memory_bytes, and va + memory_bytes and pa + memory_bytes do not wrap.
 */
#include "workloads/load/elf_image.h"

#include <elf.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>
#include <xen/elfnote.h>

enum { MAX_PROGRAM_HEADERS = 512 };

/* False if [offset, offset + bytes) is not in the file. */
static bool in_file(const struct elf_image *image, uint64_t offset,
                    uint64_t bytes)
{
    return offset <= image->bytes && bytes <= image->bytes - offset;
}

static bool copy_from_file(const struct elf_image *image, uint64_t offset,
                           void *to, size_t bytes)
{
    if (!in_file(image, offset, bytes))
        return false;
    memcpy(to, image->data + offset, bytes);
    return true;
}

/* Says what kind of file it is instead, in words a user can act on. */
static enum status check_identity(const struct elf_image *image,
                                  const Elf64_Ehdr *header, const char *what,
                                  struct error *e)
{
    if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
        return error_set(e, STATUS_USAGE, "%s: is not an ELF executable", what);
    if (header->e_ident[EI_CLASS] == ELFCLASS32 && !image->is_32bit)
        return error_set(e, STATUS_USAGE,
                         "%s: is a 32-bit program; only x86-64 programs run",
                         what);
    if (header->e_ident[EI_CLASS] !=
            (image->is_32bit ? ELFCLASS32 : ELFCLASS64) ||
        header->e_ident[EI_DATA] != ELFDATA2LSB ||
        header->e_machine != (image->is_32bit ? EM_386 : EM_X86_64))
        return error_set(e, STATUS_USAGE,
                         "%s: is for another processor (ELF machine %u); only "
                         "x86-64 programs run",
                         what, (unsigned)header->e_machine);
    if (header->e_type != ET_EXEC && header->e_type != ET_DYN)
        return error_set(e, STATUS_USAGE,
                         "%s: is an ELF file, but not a program (type %u)",
                         what, (unsigned)header->e_type);
    return STATUS_OK;
}

static enum status add_segment(struct elf_image *image, const Elf64_Phdr *p,
                               const char *what, struct error *e)
{
    if (p->p_memsz == 0)
        return STATUS_OK;
    if (image->segment_count == ELF_MAX_SEGMENTS)
        return error_set(e, STATUS_USAGE,
                         "%s: has more than %d loadable segments", what,
                         ELF_MAX_SEGMENTS);
    if (p->p_filesz > p->p_memsz || !in_file(image, p->p_offset, p->p_filesz) ||
        p->p_vaddr + p->p_memsz < p->p_vaddr ||
        p->p_paddr + p->p_memsz < p->p_paddr)
        return error_set(e, STATUS_USAGE,
                         "%s: truncated or damaged: the segment at 0x%" PRIx64
                         " does not fit into the file",
                         what, (uint64_t)p->p_vaddr);
    image->segments[image->segment_count++] = (struct elf_segment){
        .va = p->p_vaddr,
        .pa = p->p_paddr,
        .file_offset = p->p_offset,
        .file_bytes = p->p_filesz,
        .memory_bytes = p->p_memsz,
    };
    return STATUS_OK;
}

static enum status read_interpreter(struct elf_image *image,
                                    const Elf64_Phdr *p, const char *what,
                                    struct error *e)
{
    uint64_t bytes = p->p_filesz;

    if (!in_file(image, p->p_offset, bytes))
        return error_set(e, STATUS_USAGE,
                         "%s: truncated or damaged: its interpreter's name is "
                         "outside the file",
                         what);
    image->dynamic = true;
    if (bytes > sizeof image->interpreter - 1)
        bytes = sizeof image->interpreter - 1;
    memcpy(image->interpreter, image->data + p->p_offset, bytes);
    image->interpreter[bytes] = '\0';
    return STATUS_OK;
}

static void take_guest_os(struct elf_image *image, uint64_t offset,
                          uint32_t bytes)
{
    size_t kept =
        bytes < sizeof image->guest_os - 1 ? bytes : sizeof image->guest_os - 1;

    memset(image->guest_os, 0, sizeof image->guest_os);
    (void)copy_from_file(image, offset, image->guest_os, kept);
}

/* A numeric note is 4 or 8 bytes wide, as the header says. */
static void take_xen_note(struct elf_image *image, uint32_t type,
                          uint64_t offset, uint32_t bytes)
{
    uint64_t value = 0;

    if (type == XEN_ELFNOTE_GUEST_OS)
        take_guest_os(image, offset, bytes);
    if ((bytes != 4 && bytes != 8) ||
        !copy_from_file(image, offset, &value, bytes))
        return;
    if (type == XEN_ELFNOTE_PHYS32_ENTRY)
        image->pvh_entry = value;
    else if (type == XEN_ELFNOTE_ENTRY)
        image->pv_entry = value;
    else if (type == XEN_ELFNOTE_VIRT_BASE)
        image->pv_virt_base = value;
    else if (type == XEN_ELFNOTE_HYPERCALL_PAGE)
        image->pv_hypercall_page = value;
}

static uint64_t round_up4(uint32_t bytes)
{
    return ((uint64_t)bytes + 3) & ~(uint64_t)3;
}

/* A note segment that does not add up ends the reading, not the run. */
static void read_notes(struct elf_image *image, const Elf64_Phdr *p)
{
    uint64_t at = p->p_offset;
    uint64_t end = p->p_offset + p->p_filesz;
    char owner[sizeof "Xen"];
    Elf64_Nhdr note;

    if (!in_file(image, p->p_offset, p->p_filesz))
        return;
    while (at + sizeof note <= end &&
           copy_from_file(image, at, &note, sizeof note)) {
        uint64_t name_at = at + sizeof note;
        uint64_t value_at = name_at + round_up4(note.n_namesz);

        at = value_at + round_up4(note.n_descsz);
        if (at > end)
            return;
        if (note.n_namesz == sizeof owner &&
            copy_from_file(image, name_at, owner, sizeof owner) &&
            memcmp(owner, "Xen", sizeof owner) == 0)
            take_xen_note(image, note.n_type, value_at, note.n_descsz);
    }
}

static enum status take_header(struct elf_image *image, const Elf64_Phdr *p,
                               const char *what, struct error *e)
{
    if (p->p_type == PT_LOAD)
        return add_segment(image, p, what, e);
    if (p->p_type == PT_INTERP)
        return read_interpreter(image, p, what, e);
    if (p->p_type == PT_NOTE)
        read_notes(image, p);
    return STATUS_OK;
}

static bool read_program_header(const struct elf_image *image, uint64_t at,
                                Elf64_Phdr *p)
{
    Elf32_Phdr narrow;

    if (!image->is_32bit)
        return copy_from_file(image, at, p, sizeof *p);
    if (!copy_from_file(image, at, &narrow, sizeof narrow))
        return false;
    *p = (Elf64_Phdr){.p_type = narrow.p_type,
                      .p_flags = narrow.p_flags,
                      .p_offset = narrow.p_offset,
                      .p_vaddr = narrow.p_vaddr,
                      .p_paddr = narrow.p_paddr,
                      .p_filesz = narrow.p_filesz,
                      .p_memsz = narrow.p_memsz,
                      .p_align = narrow.p_align};
    return true;
}

static enum status read_program_headers(struct elf_image *image,
                                        const Elf64_Ehdr *header,
                                        const char *what, struct error *e)
{
    const size_t phdr_bytes =
        image->is_32bit ? sizeof(Elf32_Phdr) : sizeof(Elf64_Phdr);

    if (header->e_phentsize != phdr_bytes ||
        header->e_phnum > MAX_PROGRAM_HEADERS)
        return error_set(e, STATUS_USAGE,
                         "%s: damaged: its program headers are not legal",
                         what);
    for (unsigned i = 0; i < header->e_phnum; i++) {
        Elf64_Phdr p;
        enum status s;

        if (header->e_phoff > image->bytes ||
            !read_program_header(image, header->e_phoff + i * phdr_bytes, &p))
            return error_set(e, STATUS_USAGE,
                             "%s: truncated: its program headers are outside "
                             "the file",
                             what);
        s = take_header(image, &p, what, e);
        if (s != STATUS_OK)
            return s;
    }
    return STATUS_OK;
}

/* The identity says how long the header is, and how wide its fields are. */
static bool read_header(struct elf_image *image, Elf64_Ehdr *header,
                        bool either)
{
    Elf32_Ehdr narrow;

    image->is_32bit = either && image->bytes > EI_CLASS &&
                      image->data[EI_CLASS] == ELFCLASS32;
    if (!image->is_32bit)
        return copy_from_file(image, 0, header, sizeof *header);
    if (!copy_from_file(image, 0, &narrow, sizeof narrow))
        return false;
    *header = (Elf64_Ehdr){.e_type = narrow.e_type,
                           .e_machine = narrow.e_machine,
                           .e_entry = narrow.e_entry,
                           .e_phoff = narrow.e_phoff,
                           .e_phentsize = narrow.e_phentsize,
                           .e_phnum = narrow.e_phnum};
    memcpy(header->e_ident, narrow.e_ident, sizeof header->e_ident);
    return true;
}

static enum status parse(struct elf_image *image, bool either, const char *what,
                         struct error *e)
{
    Elf64_Ehdr header;
    enum status s;

    memset(&header, 0, sizeof header);
    if (!read_header(image, &header, either)) {
        if (image->bytes >= SELFMAG &&
            memcmp(image->data, ELFMAG, SELFMAG) == 0)
            return error_set(e, STATUS_USAGE,
                             "%s: truncated: shorter than an ELF header", what);
        return error_set(e, STATUS_USAGE, "%s: is not an ELF executable", what);
    }
    s = check_identity(image, &header, what, e);
    if (s != STATUS_OK)
        return s;
    image->entry = header.e_entry;
    s = read_program_headers(image, &header, what, e);
    if (s == STATUS_OK && image->segment_count == 0)
        return error_set(e, STATUS_USAGE,
                         "%s: has nothing to load: it is not a program", what);
    return s;
}

enum status elf_parse(struct elf_image *image, const uint8_t *data,
                      uint64_t bytes, const char *what, struct error *e)
{
    *image = (struct elf_image){.data = data, .bytes = bytes};
    return parse(image, false, what, e);
}

enum status elf_parse_either(struct elf_image *image, const uint8_t *data,
                             uint64_t bytes, const char *what, struct error *e)
{
    *image = (struct elf_image){.data = data, .bytes = bytes};
    return parse(image, true, what, e);
}
