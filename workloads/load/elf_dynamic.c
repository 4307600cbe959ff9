/*
 * elf_dynamic.c - reads the dynamic section of an ELF file.
 */
#include "workloads/load/elf_dynamic.h"

#include <elf.h>
#include <string.h>

enum { MAX_HEADERS = 512, MAX_ENTRIES = 4096 };

struct file {
    const uint8_t *data;
    uint64_t bytes;
    Elf64_Ehdr header;
};

static bool copy(const struct file *f, uint64_t at, void *to, size_t bytes)
{
    if (at > f->bytes || bytes > f->bytes - at)
        return false;
    memcpy(to, f->data + at, bytes);
    return true;
}

/* A string of the file that ends within it; NULL: none. */
static const char *text_at(const struct file *f, uint64_t at)
{
    if (at >= f->bytes || !memchr(f->data + at, '\0', f->bytes - at))
        return NULL;
    return (const char *)f->data + at;
}

static bool header_at(const struct file *f, unsigned i, Elf64_Phdr *p)
{
    return i < f->header.e_phnum && i < MAX_HEADERS &&
           f->header.e_phoff <= f->bytes &&
           copy(f, f->header.e_phoff + i * sizeof *p, p, sizeof *p);
}

/* Where in the file the loadable address va is; UINT64_MAX: nowhere. */
static uint64_t offset_of(const struct file *f, uint64_t va)
{
    Elf64_Phdr p;

    for (unsigned i = 0; header_at(f, i, &p); i++)
        if (p.p_type == PT_LOAD && va >= p.p_vaddr &&
            va - p.p_vaddr < p.p_filesz)
            return p.p_offset + (va - p.p_vaddr);
    return UINT64_MAX;
}

static bool entry_at(const struct file *f, const Elf64_Phdr *p, unsigned i,
                     Elf64_Dyn *d)
{
    return i < MAX_ENTRIES && (i + 1) * sizeof *d <= p->p_filesz &&
           copy(f, p->p_offset + i * sizeof *d, d, sizeof *d) &&
           d->d_tag != DT_NULL;
}

static void take_entry(const struct file *f, struct elf_dynamic *out,
                       uint64_t strings, const Elf64_Dyn *d)
{
    const char *text = text_at(f, strings + d->d_un.d_val);

    if (!text || d->d_un.d_val >= f->bytes)
        return;
    if (d->d_tag == DT_RPATH)
        out->rpath = text;
    else if (d->d_tag == DT_RUNPATH)
        out->runpath = text;
    else if (d->d_tag == DT_NEEDED && out->needed_count < ELF_MAX_NEEDED)
        out->needed[out->needed_count++] = text;
}

static void read_dynamic(const struct file *f, struct elf_dynamic *out,
                         const Elf64_Phdr *p)
{
    uint64_t strings = UINT64_MAX;
    Elf64_Dyn d;

    for (unsigned i = 0; entry_at(f, p, i, &d); i++)
        if (d.d_tag == DT_STRTAB)
            strings = offset_of(f, d.d_un.d_ptr);
    if (strings >= f->bytes)
        return;
    for (unsigned i = 0; entry_at(f, p, i, &d); i++)
        take_entry(f, out, strings, &d);
}

bool elf_dynamic_read(struct elf_dynamic *d, const uint8_t *data,
                      uint64_t bytes)
{
    struct file f = {.data = data, .bytes = bytes};
    Elf64_Phdr p;

    *d = (struct elf_dynamic){0};
    if (!copy(&f, 0, &f.header, sizeof f.header) ||
        memcmp(f.header.e_ident, ELFMAG, SELFMAG) != 0 ||
        f.header.e_ident[EI_CLASS] != ELFCLASS64 ||
        f.header.e_machine != EM_X86_64 ||
        f.header.e_phentsize != sizeof(Elf64_Phdr))
        return false;
    for (unsigned i = 0; header_at(&f, i, &p); i++) {
        if (p.p_type == PT_INTERP)
            d->interpreter = text_at(&f, p.p_offset);
        if (p.p_type == PT_DYNAMIC)
            read_dynamic(&f, d, &p);
    }
    return true;
}
