/*
 * lines.h - which line of which source file an instruction was made from.
 *
 * Model     the line tables of the ELF files that the guest was loaded from
 *           (DWARF, .debug_line), read with libdw.  Inlined code has the line
 *           of the function that it comes from.
 */
#ifndef VISUALIZER_LINES_H
#define VISUALIZER_LINES_H
#include <libelf.h>
#include <stdbool.h>
#include <stdint.h>

/* Of the instructions from here up to the next one's. */
struct line {
    uint64_t address;
    const char *file; /* of lines.files; NULL: nothing is known from here on */
    unsigned number;
};

struct lines {
    struct line *all; /* by address; owned */
    unsigned count, room;
    char **files; /* owned, as they are */
    unsigned file_count;
};

/* What the file tells; nothing is no mistake. */
void lines_add(struct lines *l, Elf *elf);
void lines_sort(struct lines *l);
void lines_free(struct lines *l);

/* Of the instruction there; NULL: nothing is known. */
const struct line *lines_at(const struct lines *l, uint64_t address);

/*
 * The text of a line of a file that is there, as the compiler named it: below
 * the current directory, or absolute.  False: it is not.
 */
enum { LINE_TEXT_BYTES = 200 };
bool lines_text(const char *file, unsigned number,
                char text[static LINE_TEXT_BYTES]);

#endif
