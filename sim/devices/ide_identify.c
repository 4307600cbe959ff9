#include "sim/devices/ide_identify.h"

#include <stddef.h>

static void put(uint8_t *data, unsigned word, uint64_t value)
{
    data[2 * word] = (uint8_t)value;
    data[2 * word + 1] = (uint8_t)(value >> 8);
}

/* Text has the first character of each pair in the high byte; blanks fill. */
static void put_text(uint8_t *data, unsigned word, unsigned words,
                     const char *text)
{
    for (unsigned i = 0; i < 2 * words; i++) {
        data[2 * word + (i ^ 1)] = (uint8_t)(*text ? *text : ' ');
        text += *text != '\0';
    }
}

static uint64_t at_most(uint64_t value, uint64_t limit)
{
    return value < limit ? value : limit;
}

void ide_identify(uint8_t data[512], const struct disk *disk, uint8_t multiple)
{
    char serial[] = "RS00000001";
    uint64_t sectors = disk->sectors;
    uint64_t cylinders = at_most(sectors / (IDE_HEADS * IDE_SECTORS), 16383);
    uint64_t chs = cylinders * IDE_HEADS * IDE_SECTORS;
    uint64_t lba28 = at_most(sectors, 0x0fffffff);

    for (unsigned i = 0; i < 512; i++)
        data[i] = 0;
    put(data, 0, 0x0040); /* fixed device */
    put(data, 1, cylinders);
    put(data, 3, IDE_HEADS);
    put(data, 6, IDE_SECTORS);
    serial[sizeof serial - 2] = (char)('1' + disk->number);
    put_text(data, 10, 10, serial);
    put_text(data, 23, 4, "1.0");
    put_text(data, 27, 20, "RINGSIDE DISK");
    put(data, 47, 0x8000 | IDE_MULTIPLE);
    put(data, 49, 0x0200); /* LBA */
    put(data, 50, 0x4000);
    put(data, 53, 0x0003); /* words 54..58 and 64..70 are valid */
    put(data, 54, cylinders);
    put(data, 55, IDE_HEADS);
    put(data, 56, IDE_SECTORS);
    put(data, 57, chs);
    put(data, 58, chs >> 16);
    put(data, 59, 0x0100 | multiple);
    put(data, 60, lba28);
    put(data, 61, lba28 >> 16);
    put(data, 64, 0x0003); /* PIO modes 3 and 4 */
    put(data, 67, 120);    /* ns a transfer */
    put(data, 68, 120);
    put(data, 80, 0x007e); /* ATA-1 .. ATA-6 */
    put(data, 82, 0x4000); /* NOP */
    put(data, 83, 0x7400); /* 48 bits, flush, flush ext */
    put(data, 84, 0x4000);
    put(data, 85, 0x4000);
    put(data, 86, 0x3400);
    put(data, 87, 0x4000);
    for (unsigned i = 0; i < 4; i++)
        put(data, 100 + i, sectors >> (16 * i));
}
