#include "visualizer/symbols.h"

#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/core/addr.h"
#include "sim/machine/blobs.h"
#include "sim/machine/package.h"
#include "workloads/load/host_file.h"

static void add(struct symbols *s, const char *name, const GElf_Sym *sym)
{
    if (s->count == s->room) {
        unsigned room = s->room ? 2 * s->room : 1024;
        struct symbol *grown = realloc(s->all, room * sizeof *grown);

        if (!grown)
            return;
        s->all = grown;
        s->room = room;
    }
    s->all[s->count].value = sym->st_value;
    s->all[s->count].bytes = sym->st_size;
    s->all[s->count].name = strdup(name);
    s->count += s->all[s->count].name != NULL;
}

static bool is_telling(const GElf_Sym *sym)
{
    unsigned type = GELF_ST_TYPE(sym->st_info);

    return sym->st_shndx != SHN_UNDEF && sym->st_value != 0 &&
           (type == STT_FUNC || type == STT_OBJECT || type == STT_NOTYPE);
}

static void add_table(struct symbols *s, Elf *elf, Elf_Scn *section,
                      const GElf_Shdr *header)
{
    Elf_Data *data = elf_getdata(section, NULL);
    size_t count =
        header->sh_entsize ? header->sh_size / header->sh_entsize : 0;

    for (size_t i = 0; data && i < count; i++) {
        GElf_Sym sym;
        const char *name;

        if (!gelf_getsym(data, (int)i, &sym) || !is_telling(&sym))
            continue;
        name = elf_strptr(elf, header->sh_link, sym.st_name);
        if (name && *name)
            add(s, name, &sym);
    }
}

static void add_elf(struct symbols *s, Elf *elf)
{
    Elf_Scn *section = NULL;
    GElf_Ehdr head;

    if (!elf || !gelf_getehdr(elf, &head) || head.e_type != ET_EXEC)
        return;
    while ((section = elf_nextscn(elf, section)) != NULL) {
        GElf_Shdr header;

        if (gelf_getshdr(section, &header) && header.sh_type == SHT_SYMTAB)
            add_table(s, elf, section, &header);
    }
    lines_add(&s->lines, elf);
}

/* libelf wants to be able to write to it. */
static void add_blob(struct symbols *s, const uint8_t *begin,
                     const uint8_t *end)
{
    size_t bytes = (size_t)(end - begin);
    char *copy = malloc(bytes);
    Elf *elf;

    if (!copy)
        return;
    memcpy(copy, begin, bytes);
    elf = elf_memory(copy, bytes);
    add_elf(s, elf);
    elf_end(elf);
    free(copy);
}

static void add_file(struct symbols *s, const char *path)
{
    int fd = open(path, O_RDONLY);
    Elf *elf = fd >= 0 ? elf_begin(fd, ELF_C_READ, NULL) : NULL;

    add_elf(s, elf);
    elf_end(elf);
    if (fd >= 0)
        close(fd);
}

/* Of those at one place the last is what a name is wanted for: it has a size,
   and a bare label (where a section begins) has none. */
static int by_value(const void *a, const void *b)
{
    const struct symbol *x = a, *y = b;

    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    if (x->bytes != y->bytes)
        return x->bytes < y->bytes ? -1 : 1;
    return strcmp(x->name, y->name);
}

void symbols_load(struct symbols *s, const struct config *config)
{
    char path[HOST_PATH_BYTES];
    struct error e;

    memset(s, 0, sizeof *s);
    if (elf_version(EV_CURRENT) == EV_NONE)
        return;
    if (!config->kernel_path && !config->boot_path)
        add_blob(s, blob_minikernel_start, blob_minikernel_end);
    if (config->workload.kind == WORKLOAD_BUILT_IN)
        add_blob(s, blob_programs_names_start, blob_programs_names_end);
    else if (config->workload.kind == WORKLOAD_PROGRAM &&
             program_find(config->workload.argv[0], path, sizeof path, &e) ==
                 STATUS_OK)
        add_file(s, path);
    if (s->count)
        qsort(s->all, s->count, sizeof *s->all, by_value);
    lines_sort(&s->lines);
}

void symbols_free(struct symbols *s)
{
    for (unsigned i = 0; i < s->count; i++)
        free(s->all[i].name);
    free(s->all);
    lines_free(&s->lines);
    memset(s, 0, sizeof *s);
}

bool symbols_find(const struct symbols *s, const char *name, uint64_t *value)
{
    for (unsigned i = 0; i < s->count; i++)
        if (strcmp(s->all[i].name, name) == 0) {
            *value = s->all[i].value;
            return true;
        }
    return false;
}

const struct symbol *symbols_at(const struct symbols *s, uint64_t address)
{
    unsigned least = 0, most = s->count;

    while (least < most) {
        unsigned middle = least + (most - least) / 2;

        if (s->all[middle].value <= address)
            least = middle + 1;
        else
            most = middle;
    }
    /* A label of assembler code has no size. */
    if (least > 0 && s->all[least - 1].bytes == 0 &&
        address - s->all[least - 1].value < PAGE_BYTES)
        return &s->all[least - 1];
    /* Of several at one place, and labels within a function, the first that
       reaches so far. */
    for (unsigned i = least; i > 0 && least - i < 8; i--) {
        const struct symbol *one = &s->all[i - 1];

        if (address - one->value < one->bytes || address == one->value)
            return one;
    }
    return NULL;
}
