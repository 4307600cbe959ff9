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

#include "workloads/kernel/exec_elf.h"
#include "workloads/kernel/exec_stack.h"
#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/log.h"

#define PIE_BASE 0x555555554000u

enum { SCRIPT_LINE_BYTES = 256, MAX_SCRIPTS = 4 };

/* A program, and the interpreter (ld.so) that it asks for. */
struct program {
    struct elf_file file;
    struct elf_file interpreter; /* inode NULL: none */
};

/* The interpreter that the program names: 0 or -errno. */
static int interpreter_read(struct program *p, const char *path)
{
    struct elf_file *i = &p->interpreter;
    int status;

    if (p->file.interpreter[0] == '\0')
        return 0;
    status = fs_lookup_exec(p->file.interpreter, &i->inode);
    if (status == 0)
        status = elf_read(i);
    /* No ENOEXEC: that would mean that the program itself is a script. */
    if (status == 0 && i->interpreter[0] == '\0' && i->low == 0)
        return 0;
    kwarn("%s: its interpreter %s cannot be used (error %d)", path,
          p->file.interpreter, -status);
    return status == -ENOENT ? status : -ELIBBAD;
}

static int program_read(struct program *p, const char *path)
{
    int status = elf_read(&p->file);

    if (status < 0)
        return status;
    p->file.base = p->file.header.e_type == ET_DYN ? PIE_BASE : 0;
    return interpreter_read(p, path);
}

/* The interpreter lies where mmap() would put it: high, below the stack. */
static bool map_interpreter(struct program *p, struct space *space)
{
    struct elf_file *i = &p->interpreter;

    if (!i->inode)
        return true;
    i->base = space_hole(space, i->end, PAGE_BYTES);
    return i->base != 0 && elf_map(i, space);
}

static struct space *program_map(struct program *p)
{
    struct space *space = space_new();

    if (space && elf_map(&p->file, space) && exec_stack_map(space)) {
        space->brk_start = space->brk = p->file.end + p->file.base;
        if (map_interpreter(p, space))
            return space;
    }
    space_drop(space);
    return NULL;
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
    me->robust_list = 0;
    exec_reset_fpu(me);
}

static int program_enter(const struct program *p, struct space *space,
                         const char *path, const struct exec_arguments *a)
{
    struct process *me = kernel.current;
    struct space *old = me->space;
    struct trap_frame *f = process_frame(me);
    const struct elf_file *first =
        p->interpreter.inode ? &p->interpreter : &p->file;
    struct exec_facts facts = {.path = path,
                               .entry = p->file.header.e_entry + p->file.base,
                               .interpreter_base = p->interpreter.base,
                               .headers_va = elf_headers_va(&p->file),
                               .header_count = p->file.header.e_phnum};

    kernel.pv->space_ready(&space->root);
    me->space = space;
    space_load(space);
    space_drop(old);
    process_return_space(me);
    forget_old_program(me, path);
    *f = (struct trap_frame){.vector = TRAP_SYSCALL,
                             .rip = first->header.e_entry + first->base,
                             .cs = USER_CS,
                             .ss = USER_SS,
                             .rflags = RFLAGS_IF};
    f->rsp = exec_stack_fill(&facts, a);
    if (f->rsp == 0 || !elf_clear_tails(&p->file) ||
        (p->interpreter.inode && !elf_clear_tails(&p->interpreter)) ||
        f->rip >= USER_END)
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
    if (++a->scripts > MAX_SCRIPTS)
        return -ELOOP;
    *end = '\0';
    for (word = line + 2; *word == ' ' || *word == '\t'; word++)
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

static void program_drop(struct program *p)
{
    if (p && p->file.inode)
        inode_drop(p->file.inode);
    if (p && p->interpreter.inode)
        inode_drop(p->interpreter.inode);
    heap_free(p, sizeof *p);
}

int process_exec(const char *path, struct exec_arguments *a)
{
    struct program *p = heap_alloc(sizeof *p); /* large for our stack */
    struct space *space;
    int status = p ? fs_lookup_exec(path, &p->file.inode) : -ENOMEM;

    if (status == 0)
        status = program_read(p, path);
    if (status == -ENOEXEC && p->file.inode->bytes > 2)
        status = exec_script(p->file.inode, path, a);
    else if (status == 0) {
        space = program_map(p);
        status = space ? thread_alone(kernel.current) : -ENOMEM;
        if (status == 0)
            status = program_enter(p, space, path, a);
        else
            space_drop(space);
    }
    program_drop(p);
    return status;
}
