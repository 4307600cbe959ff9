/*
 * view_cpu.c - what a pCPU is about to do: instructions, registers, modes.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "visualizer/insn_text.h"
#include "visualizer/scene.h"

static void draw_code(const struct cpu *c, const struct pane *p)
{
    uint64_t rip = cpu_state_peek(c)->rip;

    for (unsigned y = 0; y < p->height; y++) {
        enum style style = y == 0 ? STYLE_CURSOR : STYLE_PLAIN;
        char text[INSN_TEXT_BYTES];
        unsigned bytes = insn_text(c, rip, text);

        pane_printf(p, place(0, y), bytes ? style : STYLE_FAULT,
                    "%016" PRIx64 "  %s", rip, text);
        if (bytes == 0)
            return;
        rip += bytes;
    }
}

static void draw_registers(const struct cpu_state *s, const struct pane *p)
{
    static const char *const names[REG_COUNT] = {
        "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
        "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};

    for (unsigned i = 0; i < REG_COUNT; i++)
        pane_printf(p, place(0, i), STYLE_PLAIN, "%-3s %016" PRIx64, names[i],
                    s->gpr[i]);
}

/* Names of the bits that are set. */
struct bit_name {
    uint64_t bit;
    const char *name;
};

static unsigned put_bits(const struct pane *p, unsigned x, unsigned y,
                         const struct bit_name *names, uint64_t value)
{
    for (; names->bit; names++)
        if (value & names->bit)
            x = pane_printf(p, place(x, y), STYLE_PLAIN, " %s", names->name);
    return x;
}

static void draw_modes(const struct cpu_state *s, const struct pane *p)
{
    static const struct bit_name flags[] = {
        {RFLAGS_CF, "CF"}, {RFLAGS_PF, "PF"}, {RFLAGS_AF, "AF"},
        {RFLAGS_ZF, "ZF"}, {RFLAGS_SF, "SF"}, {RFLAGS_TF, "TF"},
        {RFLAGS_IF, "IF"}, {RFLAGS_DF, "DF"}, {RFLAGS_OF, "OF"},
        {RFLAGS_AC, "AC"}, {0, NULL}};
    static const struct bit_name cr0[] = {{CR0_PE, "PE"}, {CR0_TS, "TS"},
                                          {CR0_WP, "WP"}, {CR0_CD, "CD"},
                                          {CR0_PG, "PG"}, {0, NULL}};
    static const struct bit_name cr4[] = {
        {CR4_PSE, "PSE"},   {CR4_PAE, "PAE"},     {CR4_PGE, "PGE"},
        {CR4_LA57, "LA57"}, {CR4_PCIDE, "PCIDE"}, {CR4_SMEP, "SMEP"},
        {CR4_SMAP, "SMAP"}, {CR4_PKE, "PKE"},     {0, NULL}};
    unsigned x =
        pane_printf(p, place(0, 0), STYLE_PLAIN, "cpl %u  rflags", s->cpl);

    put_bits(p, x, 0, flags, s->rflags);
    x = pane_put(p, place(0, 1), STYLE_PLAIN, "cr0");
    put_bits(p, x, 1, cr0, s->cr0);
    x = pane_put(p, place(0, 2), STYLE_PLAIN, "cr4");
    put_bits(p, x, 2, cr4, s->cr4);
    pane_printf(p, place(0, 3), STYLE_PLAIN, "cr2 %016" PRIx64, s->cr2);
    pane_printf(p, place(0, 4), STYLE_PLAIN, "cr3 %016" PRIx64, s->cr3);
}

static void draw_intercepts(const struct guest_control *g, const struct pane *p)
{
    const struct {
        bool on;
        const char *name;
    } all[] = {
        {g->exit_hlt, "HLT"},
        {g->exit_invlpg, "INVLPG"},
        {g->exit_cr3_load, "CR3"},
        {g->exit_rdtsc, "RDTSC"},
        {g->exit_io, "I/O"},
        {g->io_bitmaps, "I/O (bitmap)"},
        {g->msr_bitmaps, "MSR (bitmap)"},
        {!g->msr_bitmaps, "MSR"},
        {g->exit_pause_loop, "PAUSE loop"},
        {g->exception_bitmap >> 14 & 1, "#PF"},
        {g->nested, "(nested paging)"},
        {g->shadow, "(shadow tables)"},
    };
    unsigned x;

    if (g->virt != VIRT_GUEST) {
        pane_put(
            p, place(0, 0), STYLE_DIM,
            g->virt == VIRT_NONE
                ? "no guest mode: the kernel has the CPU to itself"
                : "guest kernel in ring 3: every trap is the hypervisor's");
        return;
    }
    x = pane_put(p, place(0, 0), STYLE_HYPERVISOR, "exits on:");
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i].on)
            x = pane_printf(p, place(x, 0), STYLE_PLAIN, " %s", all[i].name);
}

/* "kvstore.c:93  the text": how wide a screen shows the lines around it too. */
enum { SOURCE_X = 78, LEAST_WITH_SOURCE = 150 };

static const struct line *line_of(const struct scene *s)
{
    uint64_t rip = cpu_state_peek(scene_pcpu(s)->cpu)->rip;

    return s->symbols ? lines_at(&s->symbols->lines, rip) : NULL;
}

/* From where the text of a line begins; tabs are one cell. */
static char *unindent(char *text)
{
    char *from = text + strspn(text, " \t");

    for (char *at = from; *at; at++)
        *at = *at == '\t' ? ' ' : *at;
    return from;
}

static void draw_line(const struct scene *s, const struct pane *p)
{
    const struct line *line = line_of(s);
    char text[LINE_TEXT_BYTES];
    unsigned x;

    if (!line)
        return;
    x = pane_printf(p, place(0, 0), STYLE_DIM, "%s:%u", line->file,
                    line->number);
    if (lines_text(line->file, line->number, text))
        pane_put(p, place(x + 2, 0), STYLE_STRONG, unindent(text));
}

/* The lines around the one that is executed. */
static void draw_source(const struct scene *s, const struct pane *p)
{
    const struct line *line = line_of(s);
    unsigned first, y = 0;
    char text[LINE_TEXT_BYTES];

    if (!line)
        return;
    first = line->number > p->height / 2 ? line->number - p->height / 2 : 1;
    for (; y < p->height && lines_text(line->file, first + y, text); y++) {
        bool here = first + y == line->number;

        for (char *at = text; *at; at++)
            *at = *at == '\t' ? ' ' : *at;
        pane_printf(p, place(0, y), here ? STYLE_CURSOR : STYLE_DIM, "%5u",
                    first + y);
        pane_put(p, place(7, y), here ? STYLE_STRONG : STYLE_PLAIN, text);
        if (here)
            pane_put(p, place(6, y), STYLE_CURSOR, "\u25b6");
    }
}

static void draw(const struct scene *s, const struct pane *p)
{
    const struct cpu *c = scene_pcpu(s)->cpu;
    struct pane part = pane_part(p, p->width - 21, 0, 21, p->height);
    enum style style;
    const char *mode = scene_mode(scene_pcpu(s), &style);
    char where[SCENE_PLACE_BYTES];
    unsigned x;

    draw_registers(cpu_state_peek(c), &part);
    x = pane_printf(p, place(1, 0), style, "pCPU %u: %s", s->look->pcpu, mode);
    pane_put(p, place(x + 2, 0), STYLE_STRONG,
             scene_place(s, cpu_state_peek(c)->rip, where));
    part = pane_part(p, 1, 1, p->width - 24, 1);
    draw_line(s, &part);
    part =
        pane_part(p, 1, 2, p->width - 24, p->height > 10 ? p->height - 10 : 0);
    if (p->width >= LEAST_WITH_SOURCE) {
        part.width = SOURCE_X - 2;
        draw_code(c, &part);
        part.x += SOURCE_X - 1;
        part.width = p->width - 24 - SOURCE_X;
        draw_source(s, &part);
    } else {
        draw_code(c, &part);
    }
    part = pane_part(p, 1, p->height > 7 ? p->height - 7 : 0, p->width - 24, 5);
    draw_modes(cpu_state_peek(c), &part);
    part = pane_part(p, 1, p->height - 1, p->width, 1);
    draw_intercepts(cpu_control(scene_pcpu(s)->cpu), &part);
}

const struct view view_cpu = {
    .name = "cpu",
    .key = '9',
    .title = "CPU",
    .sentence =
        "the next instructions, their source, registers, modes, intercepts",
    .help =
        "Where the CPU is: function, and line of the source if the guest's "
        "program or kernel tells it (compiled with -g); its text if the file "
        "is there as the compiler named it, and on a wide screen the lines "
        "around it. "
        "The first line of code is the next instruction. Below it the flags "
        "and control bits that are set, by name; the last line says what "
        "makes this CPU leave the guest.\n"
        "Try: step over a MOV to CR3 under shadow, and look at Exits.",
    .draw = draw,
};
