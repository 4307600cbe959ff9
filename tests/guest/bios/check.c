/*
 * check.c - asks the BIOS for each of its services, and prints what it said.
 *
 * Model   real mode; CS, DS, ES and SS are 0.
 */
#include <stdbool.h>
#include <stdint.h>

struct registers {
    uint32_t eax, ebx, ecx, edx, esi, edi, ebp;
    uint16_t es, flags;
};

enum { CARRY = 1, ZERO = 0x40, BUFFER = 0xa000, PACKET = 0x9e00 };

extern const uint8_t drive;
extern volatile uint32_t hooked_ticks;
extern const uint8_t hook_1c[];
void raise(struct registers *r, uint8_t number);
void check(void);

static uint32_t *words(uint32_t address)
{
    return (uint32_t *)(uintptr_t)address;
}

static void put(char c)
{
    struct registers r = {.eax = 0x0e00 | (uint8_t)c, .ebx = 7};

    raise(&r, 0x10);
}

static void print(const char *text)
{
    for (; *text; text++) {
        if (*text == '\n')
            put('\r');
        put(*text);
    }
}

static void print_hex(const char *name, uint32_t value)
{
    char digits[9];
    int i = 8;

    digits[8] = '\0';
    do {
        digits[--i] = "0123456789abcdef"[value & 15];
        value >>= 4;
    } while (value != 0);
    print(name);
    print(digits + i);
}

static void print_result(const char *name, const struct registers *r)
{
    print(name);
    print(r->flags & CARRY ? " fails" : " done");
    print_hex(" ax=", r->eax & 0xffff);
}

static void check_machine(void)
{
    struct registers r = {0};

    raise(&r, 0x11);
    print_hex("11 equipment=", r.eax & 0xffff);
    raise(&r, 0x12);
    print_hex("\n12 kib=", r.eax & 0xffff);
    r.eax = 0x8800;
    raise(&r, 0x15);
    print_hex("\n15/88 kib=", r.eax & 0xffff);
    r.eax = 0xe801;
    raise(&r, 0x15);
    print_hex("\n15/e801 kib=", r.eax & 0xffff);
    print_hex(" 64k=", r.ebx & 0xffff);
    r.eax = 0x2402;
    raise(&r, 0x15);
    print_hex("\n15/24 a20=", r.eax & 0xff);
    r.eax = 0xc000;
    raise(&r, 0x15);
    print_result("\n15/c0", &r);
    r.eax = 0x5300;
    raise(&r, 0x15);
    print_result("\n15/53", &r);
    print("\n");
}

static void check_map(void)
{
    struct registers r = {.edi = BUFFER};

    do {
        r.eax = 0xe820;
        r.ecx = 24;
        r.edx = 0x534d4150;
        raise(&r, 0x15);
        print_hex("15/e820 at=", words(BUFFER)[0]);
        print_hex(" bytes=", words(BUFFER)[2]);
        print_hex(" kind=", words(BUFFER)[4]);
        print(r.flags & CARRY ? " fails\n" : "\n");
    } while (r.ebx != 0 && !(r.flags & CARRY));
}

/* Through memory above 1 MiB and back. */
static void check_move(void)
{
    uint32_t *table = words(0x9000);
    struct registers r = {.eax = 0x8700, .ecx = 4, .esi = 0x9000};

    for (int i = 0; i < 16; i++)
        table[i] = 0;
    table[4] = (uint32_t)BUFFER << 16 | 0xfff;
    table[5] = 0x9300;
    table[6] = 0xfff;
    table[7] = 0x9320;
    words(BUFFER)[0] = 0x12345678;
    words(BUFFER)[1] = 0x9abcdef0;
    raise(&r, 0x15);
    print_result("15/87", &r);
    table[4] = 0xfff;
    table[5] = 0x9320;
    table[6] = (uint32_t)(BUFFER + 16) << 16 | 0xfff;
    table[7] = 0x9300;
    r.eax = 0x8700;
    raise(&r, 0x15);
    print_hex(" moved=", words(BUFFER)[4]);
    print_hex(" ", words(BUFFER)[5]);
    print("\n");
}

static void check_disk(void)
{
    struct registers r = {.eax = 0x0800, .edx = drive};

    raise(&r, 0x13);
    print_result("13/08", &r);
    print_hex(" cx=", r.ecx & 0xffff);
    print_hex(" dx=", r.edx & 0xffff);
    r = (struct registers){.eax = 0x4100, .ebx = 0x55aa, .edx = drive};
    raise(&r, 0x13);
    print_result("\n13/41", &r);
    print_hex(" bx=", r.ebx & 0xffff);
    r = (struct registers){.eax = 0x4800, .esi = BUFFER, .edx = drive};
    words(BUFFER)[0] = 26;
    raise(&r, 0x13);
    print_result("\n13/48", &r);
    print_hex(" sectors=", words(BUFFER)[4]);
    r = (struct registers){.eax = 0x1500, .edx = drive};
    raise(&r, 0x13);
    print_result("\n13/15", &r);
    print_hex(" sectors=", r.edx & 0xffff);
    r = (struct registers){.eax = 0x0201, .ecx = 1, .ebx = BUFFER};
    raise(&r, 0x13);
    print_result("\n13/02 of a floppy", &r);
    print("\n");
}

static void packet(uint8_t function, uint32_t sector, uint16_t count)
{
    struct registers r = {
        .eax = (uint32_t)function << 8, .esi = PACKET, .edx = drive};

    words(PACKET)[0] = 0x10 | (uint32_t)count << 16;
    words(PACKET)[1] = BUFFER;
    words(PACKET)[2] = sector;
    words(PACKET)[3] = 0;
    raise(&r, 0x13);
    print_hex("13/", function);
    print_hex(" sector ", sector);
    print_result(":", &r);
    print_hex(" first=", words(BUFFER)[0]);
    print_hex(" last=", words(BUFFER)[count * 128 - 1]);
    print("\n");
}

static void check_packets(void)
{
    packet(0x42, 0, 1);
    words(BUFFER)[0] = 0xfeedface;
    words(BUFFER)[255] = 0xcafebabe;
    packet(0x43, 40, 2);
    words(BUFFER)[0] = words(BUFFER)[255] = 0;
    packet(0x42, 40, 2);
    packet(0x42, 1000000, 1);
}

/* The first word of each disk behind the first. */
static void check_other_disks(void)
{
    struct registers r = {.eax = 0x0800, .edx = drive};
    uint8_t count;

    raise(&r, 0x13);
    count = (uint8_t)r.edx;
    for (uint8_t i = 1; i < count; i++) {
        r = (struct registers){
            .eax = 0x0201, .ecx = 1, .ebx = BUFFER, .edx = drive + i};
        raise(&r, 0x13);
        print_hex("disk ", i);
        print_hex(": ", words(BUFFER)[0]);
        print("\n");
    }
}

static void check_clock(void)
{
    struct registers r = {.eax = 0x0400};
    uint32_t vector = words(0)[0x1c], before;

    raise(&r, 0x1a);
    print_hex("1a/04 ", r.ecx & 0xffff);
    print_hex("-", r.edx & 0xffff);
    words(0)[0x1c] = (uint32_t)(uintptr_t)hook_1c;
    r = (struct registers){0};
    raise(&r, 0x1a);
    before = r.edx & 0xffff;
    __asm__ volatile("sti\n\thlt\n\thlt" : : : "memory");
    r = (struct registers){0};
    raise(&r, 0x1a);
    words(0)[0x1c] = vector;
    print_hex(" ticks=", (r.edx & 0xffff) - before);
    print_hex(" hooked=", hooked_ticks);
    print("\n");
}

static void check_keys(void)
{
    struct registers r = {0};

    for (int i = 0; i < 3; i++) {
        r = (struct registers){0};
        raise(&r, 0x16);
        print_hex("16/00 key=", r.eax & 0xffff);
        print("\n");
    }
    r = (struct registers){.eax = 0x0500, .ecx = 0x1234};
    raise(&r, 0x16);
    r.eax = 0x0100;
    raise(&r, 0x16);
    print_hex("16/01 key=", r.eax & 0xffff);
    print(r.flags & ZERO ? " none\n" : "\n");
}

/* The third row: characters with attributes, read back; then a new page. */
static void check_screen(void)
{
    struct registers r = {.eax = 0x0200, .edx = 0x0205};
    struct registers old = {.eax = 0x0300};
    uint32_t seen;

    raise(&old, 0x10);
    raise(&r, 0x10);
    r = (struct registers){.eax = 0x0941, .ebx = 0x1e, .ecx = 3};
    raise(&r, 0x10);
    r = (struct registers){.eax = 0x0800};
    raise(&r, 0x10);
    seen = r.eax & 0xffff;
    r = (struct registers){.eax = 0x0200, .edx = old.edx};
    raise(&r, 0x10);
    print_hex("10/09 ", seen);
    r = (struct registers){.eax = 0x0f00};
    raise(&r, 0x10);
    print_hex("\n10/0f mode=", r.eax & 0xffff);
    r = (struct registers){.eax = 0x1a00};
    raise(&r, 0x10);
    print_hex("\n10/1a ", r.eax & 0xff);
    print("\n");
}

static void check_pci(void)
{
    struct registers r = {.eax = 0xb101};

    raise(&r, 0x1a);
    print_result("1a/b1 pci", &r);
    print_hex(" edx=", r.edx);
    r = (struct registers){.eax = 0xb103, .ecx = 0x010100};
    raise(&r, 0x1a);
    print_result("\n1a/b1 ide", &r);
    r.eax = 0xb10a;
    r.edi = 0;
    raise(&r, 0x1a);
    print_hex(" id=", r.ecx);
    print("\n");
}

void check(void)
{
    print("bios\n");
    check_machine();
    check_map();
    check_move();
    check_disk();
    check_packets();
    check_other_disks();
    check_clock();
    check_screen();
    check_pci();
    check_keys();
    __asm__ volatile("outb %0, $0xf4" : : "a"((uint8_t)42));
}
