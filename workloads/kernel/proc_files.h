/*
 * proc_files.h - the functions that proc.def names.
 */
#ifndef KERNEL_PROC_FILES_H
#define KERNEL_PROC_FILES_H
#include "workloads/kernel/text.h"

#define PROC(directory, name, function) void function(struct text *t);
#include "workloads/kernel/proc.def"
#undef PROC

#endif
