/*
 * system.c - interrupts 11h, 12h, 15h and 17h: what the machine has.
 *
 * Source  ACPI specification, "INT 15H, E820H - Query System Address Map"; IBM
 *         PC/AT Technical Reference, "ROM BIOS"; Ralf Brown's Interrupt List,
 *         INT 15h.
 * Model   A20 is always open, and stays so.
 * NOT MODELLED  APM, joysticks, the alarm, the pointing device.
 */
#include "workloads/bios/bios.h"

enum { MIB_KIB = 1024, NOT_SUPPORTED = 0x86, PORT_SYSTEM = 0x61 };

void handle_11_equipment(struct frame *f)
{
    set_word(&f->eax, data16(DATA_EQUIPMENT));
}

void handle_12_memory(struct frame *f)
{
    set_word(&f->eax, data16(DATA_MEMORY_KIB));
}

void handle_17_printer(struct frame *f)
{
    set_high(&f->eax, 0x01); /* timed out */
}

/* KiB of the memory that begins at 1 MiB and is below 4 GiB. */
static uint32_t extended_kib(void)
{
    for (uint32_t i = 0; i < bios_header.range_count; i++) {
        const struct bios_range *r = &bios_header.range[i];

        if (r->kind == 1 && r->at == 0x100000)
            return (uint32_t)(r->bytes >> 10);
    }
    return 0;
}

static uint16_t at_most(uint32_t value, uint16_t limit)
{
    return value < limit ? (uint16_t)value : limit;
}

/* E801h: KiB from 1 to 16 MiB, then pieces of 64 KiB. */
static void memory_e801(struct frame *f)
{
    uint32_t kib = extended_kib();
    uint16_t below = at_most(kib, 15 * MIB_KIB);
    uint16_t above = at_most((kib - below) / 64, 0xffff);

    set_word(&f->eax, below);
    set_word(&f->ebx, above);
    set_word(&f->ecx, below);
    set_word(&f->edx, above);
    set_flag(f, FLAG_CARRY, false);
}

static void memory_e820(struct frame *f)
{
    const uint32_t signature = 0x534d4150; /* "SMAP" */
    const uint32_t bytes = sizeof(struct bios_range);
    const uint8_t *from;

    if (f->edx != signature || f->ecx < bytes ||
        f->ebx >= bios_header.range_count) {
        refuse(f);
        return;
    }
    from = (const uint8_t *)&bios_header.range[f->ebx];
    for (uint32_t i = 0; i < bytes; i++)
        poke8(f->es, (uint16_t)(f->edi + i), from[i]);
    f->eax = signature;
    f->ecx = bytes;
    f->ebx = f->ebx + 1 == bios_header.range_count ? 0 : f->ebx + 1;
    set_flag(f, FLAG_CARRY, false);
}

static void gate_a20(struct frame *f)
{
    switch (low(f->eax)) {
    case 0x01: /* open it */
        answer(f, 0);
        break;
    case 0x02: /* is it? */
        set_low(&f->eax, 1);
        answer(f, 0);
        break;
    case 0x03: /* by which means: keyboard controller, port 92h */
        set_word(&f->ebx, 3);
        answer(f, 0);
        break;
    default:
        refuse(f);
        break;
    }
}

/* CX:DX microseconds; port 61h bit 4 turns every 15.085 of them. */
static void wait(struct frame *f)
{
    uint32_t left = (f->ecx << 16 | (uint16_t)f->edx) / 15;
    uint8_t last = inb(PORT_SYSTEM) & 0x10;

    if (inb(PORT_SYSTEM) == 0xff)
        left = 0; /* there is no such port */
    for (; left > 0; left--) {
        while ((inb(PORT_SYSTEM) & 0x10) == last)
            ;
        last ^= 0x10;
    }
    answer(f, 0);
}

/*
 * AH=87h: CX words from the address in the third descriptor of ES:SI to that
 * in the fourth.  A segment register that was loaded in protected mode keeps
 * its limit of 4 GiB: so one trip there does.
 */
static uint32_t descriptor_base(uint16_t segment, uint16_t at)
{
    return (peek32(segment, (uint16_t)(at + 2)) & 0xffffff) |
           (uint32_t)peek8(segment, (uint16_t)(at + 7)) << 24;
}

static void move_flat(uint32_t to, uint32_t from, uint32_t words)
{
    static const uint64_t table[] = {0, 0x00cf92000000ffff};
    const struct {
        uint16_t limit;
        uint32_t base;
    } __attribute__((packed))
    gdt = {sizeof table - 1, (BIOS_SEGMENT << 4) + (uint32_t)table};
    uint32_t scratch;

    __asm__ volatile("lgdtl %4\n\t"
                     "movl %%cr0, %0\n\t"
                     "orb $1, %b0\n\t"
                     "movl %0, %%cr0\n\t"
                     "jmp 1f\n"
                     "1:\n\t"
                     "movw $8, %w0\n\t"
                     "movw %w0, %%fs\n\tmovw %w0, %%gs\n\t"
                     "movl %%cr0, %0\n\t"
                     "andb $0xfe, %b0\n\t"
                     "movl %0, %%cr0\n\t"
                     "jmp 2f\n"
                     "2:\n\t"
                     "xorw %w0, %w0\n\t"
                     "movw %w0, %%fs\n\tmovw %w0, %%gs\n"
                     "3:\n\t"
                     "movw %%fs:(%2), %w0\n\t"
                     "movw %w0, %%gs:(%1)\n\t"
                     "addl $2, %2\n\taddl $2, %1\n\t"
                     "decl %3\n\tjnz 3b"
                     : "=&q"(scratch), "+r"(to), "+r"(from), "+r"(words)
                     : "m"(gdt)
                     : "memory", "cc");
}

static void move_block(struct frame *f)
{
    uint16_t at = (uint16_t)f->esi;
    uint16_t words = (uint16_t)f->ecx;

    if (words != 0)
        move_flat(descriptor_base(f->es, (uint16_t)(at + 0x18)),
                  descriptor_base(f->es, (uint16_t)(at + 0x10)), words);
    answer(f, 0);
}

static void tell_configuration(struct frame *f)
{
    f->es = BIOS_SEGMENT;
    set_word(&f->ebx, (uint16_t)(uintptr_t)system_configuration);
    answer(f, 0);
}

static void other_function(struct frame *f)
{
    switch (high(f->eax)) {
    case 0x24:
        gate_a20(f);
        break;
    case 0x4f: /* a key comes: it is not changed */
        set_flag(f, FLAG_CARRY, true);
        break;
    case 0x86:
        wait(f);
        break;
    case 0x87:
        move_block(f);
        break;
    case 0x88:
        set_word(&f->eax, at_most(extended_kib(), 63 * MIB_KIB));
        set_flag(f, FLAG_CARRY, false);
        break;
    case 0xc0:
        tell_configuration(f);
        break;
    case 0xc1:
        f->es = data16(DATA_EXTENDED);
        answer(f, 0);
        break;
    default:
        refuse(f);
        break;
    }
}

void handle_15_system(struct frame *f)
{
    uint16_t function = (uint16_t)f->eax;

    if (function == 0xe820)
        memory_e820(f);
    else if (function == 0xe801)
        memory_e801(f);
    else
        other_function(f);
}
