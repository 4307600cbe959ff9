/*
 * disk.c - interrupt 13h: the disks of both IDE channels, by programmed I/O.
 *
 * Source  IBM PC/AT Technical Reference, "ROM BIOS", interrupt 13h; Phoenix
 *         Enhanced Disk Drive Specification 1.1 (AH 41h to 48h); ATA/ATAPI-6.
 * Model   a disk's geometry for callers is 63 sectors and as many heads as
 *         1024 cylinders need; inside, all is LBA.
 * NOT MODELLED  floppy disks; sectors beyond 2^32.
 */
#include "workloads/bios/bios.h"

enum {
    DISKS_MOST = 4,
    SECTORS_A_TRACK = 63,
    CYLINDERS_MOST = 1024,
    REG_DATA = 0,
    REG_COUNT = 2,
    REG_LOW = 3,
    REG_MIDDLE = 4,
    REG_HIGH = 5,
    REG_DEVICE = 6,
    REG_COMMAND = 7,
    STATUS_ERROR = 0x01,
    STATUS_REQUEST = 0x08,
    STATUS_BUSY = 0x80,
    DEVICE_FIRST = 0xa0,
    DEVICE_SECOND = 0xb0,
    DEVICE_LBA = 0x40,
    CONTROL_NO_INTERRUPT = 0x02,
    COMMAND_READ = 0x20,
    COMMAND_READ_EXT = 0x24,
    COMMAND_WRITE = 0x30,
    COMMAND_WRITE_EXT = 0x34,
    COMMAND_IDENTIFY = 0xec,
    COMMAND_MOST_SECTORS = 128,
    ERROR_COMMAND = 0x01,
    ERROR_NOT_FOUND = 0x04,
    ERROR_CONTROLLER = 0x20,
    ERROR_TIMEOUT = 0x80,
};

#define LBA28_SECTORS 0x10000000u

struct disk {
    uint16_t port, control;
    uint8_t device; /* 0: there is none */
    uint32_t sectors;
    uint16_t cylinders, heads;
};

static struct disk disks[DISKS_MOST];
static uint8_t disk_count;

/* What is to move between a disk and memory. */
struct transfer {
    bool write;
    uint32_t sector;
    uint16_t count;
    uint16_t segment, offset;
};

static uint8_t settled(const struct disk *d)
{
    uint8_t status;

    do
        status = inb((uint16_t)(d->port + REG_COMMAND));
    while ((status & STATUS_BUSY) && status != 0xff);
    return status;
}

static void read_words(uint16_t port, uint16_t segment, uint16_t offset)
{
    uint32_t to = offset, words = SECTOR_BYTES / 2;

    __asm__ volatile("pushw %%es\n\tmovw %w2, %%es\n\t"
                     "rep insw\n\tpopw %%es"
                     : "+D"(to), "+c"(words)
                     : "r"(segment), "d"(port)
                     : "memory");
}

static void write_words(uint16_t port, uint16_t segment, uint16_t offset)
{
    uint32_t from = offset, words = SECTOR_BYTES / 2;

    __asm__ volatile("pushw %%ds\n\tmovw %w2, %%ds\n\t"
                     "rep outsw\n\tpopw %%ds"
                     : "+S"(from), "+c"(words)
                     : "r"(segment), "d"(port)
                     : "memory");
}

static uint8_t begin_command(const struct disk *d, const struct transfer *t)
{
    bool wide = t->sector >= LBA28_SECTORS - COMMAND_MOST_SECTORS;
    const uint16_t p = d->port;

    outb((uint16_t)(p + REG_DEVICE),
         (uint8_t)(d->device | DEVICE_LBA | (wide ? 0 : t->sector >> 24)));
    settled(d);
    if (wide) { /* the high halves first */
        outb((uint16_t)(p + REG_COUNT), 0);
        outb((uint16_t)(p + REG_LOW), (uint8_t)(t->sector >> 24));
        outb((uint16_t)(p + REG_MIDDLE), 0);
        outb((uint16_t)(p + REG_HIGH), 0);
    }
    outb((uint16_t)(p + REG_COUNT), (uint8_t)t->count);
    outb((uint16_t)(p + REG_LOW), (uint8_t)t->sector);
    outb((uint16_t)(p + REG_MIDDLE), (uint8_t)(t->sector >> 8));
    outb((uint16_t)(p + REG_HIGH), (uint8_t)(t->sector >> 16));
    if (t->write)
        return wide ? COMMAND_WRITE_EXT : COMMAND_WRITE;
    return wide ? COMMAND_READ_EXT : COMMAND_READ;
}

/* One command; the buffer's place moves on. */
static uint8_t move_some(const struct disk *d, struct transfer *t)
{
    outb((uint16_t)(d->port + REG_COMMAND), begin_command(d, t));
    for (uint16_t i = 0; i < t->count; i++) {
        uint8_t status = settled(d);

        if ((status & STATUS_ERROR) || !(status & STATUS_REQUEST))
            return ERROR_NOT_FOUND;
        t->segment = (uint16_t)(t->segment + (t->offset >> 4));
        t->offset &= 15;
        if (t->write)
            write_words(d->port, t->segment, t->offset);
        else
            read_words(d->port, t->segment, t->offset);
        t->offset = (uint16_t)(t->offset + SECTOR_BYTES);
    }
    return settled(d) & STATUS_ERROR ? ERROR_CONTROLLER : 0;
}

static uint8_t move(const struct disk *d, const struct transfer *all)
{
    struct transfer t = *all;
    uint16_t left = all->count;
    uint8_t error = 0;

    if (t.sector > d->sectors || left > d->sectors - t.sector)
        return ERROR_NOT_FOUND;
    outb(d->control, CONTROL_NO_INTERRUPT);
    while (left > 0 && error == 0) {
        t.count = left < COMMAND_MOST_SECTORS ? left : COMMAND_MOST_SECTORS;
        error = move_some(d, &t);
        left = (uint16_t)(left - t.count);
        t.sector += t.count;
    }
    outb(d->control, 0);
    return error;
}

static struct disk *find_disk(uint8_t drive)
{
    uint8_t n = (uint8_t)(drive - FIRST_DISK);

    return n < disk_count ? &disks[n] : NULL;
}

uint8_t disk_read(uint8_t drive, uint32_t sector, uint16_t segment,
                  uint16_t offset)
{
    const struct transfer t = {false, sector, 1, segment, offset};
    const struct disk *d = find_disk(drive);

    return d ? move(d, &t) : ERROR_TIMEOUT;
}

static void choose_geometry(struct disk *d)
{
    uint32_t cylinders;

    d->heads = 16;
    while (d->heads < 255 &&
           d->sectors / (d->heads * SECTORS_A_TRACK) > CYLINDERS_MOST)
        d->heads = d->heads == 128 ? 255 : (uint16_t)(2 * d->heads);
    cylinders = d->sectors / ((uint32_t)d->heads * SECTORS_A_TRACK);
    if (cylinders > CYLINDERS_MOST)
        cylinders = CYLINDERS_MOST;
    d->cylinders = (uint16_t)(cylinders ? cylinders : 1);
}

/* ATA/ATAPI-6, "IDENTIFY DEVICE": words 60, 83 and 100. */
static bool identify(struct disk *d)
{
    static uint16_t words[SECTOR_BYTES / 2];
    uint8_t status;

    outb((uint16_t)(d->port + REG_DEVICE), d->device);
    status = inb((uint16_t)(d->port + REG_COMMAND));
    if (status == 0 || status == 0xff)
        return false;
    outb((uint16_t)(d->port + REG_COMMAND), COMMAND_IDENTIFY);
    status = settled(d);
    if ((status & STATUS_ERROR) || !(status & STATUS_REQUEST))
        return false;
    read_words(d->port, BIOS_SEGMENT, (uint16_t)(uintptr_t)words);
    d->sectors = words[60] | (uint32_t)words[61] << 16;
    if (words[83] & 0x0400)
        d->sectors = words[102] | words[103]
                         ? 0xffffffff
                         : words[100] | (uint32_t)words[101] << 16;
    choose_geometry(d);
    return true;
}

void disks_find(void)
{
    static const struct disk places[DISKS_MOST] = {
        {.port = 0x1f0, .control = 0x3f6, .device = DEVICE_FIRST},
        {.port = 0x1f0, .control = 0x3f6, .device = DEVICE_SECOND},
        {.port = 0x170, .control = 0x376, .device = DEVICE_FIRST},
        {.port = 0x170, .control = 0x376, .device = DEVICE_SECOND}};

    disk_count = 0; /* the firmware may begin again */
    for (uint8_t i = 0; i < DISKS_MOST; i++) {
        disks[disk_count] = places[i];
        outb(places[i].control, CONTROL_NO_INTERRUPT);
        if (identify(&disks[disk_count]))
            disk_count++;
        outb((uint16_t)(places[i].port + REG_DEVICE), DEVICE_FIRST);
        outb(places[i].control, 0);
    }
    poke8(DATA_SEGMENT, DATA_DISKS, disk_count);
}

/* CH, CL and DH: cylinder, sector, head. */
static bool take_chs(const struct frame *f, const struct disk *d,
                     struct transfer *t)
{
    uint16_t cylinder =
        (uint16_t)(high(f->ecx) | (uint16_t)(low(f->ecx) & 0xc0) << 2);
    uint8_t sector = low(f->ecx) & 0x3f, head = high(f->edx);

    if (sector == 0 || head >= d->heads)
        return false;
    t->sector =
        ((uint32_t)cylinder * d->heads + head) * SECTORS_A_TRACK + sector - 1;
    t->count = low(f->eax);
    t->segment = f->es;
    t->offset = (uint16_t)f->ebx;
    return t->count != 0;
}

static uint8_t move_chs(struct frame *f, const struct disk *d)
{
    uint8_t function = high(f->eax);
    struct transfer t = {.write = function == 0x03};
    uint8_t error;

    if (!take_chs(f, d, &t))
        return ERROR_COMMAND;
    error = function == 0x04 ? 0 : move(d, &t);
    if (error)
        set_low(&f->eax, 0);
    return error;
}

/* DS:SI: bytes, 0, count, offset, segment, sector in 64 bits. */
static uint8_t move_packet(struct frame *f, const struct disk *d)
{
    uint8_t function = high(f->eax);
    uint16_t at = (uint16_t)f->esi;
    const struct transfer t = {.write = function == 0x43,
                               .count = peek16(f->ds, (uint16_t)(at + 2)),
                               .offset = peek16(f->ds, (uint16_t)(at + 4)),
                               .segment = peek16(f->ds, (uint16_t)(at + 6)),
                               .sector = peek32(f->ds, (uint16_t)(at + 8))};
    uint8_t error = ERROR_NOT_FOUND;

    if (peek8(f->ds, at) < 0x10)
        return ERROR_COMMAND;
    if (peek32(f->ds, (uint16_t)(at + 12)) == 0)
        error = function == 0x44 || function == 0x47 ? 0 : move(d, &t);
    if (error)
        poke16(f->ds, (uint16_t)(at + 2), 0);
    return error;
}

static uint8_t tell_geometry(struct frame *f, const struct disk *d)
{
    uint16_t last = (uint16_t)(d->cylinders - 1);

    set_word(&f->eax, 0);
    set_low(&f->ebx, 0);
    set_high(&f->ecx, (uint8_t)last);
    set_low(&f->ecx, (uint8_t)(SECTORS_A_TRACK | (last >> 2 & 0xc0)));
    set_high(&f->edx, (uint8_t)(d->heads - 1));
    set_low(&f->edx, disk_count);
    return 0;
}

static uint8_t tell_parameters(struct frame *f, const struct disk *d)
{
    enum { BYTES = 0x1a, GEOMETRY_VALID = 2 };
    const uint32_t fields[] = {BYTES | (uint32_t)GEOMETRY_VALID << 16,
                               d->cylinders,
                               d->heads,
                               SECTORS_A_TRACK,
                               d->sectors,
                               0};
    uint16_t at = (uint16_t)f->esi;

    if (peek16(f->ds, at) < BYTES)
        return ERROR_COMMAND;
    for (uint16_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        poke32(f->ds, (uint16_t)(at + 4 * i), fields[i]);
    poke16(f->ds, (uint16_t)(at + 24), SECTOR_BYTES);
    return 0;
}

static uint8_t tell_extensions(struct frame *f)
{
    if ((uint16_t)f->ebx != 0x55aa)
        return ERROR_COMMAND;
    set_word(&f->ebx, 0xaa55);
    set_word(&f->ecx, 0x0005); /* packets, and their parameters */
    set_high(&f->eax, 0x21);   /* version 1.1 */
    set_flag(f, FLAG_CARRY, false);
    return 0;
}

/* AH=15h: what DL is; CX:DX sectors. */
static void tell_kind(struct frame *f, const struct disk *d)
{
    set_word(&f->ecx, (uint16_t)(d ? d->sectors >> 16 : 0));
    set_word(&f->edx, (uint16_t)(d ? d->sectors : 0));
    answer(f, 0);
    set_high(&f->eax, d ? 0x03 : 0);
}

static uint8_t serve(struct frame *f, const struct disk *d)
{
    switch (high(f->eax)) {
    case 0x00: /* reset, recalibrate, seek, is it ready?, diagnose */
    case 0x09:
    case 0x0c:
    case 0x0d:
    case 0x10:
    case 0x11:
    case 0x14:
        return 0;
    case 0x02:
    case 0x03:
    case 0x04:
        return move_chs(f, d);
    case 0x08:
        return tell_geometry(f, d);
    case 0x42:
    case 0x43:
    case 0x44:
    case 0x47:
        return move_packet(f, d);
    case 0x48:
        return tell_parameters(f, d);
    default:
        return ERROR_COMMAND;
    }
}

void handle_13_disk(struct frame *f)
{
    const struct disk *d = find_disk(low(f->edx));
    uint8_t function = high(f->eax), error;

    if (function == 0x01) { /* how did the last one end? */
        set_low(&f->eax, data8(DATA_DISK_STATUS));
        answer(f, data8(DATA_DISK_STATUS));
        return;
    }
    if (function == 0x15) {
        tell_kind(f, d);
        return;
    }
    error = d ? 0 : ERROR_COMMAND;
    if (d && function == 0x41)
        error = tell_extensions(f);
    else if (d || function == 0x00)
        error = d ? serve(f, d) : 0;
    poke8(DATA_SEGMENT, DATA_DISK_STATUS, error);
    if (error || function != 0x41)
        answer(f, error);
}
