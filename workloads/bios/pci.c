/*
 * pci.c - interrupt 1Ah, AH=B1h: PCI functions by class or number, and their
 * configuration space.
 *
 * Source  PCI BIOS Specification 2.1, "Host Interface"; PCI Local Bus
 *         Specification, "Configuration Mechanism #1".
 * Model   one bus.
 * NOT MODELLED  the 32-bit entry point, special cycles, interrupt routing.
 */
#include "workloads/bios/bios.h"

enum {
    PORT_ADDRESS = 0xcf8,
    PORT_DATA = 0xcfc,
    FUNCTIONS = 256, /* of a bus: device and function */
    NOT_SUPPORTED = 0x81,
    BAD_VENDOR = 0x83,
    NOT_FOUND = 0x86,
    BAD_REGISTER = 0x87,
};

static uint32_t inl(uint16_t port)
{
    uint32_t value;

    __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static void select(uint16_t function, uint8_t reg)
{
    outl(PORT_ADDRESS, 0x80000000 | (uint32_t)function << 8 | (reg & 0xfcu));
}

static uint32_t read_config(uint16_t function, uint8_t reg)
{
    select(function, reg);
    return inl(PORT_DATA);
}

static bool is_there(void)
{
    return (uint16_t)(read_config(0, 0) + 1) > 1;
}

static void tell_presence(struct frame *f)
{
    if (!is_there()) {
        answer(f, NOT_SUPPORTED);
        return;
    }
    f->edx = 0x20494350;       /* "PCI " */
    set_low(&f->eax, 0x01);    /* mechanism 1 */
    set_word(&f->ebx, 0x0210); /* 2.1 */
    set_low(&f->ecx, 0);       /* the last bus */
    answer(f, 0);
}

/* The n-th function with that value under the mask in a register. */
struct wanted {
    uint8_t reg;
    uint32_t value, mask;
};

static void find(struct frame *f, const struct wanted *w)
{
    uint16_t left = (uint16_t)f->esi;

    for (uint16_t i = 0; i < FUNCTIONS; i++) {
        if ((uint16_t)read_config(i, 0) == 0xffff ||
            (read_config(i, w->reg) & w->mask) != w->value || left-- != 0)
            continue;
        set_word(&f->ebx, i);
        answer(f, 0);
        return;
    }
    answer(f, NOT_FOUND);
}

static void find_device(struct frame *f)
{
    const struct wanted w = {0, f->ecx << 16 | (uint16_t)f->edx, 0xffffffff};

    if ((uint16_t)f->edx == 0xffff)
        answer(f, BAD_VENDOR);
    else
        find(f, &w);
}

static void find_class(struct frame *f)
{
    const struct wanted w = {8, f->ecx << 8, 0xffffff00};

    find(f, &w);
}

/* 08h .. 0Ah read, 0Bh .. 0Dh write, a byte, a word, a double word. */
static void access_config(struct frame *f, uint8_t function)
{
    uint8_t bytes = (uint8_t)(1u << (function - 8) % 3);
    uint16_t reg = (uint16_t)f->edi;
    uint16_t port = (uint16_t)(PORT_DATA + (reg & 3));

    if (reg > 0xff || reg % bytes != 0) {
        answer(f, BAD_REGISTER);
        return;
    }
    select((uint16_t)f->ebx, (uint8_t)reg);
    for (uint8_t i = 0; i < bytes; i++) {
        uint32_t shift = 8u * i, mask = 0xffu << shift;

        if (function >= 0x0b)
            outb((uint16_t)(port + i), (uint8_t)(f->ecx >> shift));
        else
            f->ecx = (f->ecx & ~mask) | (uint32_t)inb((uint16_t)(port + i))
                                            << shift;
    }
    answer(f, 0);
}

void handle_pci(struct frame *f)
{
    uint8_t function = low(f->eax);

    if (function == 0x01)
        tell_presence(f);
    else if (!is_there())
        answer(f, NOT_SUPPORTED);
    else if (function == 0x02)
        find_device(f);
    else if (function == 0x03)
        find_class(f);
    else if (function >= 0x08 && function <= 0x0d)
        access_config(f, function);
    else
        answer(f, NOT_SUPPORTED);
}
