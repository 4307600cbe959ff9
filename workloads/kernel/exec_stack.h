/*
 * exec_stack.h - what a new program finds on its stack, and in its registers.
 */
#ifndef KERNEL_EXEC_STACK_H
#define KERNEL_EXEC_STACK_H
#include <stdbool.h>
#include <stdint.h>

struct exec_arguments;
struct process;
struct space;

struct exec_facts {
    const char *path;
    uint64_t entry;            /* of the program itself */
    uint64_t interpreter_base; /* 0: none */
    uint64_t headers_va, header_count;
};

bool exec_stack_map(struct space *space);
/* Returns the stack pointer to start with; 0: no memory. */
uint64_t exec_stack_fill(const struct exec_facts *facts,
                         const struct exec_arguments *a);
void exec_reset_fpu(struct process *p);

/* Changes the argument list before use; false: too long. */
bool exec_prepend(struct exec_arguments *a, const char *word);
bool exec_replace_first(struct exec_arguments *a, const char *word);

#endif
