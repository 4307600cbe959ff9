#include "visualizer/lines.h"

#include <elfutils/libdw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool grow(struct lines *l)
{
    unsigned room = l->room ? 2 * l->room : 4096;
    struct line *grown = realloc(l->all, room * sizeof *grown);

    if (!grown)
        return false;
    l->all = grown;
    l->room = room;
    return true;
}

/* One name for each file: rows of a table mostly stay in one. */
static const char *keep_file(struct lines *l, const char *file)
{
    char **grown;

    for (unsigned i = l->file_count; i-- > 0;)
        if (strcmp(l->files[i], file) == 0)
            return l->files[i];
    grown = realloc(l->files, (l->file_count + 1) * sizeof *grown);
    if (!grown)
        return NULL;
    l->files = grown;
    l->files[l->file_count] = strdup(file);
    return l->files[l->file_count] ? l->files[l->file_count++] : NULL;
}

static void add_row(struct lines *l, Dwarf_Line *row)
{
    const char *file = dwarf_linesrc(row, NULL, NULL);
    Dwarf_Addr address;
    bool end = false;
    int number = 0;

    if (dwarf_lineaddr(row, &address) != 0 || (l->count == l->room && !grow(l)))
        return;
    dwarf_lineendsequence(row, &end);
    dwarf_lineno(row, &number);
    l->all[l->count++] = (struct line){
        address, end || !file || number <= 0 ? NULL : keep_file(l, file),
        number > 0 ? (unsigned)number : 0};
}

void lines_add(struct lines *l, Elf *elf)
{
    Dwarf *dwarf = elf ? dwarf_begin_elf(elf, DWARF_C_READ, NULL) : NULL;
    Dwarf_CU *unit = NULL;
    Dwarf_Die die;

    while (dwarf &&
           dwarf_get_units(dwarf, unit, &unit, NULL, NULL, &die, NULL) == 0) {
        Dwarf_Lines *rows;
        size_t count = 0;

        if (dwarf_getsrclines(&die, &rows, &count) != 0)
            continue;
        for (size_t i = 0; i < count; i++)
            add_row(l, dwarf_onesrcline(rows, i));
    }
    dwarf_end(dwarf);
}

/* Where one function ends and another begins, the beginning counts. */
static int by_address(const void *a, const void *b)
{
    const struct line *x = a, *y = b;

    if (x->address != y->address)
        return x->address < y->address ? -1 : 1;
    if ((x->file == NULL) != (y->file == NULL))
        return x->file == NULL ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

void lines_sort(struct lines *l)
{
    if (l->count)
        qsort(l->all, l->count, sizeof *l->all, by_address);
}

void lines_free(struct lines *l)
{
    for (unsigned i = 0; i < l->file_count; i++)
        free(l->files[i]);
    free(l->files);
    free(l->all);
    memset(l, 0, sizeof *l);
}

const struct line *lines_at(const struct lines *l, uint64_t address)
{
    unsigned least = 0, most = l->count;

    while (least < most) {
        unsigned middle = least + (most - least) / 2;

        if (l->all[middle].address <= address)
            least = middle + 1;
        else
            most = middle;
    }
    return least > 0 && l->all[least - 1].file ? &l->all[least - 1] : NULL;
}

bool lines_text(const char *file, unsigned number,
                char text[static LINE_TEXT_BYTES])
{
    FILE *f = fopen(file, "r");
    bool whole = true; /* what was read last ends a line */
    unsigned at = 0;

    text[0] = '\0';
    while (f && at < number && fgets(text, LINE_TEXT_BYTES, f)) {
        at += whole;
        whole = strchr(text, '\n') != NULL;
    }
    if (f)
        fclose(f);
    text[strcspn(text, "\r\n")] = '\0';
    return f && at == number;
}
