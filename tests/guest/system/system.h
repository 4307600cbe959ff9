/*
 * system.h - random system-mode cases on the bare machine: what its parts
 * share.
 *
 * A case is a set of random descriptor tables, one random system instruction
 * at a random privilege level, and what came of it: the exception that ended
 * it, with the registers, and digests of all memory that the processor may
 * have written.  One line a case goes to the serial line, or to the printer
 * port where there is no serial line.  Every byte of a case follows from the
 * seed; the same image runs on any machine with a BIOS.
 *
 * The instruction lies amid INT3, as does every place that a far transfer may
 * lead to; so each case ends in an exception, and the handler of each starts
 * the next case.  Built twice: for protected mode (machine32.c) and for
 * IA-32e mode (machine64.c).
 */
#ifndef GUEST_SYSTEM_H
#define GUEST_SYSTEM_H

#include <stdbool.h>
#include <stdint.h>

typedef uintptr_t word;

/* Where things lie: physical and linear, the first megabyte. */
enum layout {
    LOW_AT = 0x0, /* interrupt table of real mode; INT3 behind it */
    LOW_STACK_AT = 0x2000,
    GDT_AT = 0x40000,
    LDT_AT = 0x41000,
    IDT_AT = 0x42000,
    TSS_AT = 0x43000,   /* the monitor's, with the I/O bitmap */
    TSS_B_AT = 0x44000, /* others, 256 bytes apart */
    PAGES_AT = 0x70000, /* page tables */
    CODE_AT = 0x48000,  /* INT3 and the instruction */
    DATA_AT = 0x49000,
    STACK_AT = 0x4a000, /* of the instruction */
    INNER_AT = 0x4b000, /* stacks of levels 0, 1, 2: a page each */
    FAR_AT = 0x90000,   /* what is reached with the other base */
    PAGE = 0x1000,
    OTHER_BASE = CODE_AT, /* of 16-bit segments */
    CODE_START = 0x800,
    STACK_START = 0x2800, /* from OTHER_BASE */
};

/* Entries of the GDT. */
enum gdt_index {
    GDT_CODE = 1,
    GDT_DATA = 2,
    GDT_TSS = 4, /* two entries each from here */
    GDT_LDT = 6,
    GDT_DF = 8,
    GDT_LEVEL = 10,  /* four for each level: enum level_entry */
    GDT_COMPAT = 26, /* 32-bit code of each level, in IA-32e mode */
    GDT_RANDOM = 32,
    GDT_ENTRIES = 64,
    LDT_ENTRIES = 16,
};
enum level_entry { LEVEL_CODE, LEVEL_CODE16, LEVEL_DATA, LEVEL_DATA16 };

enum vectors { VECTORS_OWN = 32, VECTORS_RANDOM = 64, VECTORS_END = 80 };

enum segments { ES, CS, SS, DS, FS, GS, SEGMENTS };

/* Registers of the instruction, before and after; the order of PUSHA, then
 * r8 to r15.  entry*.S knows the offsets. */
struct registers {
    word gpr[16]; /* ax cx dx bx sp bp si di */
    word ip, flags, segment[SEGMENTS];
    word vector, error;
};

extern struct registers before, after;

/* random.c */
extern uint32_t seed;
uint32_t rnd(uint32_t n); /* below n */
bool one_in(uint32_t n);
word rnd_of(const word *list, unsigned n);
uint16_t rnd_selector(unsigned cpl);
uint16_t rnd_paragraph(void); /* of V86 code */
word rnd_address(void);       /* mostly one with INT3 */
word rnd_flags(void);

/* tables.c */
uint64_t descriptor(uint32_t base, uint32_t limit, unsigned type,
                    unsigned flags);
void fill_tables(void);

/* instruction.c */
enum { CODE_MAX = 48 };
struct instruction {
    unsigned cpl;
    bool v86, wide, bits16; /* wide: 64-bit code */
    uint8_t bytes[CODE_MAX];
    unsigned n;
    unsigned what; /* which of the generators made it */
};
extern struct instruction now;
void emit(unsigned byte);
void make_instruction(void);

/* control.c: instructions of the control registers and MSRs */
void make_control(unsigned kind);
enum { CONTROL_KINDS = 12 };

/* report.c */
void put_char(char c);
void put_text(const char *s);
void put_hex(word value, unsigned digits);
void put_field(const char *name, word value);
uint32_t digest(uint32_t at, uint32_t bytes);
void report(void);
void finish(void);

/* machine32.c, machine64.c */
void machine_start(void);  /* once */
void machine_reset(void);  /* control registers and tables, before a case */
void machine_choose(void); /* mode, level, segments of a case */
void machine_tables(void); /* what only this mode has */
void machine_keep(void);   /* registers for the report; all memory is there */
void machine_report(void);
bool machine_long(void);

/* entry*.S */
void launch(void) __attribute__((noreturn));
extern const uint8_t stubs[];
void double_fault(void);

/* cases.c */
void next_case(void) __attribute__((noreturn));

static inline void out8(uint16_t port, uint8_t v)
{
    __asm__ volatile("outb %0, %1" : : "a"(v), "Nd"(port));
}

static inline uint8_t in8(uint16_t port)
{
    uint8_t v;

    __asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
    return v;
}

static inline void fill(uint32_t at, uint8_t value, uint32_t bytes)
{
    void *to = (void *)(word)at;
    word n = bytes;

    __asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(value) : "memory");
}

#endif
