/*
 * notes.S - ELF notes by which a loader learns how this kernel may be started.
 *
 * Source  Xen public headers, elfnote.h.  PHYS32_ENTRY is all that PVH needs;
 *         the others describe the paravirtual start.
 */
#include <xen/elfnote.h>

#include "workloads/kernel/layout.h"

.weak xen_entry
.weak hypercall_page

.macro note_number type, value
    .align 4
    .long 4, 8, \type
    .asciz "Xen"
    .quad \value
.endm

.macro note_text type, text
    .align 4
    .long 4, 2f - 1f, \type
    .asciz "Xen"
1:  .asciz "\text"
2:
.endm

    .section .note.Xen, "a", @note
    note_number XEN_ELFNOTE_PHYS32_ENTRY, (pvh_entry - KERNEL_BASE)
    note_text XEN_ELFNOTE_GUEST_OS, "minikernel"
    note_text XEN_ELFNOTE_GUEST_VERSION, "1"
    note_text XEN_ELFNOTE_XEN_VERSION, "xen-3.0"
    note_text XEN_ELFNOTE_LOADER, "generic"
    note_text XEN_ELFNOTE_FEATURES, "!writable_page_tables"
    note_text XEN_ELFNOTE_PAE_MODE, "yes"
    note_number XEN_ELFNOTE_VIRT_BASE, KERNEL_BASE
    note_number XEN_ELFNOTE_PADDR_OFFSET, 0
    note_number XEN_ELFNOTE_ENTRY, xen_entry
    note_number XEN_ELFNOTE_HYPERCALL_PAGE, hypercall_page
    .align 4

    .section .note.GNU-stack, "", @progbits
