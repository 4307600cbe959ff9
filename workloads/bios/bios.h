/*
 * bios.h - what the files of the BIOS share.
 *
 * Source  IBM PC/AT Technical Reference, "ROM BIOS" (interfaces, BIOS data
 *         area); Ralf Brown's Interrupt List for what came later.
 * Model   code, constants, variables and stack lie in segment 0xf000, which is
 *         RAM as a PC's shadowed firmware is.  DS, ES and SS are that segment
 *         while C code runs; the rest of memory is reached through FS.
 */
#ifndef WORKLOADS_BIOS_BIOS_H
#define WORKLOADS_BIOS_BIOS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workloads/bios/bios_header.h"

/* The caller's registers, as entry.S saves them on its stack. */
struct frame {
    uint16_t gs, fs, es, ds;
    uint32_t edi, esi, ebp, unused, ebx, edx, ecx, eax;
    uint32_t handler;
    uint16_t ip, cs, flags; /* the last that is copied */
};

enum { FLAG_CARRY = 0x0001, FLAG_ZERO = 0x0040, FLAG_INTERRUPT = 0x0200 };

/* Segment 0x40: IBM PC/AT Technical Reference, "BIOS Data Area". */
enum {
    DATA_SEGMENT = 0x40,
    DATA_SERIAL = 0x00,
    DATA_EXTENDED = 0x0e, /* segment of the extended data area */
    DATA_EQUIPMENT = 0x10,
    DATA_MEMORY_KIB = 0x13,
    DATA_SHIFT = 0x17, /* keys that are held */
    DATA_KEY_HEAD = 0x1a,
    DATA_KEY_TAIL = 0x1c,
    DATA_KEYS = 0x1e,
    DATA_KEYS_END = 0x3e,
    DATA_MODE = 0x49,
    DATA_COLUMNS = 0x4a,
    DATA_PAGE_BYTES = 0x4c,
    DATA_CURSOR = 0x50, /* of 8 pages: column, row */
    DATA_CURSOR_SHAPE = 0x60,
    DATA_PAGE = 0x62,
    DATA_CRT_PORT = 0x63,
    DATA_TICKS = 0x6c,
    DATA_MIDNIGHT = 0x70,
    DATA_WARM = 0x72,
    DATA_DISK_STATUS = 0x74,
    DATA_DISKS = 0x75,
    DATA_KEYS_START = 0x80, /* offsets of the ring of keys */
    DATA_KEYS_STOP = 0x82,
    DATA_LAST_ROW = 0x84,
    DATA_CHARACTER_ROWS = 0x85,
    DATA_KEYBOARD = 0x96, /* 0x10: of 101 keys; 2: 0xe0 was last */
};

enum {
    PORT_PIC = 0x20,
    PORT_PIC_SLAVE = 0xa0,
    PIC_END = 0x20,
    EXTENDED_SEGMENT = 0x9fc0,
    SECTOR_BYTES = 512,
    SECTOR_AT = 0x7c00,
    FIRST_DISK = 0x80,
};

static inline void outb(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t inb(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline void outl(uint16_t port, uint32_t value)
{
    __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t peek8(uint16_t segment, uint16_t offset)
{
    uint8_t value;

    __asm__ volatile("movw %1, %%fs\n\tmovb %%fs:(%2), %0"
                     : "=q"(value)
                     : "r"(segment), "r"((uint32_t)offset)
                     : "memory");
    return value;
}

static inline uint16_t peek16(uint16_t segment, uint16_t offset)
{
    uint16_t value;

    __asm__ volatile("movw %1, %%fs\n\tmovw %%fs:(%2), %0"
                     : "=r"(value)
                     : "r"(segment), "r"((uint32_t)offset)
                     : "memory");
    return value;
}

static inline uint32_t peek32(uint16_t segment, uint16_t offset)
{
    uint32_t value;

    __asm__ volatile("movw %1, %%fs\n\tmovl %%fs:(%2), %0"
                     : "=r"(value)
                     : "r"(segment), "r"((uint32_t)offset)
                     : "memory");
    return value;
}

static inline void poke8(uint16_t segment, uint16_t offset, uint8_t value)
{
    __asm__ volatile("movw %1, %%fs\n\tmovb %0, %%fs:(%2)"
                     :
                     : "q"(value), "r"(segment), "r"((uint32_t)offset)
                     : "memory");
}

static inline void poke16(uint16_t segment, uint16_t offset, uint16_t value)
{
    __asm__ volatile("movw %1, %%fs\n\tmovw %0, %%fs:(%2)"
                     :
                     : "r"(value), "r"(segment), "r"((uint32_t)offset)
                     : "memory");
}

static inline void poke32(uint16_t segment, uint16_t offset, uint32_t value)
{
    __asm__ volatile("movw %1, %%fs\n\tmovl %0, %%fs:(%2)"
                     :
                     : "r"(value), "r"(segment), "r"((uint32_t)offset)
                     : "memory");
}

static inline uint8_t data8(uint16_t offset)
{
    return peek8(DATA_SEGMENT, offset);
}

static inline uint16_t data16(uint16_t offset)
{
    return peek16(DATA_SEGMENT, offset);
}

/* Parts of the caller's registers. */
static inline uint8_t low(uint32_t reg)
{
    return (uint8_t)reg;
}

static inline uint8_t high(uint32_t reg)
{
    return (uint8_t)(reg >> 8);
}

static inline void set_low(uint32_t *reg, uint8_t value)
{
    *reg = (*reg & ~(uint32_t)0xff) | value;
}

static inline void set_high(uint32_t *reg, uint8_t value)
{
    *reg = (*reg & ~(uint32_t)0xff00) | (uint32_t)value << 8;
}

static inline void set_word(uint32_t *reg, uint16_t value)
{
    *reg = (*reg & 0xffff0000) | value;
}

static inline void set_flag(struct frame *f, uint16_t flag, bool on)
{
    f->flags = (uint16_t)(on ? f->flags | flag : f->flags & ~flag);
}

/* AH 0 and no carry; or an error in AH, and carry. */
static inline void answer(struct frame *f, uint8_t error)
{
    set_high(&f->eax, error);
    set_flag(f, FLAG_CARRY, error != 0);
}

static inline void refuse(struct frame *f)
{
    answer(f, 0x86);
}

/* Waits for the next interrupt; without a timer there may be none. */
void wait_for_interrupt(void);

/* entry.S */
extern struct bios_header bios_header;
extern const uint8_t system_configuration[];
extern uint16_t stack_depth;
void vectors_default(void);
_Noreturn void start_sector(uint8_t drive);

/* Interrupt handlers: each one's number is in its name. */
void handle_irq_ignored(struct frame *f);
void handle_nothing(struct frame *f);
void handle_08_timer(struct frame *f);
void handle_09_keyboard(struct frame *f);
void handle_10_video(struct frame *f);
void handle_11_equipment(struct frame *f);
void handle_12_memory(struct frame *f);
void handle_13_disk(struct frame *f);
void handle_14_serial(struct frame *f);
void handle_15_system(struct frame *f);
void handle_16_keys(struct frame *f);
void handle_17_printer(struct frame *f);
void handle_18_nothing_to_boot(struct frame *f);
void handle_19_boot(struct frame *f);
void handle_1a_clock(struct frame *f);

void post(void);

/* video.c */
void video_reset(void);
void video_print(const char *text);

/* serial.c: the screen's text on the first serial line, and its keys. */
void serial_reset(void);
void serial_put(uint8_t byte);
void serial_show(uint8_t row, uint8_t column, uint8_t character,
                 uint8_t attribute);
void serial_teletype(uint8_t character, uint8_t row, uint8_t column,
                     uint8_t attribute);
void serial_clear(void);
bool serial_key(uint16_t *key); /* scan code and character */

/* keyboard.c */
void keyboard_reset(void);
bool key_store(uint16_t key);
uint8_t key_scan_code(uint8_t character); /* 0: none */

/* disk.c */
void disks_find(void);
uint8_t disk_read(uint8_t drive, uint32_t sector, uint16_t segment,
                  uint16_t offset);

/* clock.c */
void clock_reset(void);

/* pci.c */
void handle_pci(struct frame *f);

#endif
