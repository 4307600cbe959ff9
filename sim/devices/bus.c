#include "sim/devices/bus.h"

__extension__ typedef unsigned __int128 u128;

void bus_raise_line(struct bus *b, unsigned line)
{
    if (line >= BUS_LINES)
        return;
    if (b->line_holders[line] == 0)
        b->line_edges |= (uint32_t)1 << line;
    b->line_holders[line] |= (uint64_t)1 << b->device;
}

void bus_lower_line(struct bus *b, unsigned line)
{
    if (line < BUS_LINES)
        b->line_holders[line] &= ~((uint64_t)1 << b->device);
}

void bus_send_msi(struct bus *b, uint64_t address, uint32_t data)
{
    for (unsigned i = 0; i < b->msi_count; i++)
        if (b->msis[i].address == address && b->msis[i].data == data)
            return;
    if (b->msi_count == BUS_MSIS) {
        b->msi_dropped++;
        return;
    }
    b->msis[b->msi_count++] = (struct bus_msi){address, data};
}

uint64_t bus_ticks_at(const struct bus *b, uint64_t cycle, uint64_t hertz)
{
    return (uint64_t)((u128)cycle * hertz / b->cycles_per_second);
}

uint64_t bus_cycle_of_tick(const struct bus *b, uint64_t tick, uint64_t hertz)
{
    u128 cycle = ((u128)tick * b->cycles_per_second + hertz - 1) / hertz;

    return cycle > UINT64_MAX ? UINT64_MAX : (uint64_t)cycle;
}
