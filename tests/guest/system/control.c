/*
 * control.c - instructions on control and debug registers, on MSRs, and the
 * fast system calls.
 *
 * What would take the ground from under the monitor is left out: PE cleared,
 * other kinds of paging while paging is on, CR3 of nowhere.
 */
#include "tests/guest/system/system.h"

enum { CR0_PE = 1, CR4_PAE = 0x20, CR4_PSE = 0x10 };

static word rnd_cr0(void)
{
    word value = CR0_PE | (word)rnd(64);

    if (rnd(2))
        value |= 0x10000; /* WP */
    if (machine_long() || rnd(4))
        value |= (word)1 << 31;
    if (one_in(4))
        value |= 0x40000; /* AM */
    if (one_in(4))
        value |= (word)rnd(4) << 29;
    return value;
}

static word rnd_cr4(void)
{
    word value = rnd(4) << 2; /* VME and PVI are not for all */

    if (one_in(2))
        value |= (word)1 << (2 + rnd(9));
    value &= ~(word)(CR4_PAE | CR4_PSE);
    return value | (machine_long() ? (word)CR4_PAE : 0);
}

/* MOV to and from a control register of AX. */
static void make_cr(void)
{
    static const word numbers[] = {0, 0, 4, 4, 2, 3, 1, 5, 8};
    unsigned n = (unsigned)rnd_of(numbers, 9);
    bool to = rnd(2);

    if (n == 8 && !now.wide)
        n = 0;
    before.gpr[0] = n == 0   ? rnd_cr0()
                    : n == 4 ? rnd_cr4()
                    : n == 3 ? PAGES_AT + rnd(2) * 0x18
                             : rnd(16);
    if (machine_long() && one_in(8))
        before.gpr[0] |= (word)1 << (sizeof(word) * 8 - 1 - rnd(20));
    if (n == 8)
        emit(0x44);
    emit(0x0f);
    emit(to ? 0x22 : 0x20);
    emit(0xc0 | (n & 7) << 3);
}

static void make_dr(void)
{
    unsigned n = rnd(8);

    before.gpr[0] = n == 7 ? (word)rnd(0x10000) & 0x3c00 : rnd(0x10000);
    if (n == 6 && rnd(2))
        before.gpr[0] |= (word)rnd(0x10000) << 16;
    if (machine_long() && one_in(4) && n >= 6)
        before.gpr[0] |= (word)1 << (sizeof(word) * 8 - 1 - rnd(32));
    emit(0x0f);
    emit(rnd(3) ? 0x23 : 0x21);
    emit(0xc0 | n << 3);
}

static void make_msr(void)
{
    static const word known[] = {
        0x174,      0x175,      0x176,      0x277,      0xc0000080, 0xc0000081,
        0xc0000082, 0xc0000084, 0xc0000100, 0xc0000101, 0xc0000102, 0x200,
        0x201,      0x2ff,      0x250,      0xc0000103};
    word which = rnd_of(known, 16);

    before.gpr[1] = which;
    before.gpr[0] = which == 0xc0000080 ? rnd(2) | (word)rnd(16) << 8
                    : which == 0x277    ? 0x07040600 + rnd(8)
                                        : rnd(0x10000) | rnd(0x10000) << 16;
    if (which == 0xc0000080 && machine_long())
        before.gpr[0] = (before.gpr[0] | 0x900) & ~(word)0x200;
    before.gpr[2] = which == 0x277 ? 0x00070406 : rnd(3) ? 0 : rnd(0x10000);
    if (one_in(6))
        before.gpr[2] = rnd(2) ? 0x8000 : 0xffff8000;
    emit(0x0f);
    emit(rnd(3) ? 0x30 : 0x32);
    emit(0x0f);
    emit(0x32);
}

void make_control(unsigned kind)
{
    now.what = 20 + kind;
    switch (kind) {
    case 0:
    case 1:
        make_cr();
        break;
    case 2:
        make_dr();
        break;
    case 3:
    case 4:
        make_msr();
        break;
    case 5:
        emit(0x0f); /* CLTS */
        emit(0x06);
        break;
    case 6: /* SMSW, LMSW */
        before.gpr[0] |= 1;
        emit(0x0f);
        emit(0x01);
        emit(rnd(2) ? 0xe0 : 0xf0);
        break;
    case 7:
        emit(0x0f); /* SYSENTER, SYSEXIT */
        emit(0x34 + rnd(2));
        break;
    case 8:
        emit(0x0f); /* SYSCALL, SYSRET */
        emit(rnd(2) ? 0x05 : 0x07);
        break;
    case 9:
        emit(0x0f); /* SWAPGS */
        emit(0x01);
        emit(0xf8);
        break;
    case 10:
        emit(0x0f); /* WBINVD, INVD */
        emit(rnd(2) ? 0x09 : 0x08);
        break;
    default:
        emit(0x0f); /* INVLPG */
        emit(0x01);
        emit(0x3f);
    }
}
