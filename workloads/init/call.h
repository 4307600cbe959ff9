/*
 * call.h - the system calls and port instructions that init uses.
 *
 * Source  Linux public headers for numbers and flags.
 * A result from -4095 to -1 is an error number, negated.
 */
#ifndef WORKLOADS_INIT_CALL_H
#define WORKLOADS_INIT_CALL_H
#include <asm/unistd.h>
#include <stddef.h>
#include <stdint.h>

#if defined __x86_64__
#include "workloads/init/call_64.h"
#else
#include "workloads/init/call_32.h"
#endif

static inline long call3(long number, long a, long b, long c)
{
    return call5(number, a, b, c, 0, 0);
}

static inline long of(const void *p)
{
    return (long)(uintptr_t)p;
}

static inline long open_file(const char *path, int flags)
{
    return call3(__NR_open, of(path), flags, 0);
}

static inline long read_bytes(long fd, void *to, size_t bytes)
{
    return call3(__NR_read, fd, of(to), (long)bytes);
}

static inline long write_bytes(long fd, const void *from, size_t bytes)
{
    return call3(__NR_write, fd, of(from), (long)bytes);
}

static inline long close_file(long fd)
{
    return call3(__NR_close, fd, 0, 0);
}

static inline void port_out(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline void port_out_bytes(uint16_t port, const void *from, size_t bytes)
{
    __asm__ volatile("rep outsb"
                     : "+S"(from), "+c"(bytes)
                     : "d"(port)
                     : "memory");
}

#endif
