/*
 * elf_image.h - an x86 ELF executable as segments and notes.
 *
 * Source  System V ABI, "Object Files"; Xen public elfnote.h.
 * Every offset and size in the file is checked; a hostile file is an error
 * line, never a crash.
 */
#ifndef WORKLOADS_LOAD_ELF_IMAGE_H
#define WORKLOADS_LOAD_ELF_IMAGE_H
#include <stdbool.h>
#include <stdint.h>

#include "sim/core/status.h"

enum { ELF_MAX_SEGMENTS = 16 };

struct elf_segment {
    uint64_t va, pa, file_offset, file_bytes, memory_bytes;
};

struct elf_image {
    const uint8_t *data; /* not owned */
    uint64_t bytes;
    uint64_t entry;
    bool is_32bit; /* for i386 */
    bool dynamic;  /* has PT_INTERP */
    char interpreter[128];
    unsigned segment_count;
    struct elf_segment segments[ELF_MAX_SEGMENTS];
    /* Xen notes; 0 if absent. */
    uint64_t pvh_entry, pv_entry, pv_virt_base, pv_hypercall_page;
    char guest_os[16]; /* "linux", "minikernel"; empty if absent */
};

/* An x86-64 program; what names the file in messages. */
enum status elf_parse(struct elf_image *image, const uint8_t *data,
                      uint64_t bytes, const char *what, struct error *e);

/* The same of either word size: for kernels, and what runs under them. */
enum status elf_parse_either(struct elf_image *image, const uint8_t *data,
                             uint64_t bytes, const char *what, struct error *e);

#endif
