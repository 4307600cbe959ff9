/*
 * xen_hypercall.h - how a guest kernel calls Xen.
 *
 * Source  Xen public arch-x86/xen-x86_64.h: call hypercall_page + 32 * number;
 *         arguments in rdi, rsi, rdx, r10, r8; result in rax, negative if it
 *         is an error.  Xen fills the page before the kernel starts.
 */
#ifndef KERNEL_XEN_HYPERCALL_H
#define KERNEL_XEN_HYPERCALL_H
#include <stdint.h>

#define __XEN_INTERFACE_VERSION__ 0x00040d00
#include <xen/callback.h>
#include <xen/event_channel.h>
#include <xen/io/console.h>
#include <xen/physdev.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/xen.h>

extern char hypercall_page[];

static inline int64_t xen_call4(unsigned number, uint64_t a, uint64_t b,
                                uint64_t c, uint64_t d)
{
    register uint64_t r10 __asm__("r10") = d;
    uint64_t result = (uint64_t)hypercall_page + number * 32;

    __asm__ volatile("call *%%rax"
                     : "+a"(result), "+D"(a), "+S"(b), "+d"(c), "+r"(r10)
                     :
                     : "memory", "rcx", "r8", "r9", "r11");
    return (int64_t)result;
}

static inline int64_t xen_call3(unsigned number, uint64_t a, uint64_t b,
                                uint64_t c)
{
    return xen_call4(number, a, b, c, 0);
}

static inline int64_t xen_call2(unsigned number, uint64_t a, uint64_t b)
{
    return xen_call4(number, a, b, 0, 0);
}

static inline int64_t xen_call2p(unsigned number, uint64_t a, const void *p)
{
    return xen_call4(number, a, (uint64_t)p, 0, 0);
}

#endif
