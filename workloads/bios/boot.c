/*
 * boot.c - interrupts 19h and 18h: a boot sector, or why there is none.
 *
 * Source  BIOS Boot Specification 1.01, "INT 19h"; Phoenix Enhanced Disk Drive
 *         Specification for DL.
 */
#include "workloads/bios/bios.h"

void handle_19_boot(struct frame *f)
{
    (void)f;
    if (!bios_header.sector_loaded &&
        (disk_read(FIRST_DISK, 0, 0, SECTOR_AT) != 0 ||
         peek16(0, SECTOR_AT + SECTOR_BYTES - 2) != 0xaa55)) {
        __asm__ volatile("int $0x18");
        return;
    }
    bios_header.sector_loaded = 0;
    start_sector(FIRST_DISK);
}

void handle_18_nothing_to_boot(struct frame *f)
{
    (void)f;
    video_print("No bootable disk.\r\n");
    for (;;)
        __asm__ volatile("cli\n\thlt");
}
