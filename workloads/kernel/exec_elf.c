/*
 * exec_elf.c - reads ELF headers and maps segments.
 *
 * Every number of the file is checked: a damaged file is ENOEXEC.
 */
#include "workloads/kernel/exec_elf.h"

#include <asm/errno.h>

#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/user_copy.h"

static bool header_ok(const Elf64_Ehdr *h)
{
    return memcmp(h->e_ident, ELFMAG, SELFMAG) == 0 &&
           h->e_ident[EI_CLASS] == ELFCLASS64 && h->e_machine == EM_X86_64 &&
           (h->e_type == ET_EXEC || h->e_type == ET_DYN) &&
           h->e_phentsize == sizeof(Elf64_Phdr) && h->e_phnum > 0 &&
           h->e_phnum <= ELF_MAX_HEADERS;
}

static bool segment_ok(const struct elf_file *f, const Elf64_Phdr *s)
{
    bool fixed = f->header.e_type == ET_EXEC;

    return s->p_filesz <= s->p_memsz && s->p_memsz <= USER_END &&
           s->p_vaddr <= USER_END - s->p_memsz &&
           (!fixed || s->p_vaddr >= PAGE_BYTES) &&
           s->p_offset % PAGE_BYTES == s->p_vaddr % PAGE_BYTES &&
           s->p_offset + s->p_filesz >= s->p_offset &&
           s->p_offset + s->p_filesz <= f->inode->bytes;
}

static bool read_interpreter(struct elf_file *f, const Elf64_Phdr *s)
{
    size_t bytes = s->p_filesz;

    return bytes > 1 && bytes <= sizeof f->interpreter &&
           inode_read(f->inode, s->p_offset, f->interpreter, bytes) == bytes &&
           f->interpreter[bytes - 1] == '\0' && f->interpreter[0] != '\0';
}

static bool take_header(struct elf_file *f, const Elf64_Phdr *s)
{
    if (s->p_type == PT_INTERP)
        return read_interpreter(f, s);
    if (s->p_type != PT_LOAD || s->p_memsz == 0)
        return true;
    if (!segment_ok(f, s))
        return false;
    f->low = u64_min(f->low, page_floor(s->p_vaddr));
    f->end = u64_max(f->end, page_ceil(s->p_vaddr + s->p_memsz));
    return true;
}

int elf_read(struct elf_file *f)
{
    size_t table;

    if (inode_read(f->inode, 0, &f->header, sizeof f->header) !=
            sizeof f->header ||
        !header_ok(&f->header))
        return -ENOEXEC;
    table = f->header.e_phnum * sizeof(Elf64_Phdr);
    if (inode_read(f->inode, f->header.e_phoff, f->segments, table) != table)
        return -ENOEXEC;
    f->low = USER_END;
    f->end = 0;
    for (unsigned i = 0; i < f->header.e_phnum; i++)
        if (!take_header(f, &f->segments[i]))
            return -ENOEXEC;
    return f->low < f->end ? 0 : -ENOEXEC;
}

static uint8_t segment_rights(const Elf64_Phdr *s)
{
    return (uint8_t)((s->p_flags & PF_R ? AREA_READ : 0) |
                     (s->p_flags & PF_W ? AREA_WRITE : 0) |
                     (s->p_flags & PF_X ? AREA_EXEC : 0));
}

/* Adds the part that is in the file and the zeros behind it as areas. */
static bool map_segment(const struct elf_file *f, struct space *space,
                        const Elf64_Phdr *s)
{
    uint64_t va = s->p_vaddr + f->base;
    uint64_t file_end = page_ceil(va + s->p_filesz);
    uint64_t end = page_ceil(va + s->p_memsz);
    struct area a = {.start = page_floor(va),
                     .end = file_end,
                     .rights = segment_rights(s),
                     .inode = f->inode,
                     .offset = page_floor(s->p_offset)};

    if (s->p_filesz == 0)
        file_end = a.start;
    else if (!space_remove(space, a.start, end) || !space_add(space, &a))
        return false;
    a = (struct area){
        .start = file_end, .end = end, .rights = segment_rights(s)};
    return file_end >= end || space_add(space, &a);
}

bool elf_map(const struct elf_file *f, struct space *space)
{
    bool done = f->base <= USER_END && f->end <= USER_END - f->base &&
                f->low + f->base >= PAGE_BYTES;

    for (unsigned i = 0; i < f->header.e_phnum && done; i++)
        if (f->segments[i].p_type == PT_LOAD && f->segments[i].p_memsz)
            done = map_segment(f, space, &f->segments[i]);
    return done;
}

bool elf_clear_tails(const struct elf_file *f)
{
    for (unsigned i = 0; i < f->header.e_phnum; i++) {
        const Elf64_Phdr *s = &f->segments[i];
        uint64_t end = s->p_vaddr + f->base + s->p_filesz;

        if (s->p_type == PT_LOAD && (s->p_flags & PF_W) && s->p_filesz &&
            s->p_memsz > s->p_filesz && !zero_user(end, page_ceil(end) - end))
            return false;
    }
    return true;
}

uint64_t elf_headers_va(const struct elf_file *f)
{
    uint64_t at = f->header.e_phoff;

    for (unsigned i = 0; i < f->header.e_phnum; i++) {
        const Elf64_Phdr *s = &f->segments[i];

        if (s->p_type == PT_LOAD && s->p_offset <= at &&
            at < s->p_offset + s->p_filesz)
            return at - s->p_offset + s->p_vaddr + f->base;
    }
    return 0;
}
