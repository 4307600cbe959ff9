/*
 * exec_elf.h - ELF files of programs and of their interpreters as areas.
 *
 * Source  System V ABI, "Object Files", "Program Loading", "Dynamic Linking"
 *         (Program Interpreter).
 */
#ifndef KERNEL_EXEC_ELF_H
#define KERNEL_EXEC_ELF_H
#include <linux/elf.h>
#include <stdbool.h>
#include <stdint.h>

struct inode;
struct space;

enum { ELF_MAX_HEADERS = 32, ELF_INTERPRETER_BYTES = 256 };

struct elf_file {
    struct inode *inode; /* held by the caller */
    Elf64_Ehdr header;
    Elf64_Phdr segments[ELF_MAX_HEADERS];
    char interpreter[ELF_INTERPRETER_BYTES]; /* "": static */
    uint64_t base; /* added to every address: 0 unless position-independent */
    uint64_t low, end; /* addresses used: first page, end; without base */
};

/* Reads the headers of f->inode; 0, or -ENOEXEC if it cannot be a program. */
int elf_read(struct elf_file *f);
/* Adds its areas at f->base.  False: no room, or no memory. */
bool elf_map(const struct elf_file *f, struct space *space);
/* Zeros where the last page of a segment holds bytes of no segment; for the
   space in use.  False: no memory. */
bool elf_clear_tails(const struct elf_file *f);
/* Where the program finds its own program headers; 0: not mapped. */
uint64_t elf_headers_va(const struct elf_file *f);

#endif
