/*
 * xen_abi.h - Xen's public headers (package libxen-dev), and what they say
 * only in prose.
 *
 * The interface version selects the headers' newest names.  Error numbers
 * are XEN_EINVAL and so on; a hypercall returns them negated.
 */
#ifndef HYPERVISOR_MODEL_PV_XEN_ABI_H
#define HYPERVISOR_MODEL_PV_XEN_ABI_H
/* The public headers use its types without including it. */
#include <stdint.h>

#define __XEN_INTERFACE_VERSION__ 0x00040d00

#include <xen/callback.h>
#include <xen/errno.h>
#include <xen/event_channel.h>
#include <xen/features.h>
#include <xen/io/console.h>
#include <xen/memory.h>
#include <xen/physdev.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/version.h>
#include <xen/xen.h>

/* Slots of a root table that belong to Xen: HYPERVISOR_VIRT_START..END. */
enum { XEN_L4_FIRST = 256, XEN_L4_LAST = 271, XEN_L4_PERDOMAIN = 260 };

/* Bits of a segment selector and of trap_info.flags. */
enum { SELECTOR_RPL = 3, TRAP_DPL = 3, TRAP_MASKS_EVENTS = 4 };

#endif
