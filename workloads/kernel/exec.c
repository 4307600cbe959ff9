/*
 * exec.c - a process becomes another program.
 *
 * Source  System V ABI, "Object Files" and its AMD64 supplement, "Process
 *         Initialization".
 *
 * Loading an ELF file only means adding areas: the pages come when they are
 * touched.  Once the file has been found good, there is no way back: an error
 * after that kills the process.
 */
#include <asm/errno.h>
#include <linux/elf.h>

#include "workloads/kernel/exec_stack.h"
#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/log.h"
#include "workloads/kernel/user_copy.h"

#define PIE_BASE 0x555555554000u

enum { MAX_PROGRAM_HEADERS = 32, SCRIPT_LINE_BYTES = 128 };

struct program {
    struct inode *inode;
    Elf64_Ehdr header;
    Elf64_Phdr segments[MAX_PROGRAM_HEADERS];
    uint64_t base; /* added to every address: 0 unless position-independent */
    uint64_t end;  /* highest address used */
};

static bool header_ok(const Elf64_Ehdr *h)
{
    return memcmp(h->e_ident, ELFMAG, SELFMAG) == 0 &&
           h->e_ident[EI_CLASS] == ELFCLASS64 && h->e_machine == EM_X86_64 &&
           (h->e_type == ET_EXEC || h->e_type == ET_DYN) &&
           h->e_phentsize == sizeof(Elf64_Phdr) && h->e_phnum > 0 &&
           h->e_phnum <= MAX_PROGRAM_HEADERS;
}

static bool segment_ok(const struct program *p, const Elf64_Phdr *s)
{
    uint64_t va = s->p_vaddr + p->base;

    return s->p_filesz <= s->p_memsz && s->p_memsz <= USER_END &&
           va >= PAGE_BYTES && va <= USER_END - s->p_memsz &&
           s->p_vaddr <= USER_END &&
           s->p_offset % PAGE_BYTES == s->p_vaddr % PAGE_BYTES &&
           s->p_offset + s->p_filesz >= s->p_offset &&
           s->p_offset + s->p_filesz <= p->inode->bytes;
}

static int program_read(struct program *p, const char *path)
{
    size_t table;

    if (inode_read(p->inode, 0, &p->header, sizeof p->header) !=
            sizeof p->header ||
        !header_ok(&p->header))
        return -ENOEXEC;
    table = p->header.e_phnum * sizeof(Elf64_Phdr);
    if (inode_read(p->inode, p->header.e_phoff, p->segments, table) != table)
        return -ENOEXEC;
    p->base = p->header.e_type == ET_DYN ? PIE_BASE : 0;
    for (unsigned i = 0; i < p->header.e_phnum; i++) {
        const Elf64_Phdr *s = &p->segments[i];

        if (s->p_type == PT_INTERP) {
            kwarn("%s is dynamically linked: only static programs run", path);
            return -ENOEXEC;
        }
        if (s->p_type == PT_LOAD && !segment_ok(p, s))
            return -ENOEXEC;
    }
    return 0;
}

static uint8_t segment_rights(const Elf64_Phdr *s)
{
    return (uint8_t)((s->p_flags & PF_R ? AREA_READ : 0) |
                     (s->p_flags & PF_W ? AREA_WRITE : 0) |
                     (s->p_flags & PF_X ? AREA_EXEC : 0));
}

/* Adds the part that is in the file and the zeros behind it as areas. */
static bool map_segment(struct program *p, struct space *space,
                        const Elf64_Phdr *s)
{
    uint64_t va = s->p_vaddr + p->base;
    uint64_t file_end = page_ceil(va + s->p_filesz);
    uint64_t end = page_ceil(va + s->p_memsz);
    struct area a = {.start = page_floor(va),
                     .end = file_end,
                     .rights = segment_rights(s),
                     .inode = p->inode,
                     .offset = page_floor(s->p_offset)};

    p->end = u64_max(p->end, end);
    if (s->p_filesz == 0)
        file_end = a.start;
    else if (!space_remove(space, a.start, end) || !space_add(space, &a))
        return false;
    a = (struct area){
        .start = file_end, .end = end, .rights = segment_rights(s)};
    return file_end >= end || space_add(space, &a);
}

static struct space *program_map(struct program *p)
{
    struct space *space = space_new();
    bool done = space != NULL;

    for (unsigned i = 0; i < p->header.e_phnum && done; i++)
        if (p->segments[i].p_type == PT_LOAD && p->segments[i].p_memsz)
            done = map_segment(p, space, &p->segments[i]);
    if (done && exec_stack_map(space)) {
        space->brk_start = space->brk = page_ceil(p->end);
        return space;
    }
    space_drop(space);
    return NULL;
}

/* The last page of a file part may hold bytes that belong to no segment. */
static bool clear_tails(const struct program *p)
{
    for (unsigned i = 0; i < p->header.e_phnum; i++) {
        const Elf64_Phdr *s = &p->segments[i];
        uint64_t end = s->p_vaddr + p->base + s->p_filesz;

        if (s->p_type == PT_LOAD && (s->p_flags & PF_W) && s->p_filesz &&
            s->p_memsz > s->p_filesz && !zero_user(end, page_ceil(end) - end))
            return false;
    }
    return true;
}

static uint64_t program_headers_va(const struct program *p)
{
    uint64_t at = p->header.e_phoff;

    for (unsigned i = 0; i < p->header.e_phnum; i++) {
        const Elf64_Phdr *s = &p->segments[i];

        if (s->p_type == PT_LOAD && s->p_offset <= at &&
            at < s->p_offset + s->p_filesz)
            return at - s->p_offset + s->p_vaddr + p->base;
    }
    return 0;
}

/* Everything that a new program must not inherit. */
static void forget_old_program(struct process *me, const char *path)
{
    const char *name = path;

    for (const char *s = path; *s; s++)
        if (*s == '/')
            name = s + 1;
    if (path_of_file(path, me->exe_path, sizeof me->exe_path) < 0)
        text_copy(me->exe_path, path, sizeof me->exe_path);
    text_copy(me->comm, name, sizeof me->comm);
    signal_reset_handlers(me->handlers);
    file_table_close_on_exec(me->files);
    me->fs_base = me->gs_base = 0;
    kernel.pv->load_fs_base(0);
    kernel.pv->load_user_gs_base(0);
    me->alt_stack_bytes = 0;
    me->clear_child_tid = 0;
    exec_reset_fpu(me);
}

static int program_enter(const struct program *p, struct space *space,
                         const char *path, const struct exec_arguments *a)
{
    struct process *me = kernel.current;
    struct space *old = me->space;
    struct trap_frame *f = process_frame(me);
    struct exec_facts facts = {.path = path,
                               .entry = p->header.e_entry + p->base,
                               .headers_va = program_headers_va(p),
                               .header_count = p->header.e_phnum};

    kernel.pv->space_ready(&space->root);
    me->space = space;
    space_load(space);
    space_drop(old);
    process_return_space(me);
    forget_old_program(me, path);
    *f = (struct trap_frame){.vector = TRAP_SYSCALL,
                             .rip = facts.entry,
                             .cs = USER_CS,
                             .ss = USER_SS,
                             .rflags = RFLAGS_IF};
    f->rsp = exec_stack_fill(&facts, a);
    if (f->rsp == 0 || !clear_tails(p) || facts.entry >= USER_END)
        process_exit_group(SIGKILL);
    return 0;
}

/*
 * "#!interpreter argument": the arguments become interpreter, argument, path,
 * and the old ones but the first.
 */
static int exec_script(struct inode *inode, const char *path,
                       struct exec_arguments *a)
{
    char line[SCRIPT_LINE_BYTES + 1] = {0}, *end, *word, *rest;
    int status;

    inode_read(inode, 0, line, SCRIPT_LINE_BYTES);
    end = strchr(line, '\n');
    if (!text_starts(line, "#!") || !end)
        return -ENOEXEC;
    *end = '\0';
    for (word = line + 2; *word == ' '; word++)
        ;
    rest = strchr(word, ' ');
    if (rest)
        *rest++ = '\0';
    if (!exec_replace_first(a, path) ||
        (rest && *rest && !exec_prepend(a, rest)) || !exec_prepend(a, word))
        return -E2BIG;
    status = process_exec(word, a);
    return status;
}

int process_exec(const char *path, struct exec_arguments *a)
{
    struct program p = {0};
    struct space *space;
    int status = fs_lookup_exec(path, &p.inode);

    if (status == 0)
        status = program_read(&p, path);
    if (status == -ENOEXEC && p.inode->bytes > 2)
        status = exec_script(p.inode, path, a);
    else if (status == 0) {
        space = program_map(&p);
        status = space ? program_enter(&p, space, path, a) : -ENOMEM;
    }
    if (p.inode)
        inode_drop(p.inode);
    return status;
}
