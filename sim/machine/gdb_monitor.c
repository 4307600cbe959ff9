/*
 * gdb_monitor.c - `monitor ...`: what GDB has no words of its own for.
 *
 * Interface  GDB manual, "qRcmd": lines go out as console packets, then OK.
 * Model      nothing that is asked changes anything: no cycle, no TLB entry.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "mmu/pt_geom.h"
#include "sim/core/macros.h"
#include "sim/cpu/segment.h"
#include "sim/machine/gdb_internal.h"

enum { LINE_BYTES = 300 };

static void say(struct gdb *g, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void say(struct gdb *g, const char *format, ...)
{
    char line[LINE_BYTES], packet[2 * LINE_BYTES + 2] = "O";
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    gdb_to_hex(packet + 1, (const uint8_t *)line, strlen(line));
    gdb_reply(g, packet);
}

static void tell_position(struct gdb *g, const char *args)
{
    const struct run *run = g->d.run;

    (void)args;
    say(g, "%" PRIu64 " instructions, %" PRIu64 " cycles%s\n",
        run_instructions(run), run_cycles(run),
        run->measuring ? "" : " (booting)");
}

static const char *mode_name(const struct cpu_state *s)
{
    uint16_t cs = s->seg[SEG_CS].attributes;

    if (!(s->cr0 & CR0_PE))
        return "real mode";
    if (s->rflags & RFLAGS_VM)
        return "virtual-8086 mode";
    if (s->efer & EFER_LMA)
        return cs & SEGA_L ? "64-bit mode" : "compatibility mode";
    return cs & SEGA_D ? "32-bit protected mode" : "16-bit protected mode";
}

static const char *paging_name(const struct cpu *c)
{
    if (!(cpu_state_peek(c)->cr0 & CR0_PG))
        return "no paging";
    return cpu_page_table_geom(c)->name;
}

static void tell_where(struct gdb *g, const char *args)
{
    const struct machine *m = g->d.run->machine;

    (void)args;
    for (unsigned i = 0; i < m->pcpu_count; i++) {
        const struct cpu *c = m->pcpus[i].cpu;
        const struct cpu_state *s = cpu_state_peek(c);

        say(g,
            "%sCPU %u: %s, CPL %u, %04x:%" PRIx64 " = 0x%" PRIx64
            ", %s, cr3 0x%" PRIx64 ", %" PRIu64 " instructions, %" PRIu64
            " cycles%s\n",
            i == g->cpu ? "* " : "  ", i, mode_name(s), s->cpl,
            s->seg[SEG_CS].selector, s->rip,
            (s->efer & EFER_LMA) ? s->rip : s->seg[SEG_CS].base + s->rip,
            paging_name(c), s->cr3, cpu_retired(c), cpu_now(c),
            m->pcpus[i].idle ? ", waiting" : "");
    }
}

static void tell_technique(struct gdb *g, const char *args)
{
    const struct technique_ops *t = g->d.run->machine->vms[0]->technique;

    (void)args;
    say(g, "%s: %s\n", t->name, t->sentence);
}

/* An address of the first stage in the host's memory. */
static bool find_host(const struct gdb *g, uint64_t a, hpa_t *at)
{
    const struct vm *vm = g->d.run->machine->vms[0];

    if (strcmp(vm->technique->mmu_virt, "direct") == 0) {
        *at = hpa(a); /* pv: tables hold machine addresses */
        return true;
    }
    return vm_gpa_to_hpa(vm, gpa(a), at);
}

static bool read_entry(const struct gdb *g, const struct pt_geom *geom,
                       uint64_t at, uint64_t *entry)
{
    const struct machine *m = g->d.run->machine;
    hpa_t where;

    *entry = 0;
    return find_host(g, at, &where) &&
           memory_copy_out(&m->dram, entry, where, geom->entry_bytes);
}

/* The tables that va leads through; true, and its first-stage address. */
static bool tell_walk(struct gdb *g, uint64_t va, uint64_t *result)
{
    const struct cpu *c = gdb_cpu(g);
    const struct pt_geom *geom = cpu_page_table_geom(c);
    uint64_t table = cpu_state_peek(c)->cr3 & geom->root_mask;

    for (unsigned level = geom->levels; level > 0; level--) {
        uint64_t index = pt_index(geom, level, va), entry;
        bool found =
            read_entry(g, geom, table + index * geom->entry_bytes, &entry);

        say(g, "  level %u: table 0x%" PRIx64 ", entry %" PRIu64, level, table,
            index);
        if (!found || !(entry & PTE_P)) {
            say(g, found ? " = 0x%" PRIx64 ": not present\n" : ": no memory\n",
                entry);
            return false;
        }
        say(g, " = 0x%" PRIx64 "%s%s%s%s%s%s\n", entry,
            entry & PTE_W ? " W" : "", entry & PTE_U ? " U" : "",
            entry & PTE_A ? " A" : "", entry & PTE_D ? " D" : "",
            entry & PTE_G ? " G" : "",
            geom->has_nx && (entry & PTE_NX) ? " NX" : "");
        if (!pt_is_leaf(geom, level, entry)) {
            table = pt_address(geom, level, entry, false);
            continue;
        }
        *result = pt_address(geom, level, entry, true) +
                  (va & (pt_span_bytes(geom, level) - 1));
        return true;
    }
    return false;
}

static void tell_host(struct gdb *g, uint64_t va, uint64_t a)
{
    struct xlate x = mmu_peek(g->d.run->machine->pcpus[g->cpu].mmu, gva(va),
                              ACCESS_READ, ACCESS_SUPERVISOR_AC);
    hpa_t at;

    if (!find_host(g, a, &at))
        say(g, "  gpa 0x%" PRIx64 ": no memory (a device, or nothing)\n", a);
    else
        say(g, "  gpa 0x%" PRIx64 " -> hpa 0x%" PRIx64 "\n", a, at.v);
    if (x.status == XLATE_OK)
        say(g, "  the MMU's tables lead to hpa 0x%" PRIx64 "\n", x.hpa.v);
    else
        say(g, "  the MMU's tables lead nowhere yet\n");
}

static void tell_translation(struct gdb *g, const char *args)
{
    const struct cpu_state *s = cpu_state_peek(gdb_cpu(g));
    char *end;
    uint64_t va = strtoull(args, &end, 0), a = va;

    if (end == args) {
        say(g, "translate ADDRESS: a linear address, such as 0x400000\n");
        return;
    }
    say(g, "gva 0x%" PRIx64 ", %s\n", va, paging_name(gdb_cpu(g)));
    if (!(s->cr0 & CR0_PG) || tell_walk(g, va, &a))
        tell_host(g, va, a);
}

static void tell_exits(struct gdb *g, const char *args)
{
    const struct run *run = g->d.run;
    const struct run_point all = run_point_of_all(run);
    uint64_t total = all.counters.value[COUNTER_EXIT_TOTAL];

    (void)args;
    say(g, "%" PRIu64 " exits and hypercalls since power-on\n", total);
    for (int i = 0; i < VMEXIT_COUNT; i++) {
        enum counter id = counter_of_exit((enum vmexit)i);

        if (all.counters.value[id] != 0)
            say(g, "%12" PRIu64 " %s\n", all.counters.value[id],
                counter_info(id)->name);
    }
}

static void tell_commands(struct gdb *g, const char *args);

static const struct command {
    const char *name, *sentence;
    void (*run)(struct gdb *g, const char *args);
} commands[] = {
    {"help", "this list", tell_commands},
    {"position", "the run's instructions and cycles", tell_position},
    {"cycles", "the same", tell_position},
    {"where", "each CPU: mode, address, paging, its own clock", tell_where},
    {"technique", "how the guest is virtualized", tell_technique},
    {"translate", "ADDRESS: through the guest's tables, and to the host's",
     tell_translation},
    {"exits", "how many trips to the hypervisor, by reason", tell_exits},
};

static void tell_commands(struct gdb *g, const char *args)
{
    (void)args;
    for (unsigned i = 0; i < ARRAY_LEN(commands); i++)
        say(g, "monitor %-10s %s\n", commands[i].name, commands[i].sentence);
    say(g, "monitor NAME       a counter (ringside list counters)\n");
}

static bool tell_counter(struct gdb *g, const char *name)
{
    const struct run_point all = run_point_of_all(g->d.run);

    for (unsigned i = 0; i < COUNTER_COUNT; i++) {
        const struct counter_info *info = counter_info((enum counter)i);

        if (strcmp(name, info->name) == 0) {
            say(g, "%" PRIu64 " %s\n", all.counters.value[i], info->unit);
            return true;
        }
    }
    return false;
}

static void obey(struct gdb *g, const char *line)
{
    size_t word = strcspn(line, " ");

    for (unsigned i = 0; i < ARRAY_LEN(commands); i++)
        if (strlen(commands[i].name) == word &&
            strncmp(line, commands[i].name, word) == 0) {
            commands[i].run(g, line + word);
            return;
        }
    if (tell_counter(g, line))
        return;
    if (*line)
        say(g, "there is no '%s'\n", line);
    tell_commands(g, "");
}

void gdb_monitor(struct gdb *g, const char *hex)
{
    char line[128] = "";
    size_t bytes = strlen(hex) / 2;

    if (bytes >= sizeof line || !gdb_from_hex((uint8_t *)line, hex, bytes)) {
        gdb_reply(g, "E16");
        return;
    }
    for (size_t i = 0; i < bytes; i++)
        if (line[i] < ' ' || line[i] > '~')
            line[i] = '?';
    obey(g, line);
    gdb_reply(g, "OK");
}
