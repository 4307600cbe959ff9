/*
 * layout.h - where things are in the kernel's virtual address space.
 *
 *   0x0000000000000000  user programs, up to USER_END
 *   0xffff800000000000  16 root slots that belong to Xen, should it run us
 *   0xffff880000000000  DIRECT_MAP_BASE: all RAM, frame by frame
 *   0xffffffff80000000  KERNEL_BASE: the kernel's image (linked there, loaded
 *                       at physical address va - KERNEL_BASE)
 *
 * Plain numbers only above the line that hides C from the assembler.
 */
#ifndef KERNEL_LAYOUT_H
#define KERNEL_LAYOUT_H

#define KERNEL_BASE     0xffffffff80000000
#define DIRECT_MAP_BASE 0xffff880000000000
#define APIC_VA         0xffffffffffe00000
#define USER_END        0x00007ffffffff000

#define PAGE_BYTES         4096
#define PAGE_BITS          12
#define KERNEL_STACK_ORDER 2 /* of frames */
#define KERNEL_STACK_BYTES 16384

/*
 * Segment selectors, in the order that SYSCALL and SYSRET expect.  Programs
 * see the values that Linux has.  At 0x20, where Linux keeps code of 32 bits,
 * there is nothing: such code does not run here, whatever lies below.
 */
#define KERNEL_CS 0x08
#define KERNEL_SS 0x10
#define USER_SS   0x2b
#define USER_CS   0x33
#define TSS_SEL   0x40

#ifndef __ASSEMBLER__
#include <stdint.h>

typedef uint64_t pfn_t; /* frame number of memory as the kernel counts it */
typedef uint64_t uva_t; /* address in a user program */

/* Memory at a frame, through the direct map. */
static inline void *pfn_to_va(pfn_t pfn)
{
    return (void *)(DIRECT_MAP_BASE + (pfn << PAGE_BITS));
}

static inline pfn_t va_to_pfn(const void *va)
{
    return ((uint64_t)va - DIRECT_MAP_BASE) >> PAGE_BITS;
}

static inline uint64_t page_floor(uint64_t a)
{
    return a & ~(uint64_t)(PAGE_BYTES - 1);
}

static inline uint64_t page_ceil(uint64_t a)
{
    return page_floor(a + PAGE_BYTES - 1);
}
#endif
#endif
