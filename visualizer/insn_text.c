#include "visualizer/insn_text.h"

#include <stdio.h>
#include <Zydis/Zydis.h>

enum { MOST_BYTES = 15 };

/* Of struct segment's attributes: descriptor bits 53 and 54 (SDM vol. 3,
   "Segment Descriptors"). */
enum { SEGMENT_L = 1 << 13, SEGMENT_D = 1 << 14 };

static ZydisMachineMode machine_mode(const struct cpu_state *s)
{
    bool long_mode = (s->efer & EFER_LMA) != 0;

    if (long_mode && (s->seg[SEG_CS].attributes & SEGMENT_L))
        return ZYDIS_MACHINE_MODE_LONG_64;
    return s->seg[SEG_CS].attributes & SEGMENT_D ? ZYDIS_MACHINE_MODE_LEGACY_32
                                                 : ZYDIS_MACHINE_MODE_LEGACY_16;
}

/* Bytes of code at an address, as many as can be read. */
static unsigned read_code(const struct cpu *c, uint64_t at,
                          uint8_t to[static MOST_BYTES])
{
    unsigned bytes = MOST_BYTES;

    while (bytes > 0 && !cpu_peek_memory(c, gva(at), to, bytes))
        bytes--;
    return bytes;
}

unsigned insn_text(const struct cpu *c, uint64_t rip,
                   char text[static INSN_TEXT_BYTES])
{
    const struct cpu_state *s = cpu_state_peek(c);
    ZydisMachineMode mode = machine_mode(s);
    uint64_t base =
        mode == ZYDIS_MACHINE_MODE_LONG_64 ? 0 : s->seg[SEG_CS].base;
    ZydisDisassembledInstruction insn;
    uint8_t code[MOST_BYTES];
    unsigned bytes = read_code(c, base + rip, code);

    if (bytes == 0 ||
        !ZYAN_SUCCESS(ZydisDisassembleIntel(mode, rip, code, bytes, &insn))) {
        snprintf(text, INSN_TEXT_BYTES, "%s",
                 bytes ? "(no instruction)" : "(not mapped)");
        return 0;
    }
    snprintf(text, INSN_TEXT_BYTES, "%s", insn.text);
    return insn.info.length;
}
