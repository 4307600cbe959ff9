/*
 * elf_dynamic.h - which libraries an ELF file needs, and where it says to look.
 *
 * Source  System V ABI, "Dynamic Section"; its x86-64 supplement.
 * The file is a byte array; every offset is checked, a damaged file needs
 * nothing.
 */
#ifndef WORKLOADS_LOAD_ELF_DYNAMIC_H
#define WORKLOADS_LOAD_ELF_DYNAMIC_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ELF_MAX_NEEDED = 256 };

struct elf_dynamic {
    /* Point into the file, ended by NUL there. */
    const char *interpreter;     /* PT_INTERP; NULL: none */
    const char *rpath, *runpath; /* NULL: none */
    const char *needed[ELF_MAX_NEEDED];
    unsigned needed_count;
};

/* False: not an x86-64 ELF file. */
bool elf_dynamic_read(struct elf_dynamic *d, const uint8_t *data,
                      uint64_t bytes);

#endif
