/*
 * ports.h - words through I/O ports, on a bare machine and under Xen alike
 * (there I/O privilege level 1 lets the hypervisor carry them out for us).
 */
#ifndef KERNEL_PORTS_H
#define KERNEL_PORTS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline void port_write(uint16_t port, uint32_t value)
{
    __asm__ volatile("outl %0, %1" : : "a"(value), "d"(port));
}

static inline void port_write_words(uint16_t port, const void *from,
                                    size_t words)
{
    __asm__ volatile("rep outsl"
                     : "+S"(from), "+c"(words)
                     : "d"(port)
                     : "memory");
}

static inline void port_write_bytes(uint16_t port, const void *from,
                                    size_t bytes)
{
    __asm__ volatile("rep outsb"
                     : "+S"(from), "+c"(bytes)
                     : "d"(port)
                     : "memory");
}

static inline void port_read_words(uint16_t port, void *to, size_t words)
{
    __asm__ volatile("rep insl" : "+D"(to), "+c"(words) : "d"(port) : "memory");
}

/* False where the machine forbids the port: the instruction then faults, and
   .fixups (user_copy.h) says where to go on. */
static inline bool port_probe(uint16_t port, uint32_t *value)
{
    uint32_t done = 0;

    __asm__ volatile("1: inl %2, %0\n"
                     "   movl $1, %1\n"
                     "2:\n"
                     ".pushsection .fixups, \"a\"\n"
                     "   .quad 1b, 2b\n"
                     ".popsection"
                     : "=a"(*value), "+r"(done)
                     : "d"(port));
    return done != 0;
}

#endif
