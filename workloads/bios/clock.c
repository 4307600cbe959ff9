/*
 * clock.c - the timer's interrupt, and interrupt 1Ah: ticks, date and time.
 *
 * Source  IBM PC/AT Technical Reference, "ROM BIOS", interrupts 08h and 1Ah;
 *         MC146818A data sheet; PCI BIOS specification 2.1 for AH=B1h (pci.c).
 * NOT MODELLED  the alarm and the periodic interrupt (AH 06h, 07h, INT 15h
 *         83h): refused.
 */
#include "workloads/bios/bios.h"

enum {
    PORT_TIMER = 0x40,
    PORT_TIMER_CONTROL = 0x43,
    PORT_RTC = 0x70,
    PORT_RTC_DATA = 0x71,
    RTC_SECONDS = 0,
    RTC_MINUTES = 2,
    RTC_HOURS = 4,
    RTC_DAY = 7,
    RTC_MONTH = 8,
    RTC_YEAR = 9,
    RTC_A = 10,
    RTC_B = 11,
    RTC_CENTURY = 0x32,
    RTC_UPDATING = 0x80,
    RTC_BINARY = 0x04,
};

#define TICKS_A_DAY  0x1800b0u
#define TICKS_X_1000 18206u /* a second's */

static uint8_t rtc_read(uint8_t reg)
{
    outb(PORT_RTC, reg);
    return inb(PORT_RTC_DATA);
}

static void rtc_write(uint8_t reg, uint8_t value)
{
    outb(PORT_RTC, reg);
    outb(PORT_RTC_DATA, value);
}

static void rtc_settle(void)
{
    while (rtc_read(RTC_A) & RTC_UPDATING)
        ;
}

static uint8_t from_bcd(uint8_t value)
{
    return (uint8_t)((value >> 4) * 10 + (value & 15));
}

static uint8_t to_bcd(uint8_t value)
{
    return (uint8_t)(value / 10 << 4 | value % 10);
}

/* As BCD, whatever the clock keeps. */
static uint8_t rtc_bcd(uint8_t reg)
{
    uint8_t value = rtc_read(reg);

    return rtc_read(RTC_B) & RTC_BINARY ? to_bcd(value) : value;
}

static void rtc_write_bcd(uint8_t reg, uint8_t value)
{
    rtc_write(reg, rtc_read(RTC_B) & RTC_BINARY ? from_bcd(value) : value);
}

void clock_reset(void)
{
    uint32_t seconds;

    rtc_settle();
    seconds = from_bcd(rtc_bcd(RTC_HOURS)) * 3600u +
              from_bcd(rtc_bcd(RTC_MINUTES)) * 60u +
              from_bcd(rtc_bcd(RTC_SECONDS));
    poke32(DATA_SEGMENT, DATA_TICKS,
           seconds / 1000 * TICKS_X_1000 +
               seconds % 1000 * TICKS_X_1000 / 1000);
    outb(PORT_TIMER_CONTROL, 0x36); /* channel 0, both bytes, mode 3 */
    outb(PORT_TIMER, 0);
    outb(PORT_TIMER, 0);
}

void handle_08_timer(struct frame *f)
{
    uint32_t ticks = peek32(DATA_SEGMENT, DATA_TICKS) + 1;

    (void)f;
    if (ticks >= TICKS_A_DAY) {
        ticks = 0;
        poke8(DATA_SEGMENT, DATA_MIDNIGHT, 1);
    }
    poke32(DATA_SEGMENT, DATA_TICKS, ticks);
    __asm__ volatile("int $0x1c" : : : "memory");
    outb(PORT_PIC, PIC_END);
}

static void get_ticks(struct frame *f)
{
    uint32_t ticks = peek32(DATA_SEGMENT, DATA_TICKS);

    set_word(&f->ecx, (uint16_t)(ticks >> 16));
    set_word(&f->edx, (uint16_t)ticks);
    set_low(&f->eax, data8(DATA_MIDNIGHT));
    poke8(DATA_SEGMENT, DATA_MIDNIGHT, 0);
    answer(f, 0);
}

static void set_ticks(struct frame *f)
{
    poke32(DATA_SEGMENT, DATA_TICKS, f->ecx << 16 | (uint16_t)f->edx);
    poke8(DATA_SEGMENT, DATA_MIDNIGHT, 0);
    answer(f, 0);
}

static void get_time(struct frame *f)
{
    rtc_settle();
    set_high(&f->ecx, rtc_bcd(RTC_HOURS));
    set_low(&f->ecx, rtc_bcd(RTC_MINUTES));
    set_high(&f->edx, rtc_bcd(RTC_SECONDS));
    set_low(&f->edx, rtc_read(RTC_B) & 1);
    answer(f, 0);
}

static void set_time(struct frame *f)
{
    rtc_write_bcd(RTC_HOURS, high(f->ecx));
    rtc_write_bcd(RTC_MINUTES, low(f->ecx));
    rtc_write_bcd(RTC_SECONDS, high(f->edx));
    answer(f, 0);
}

static void get_date(struct frame *f)
{
    rtc_settle();
    set_high(&f->ecx, rtc_read(RTC_CENTURY));
    set_low(&f->ecx, rtc_bcd(RTC_YEAR));
    set_high(&f->edx, rtc_bcd(RTC_MONTH));
    set_low(&f->edx, rtc_bcd(RTC_DAY));
    answer(f, 0);
}

static void set_date(struct frame *f)
{
    rtc_write(RTC_CENTURY, high(f->ecx));
    rtc_write_bcd(RTC_YEAR, low(f->ecx));
    rtc_write_bcd(RTC_MONTH, high(f->edx));
    rtc_write_bcd(RTC_DAY, low(f->edx));
    answer(f, 0);
}

void handle_1a_clock(struct frame *f)
{
    static void (*const functions[])(struct frame *) = {
        get_ticks, set_ticks, get_time, set_time, get_date, set_date};
    uint8_t function = high(f->eax);

    if (function == 0xb1)
        handle_pci(f);
    else if (function < sizeof functions / sizeof functions[0])
        functions[function](f);
    else
        refuse(f);
}
