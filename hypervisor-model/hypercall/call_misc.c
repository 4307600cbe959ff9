/*
 * call_misc.c - version, console, memory queries, assists, I/O privilege.
 *
 * Source  Xen public version.h, features.h, xen.h, memory.h, physdev.h.
 * Model   answers for the interface of Xen 4.17; the domain is the console
 *         domain, so that console_io is allowed.
 * NOT MODELLED  ballooning: the reservation is fixed; the I/O bitmap is
 *         accepted and ignored, for it cannot allow what the domain was not
 *         given.
 */
#include <string.h>

#include "hypervisor-model/hypercall/hypercall.h"
#include "hypervisor-model/pv/pv_guest.h"

enum { XEN_MAJOR = 4, XEN_MINOR = 17, CONSOLE_PIECE = 256 };

static int64_t answer(struct pv_turn *t, uint64_t to, const void *from,
                      uint64_t bytes)
{
    return pv_copy_to(t, to, from, bytes) ? 0 : -XEN_EFAULT;
}

static int64_t get_features(struct pv_turn *t, uint64_t to)
{
    struct xen_feature_info f;

    if (!pv_copy_from(t, &f, to, sizeof(f)))
        return -XEN_EFAULT;
    f.submap = 0;
    if (f.submap_idx == 0)
        f.submap = 1u << XENFEAT_mmu_pt_update_preserve_ad |
                   1u << XENFEAT_pae_pgdir_above_4gb;
    return answer(t, to, &f, sizeof(f));
}

int64_t call_xen_version(struct pv_turn *t, const uint64_t *args)
{
    static const xen_extraversion_t extra = ".0-ringside";
    static const xen_capabilities_info_t capabilities = "xen-3.0-x86_64 ";
    static const xen_changeset_info_t changeset = "unavailable";
    struct xen_platform_parameters p = {.virt_start = HYPERVISOR_VIRT_START};

    switch (args[0]) {
    case XENVER_version:
        return XEN_MAJOR << 16 | XEN_MINOR;
    case XENVER_extraversion:
        return answer(t, args[1], extra, sizeof(extra));
    case XENVER_capabilities:
        return answer(t, args[1], capabilities, sizeof(capabilities));
    case XENVER_changeset:
        return answer(t, args[1], changeset, sizeof(changeset));
    case XENVER_platform_parameters:
        return answer(t, args[1], &p, sizeof(p));
    case XENVER_get_features:
        return get_features(t, args[1]);
    case XENVER_pagesize:
        return PAGE_BYTES;
    default: /* Xen's numbers */
        return -XEN_ENOSYS;
    }
}

int64_t call_console_io(struct pv_turn *t, const uint64_t *args)
{
    uint32_t left = (uint32_t)args[1];
    uint64_t at = args[2];
    uint8_t piece[CONSOLE_PIECE];

    if (args[0] == CONSOLEIO_read)
        return 0;
    if (args[0] != CONSOLEIO_write)
        return -XEN_ENOSYS;
    while (left) {
        uint32_t n = left < CONSOLE_PIECE ? left : CONSOLE_PIECE;

        if (!pv_turn_request(t))
            return -XEN_EINVAL;
        if (!pv_copy_from(t, piece, at, n))
            return -XEN_EFAULT;
        output_append(&t->domain->vm->platform.bus.console, piece, n);
        t->work_cycles += t->costs->device_cycles;
        at += n;
        left -= n;
    }
    return 0;
}

static int64_t memory_map(struct pv_turn *t, uint64_t at)
{
    /* One entry of the E820 format: address, bytes, type, packed. */
    uint8_t entry[20] = {0};
    uint64_t bytes = t->domain->frames * PAGE_BYTES;
    struct xen_memory_map m;
    uint64_t to;

    if (!pv_copy_from(t, &m, at, sizeof(m)))
        return -XEN_EFAULT;
    if (m.nr_entries < 1)
        return -XEN_EINVAL;
    memcpy(&to, &m.buffer, sizeof(to));
    memcpy(entry + 8, &bytes, sizeof(bytes));
    entry[16] = 1;
    m.nr_entries = 1;
    if (!pv_copy_to(t, to, entry, sizeof(entry)))
        return -XEN_EFAULT;
    return answer(t, at, &m, sizeof(m));
}

int64_t call_memory_op(struct pv_turn *t, const uint64_t *args)
{
    const struct pv_domain *d = t->domain;
    uint64_t last = d->dram->bytes / PAGE_BYTES - 1;
    struct xen_machphys_mapping m = {
        .v_start = MACH2PHYS_VIRT_START,
        .v_end = MACH2PHYS_VIRT_END,
        .max_mfn = last,
    };

    switch (args[0]) {
    case XENMEM_maximum_ram_page:
        return (int64_t)last;
    case XENMEM_current_reservation:
    case XENMEM_maximum_reservation:
        return (int64_t)d->frames;
    case XENMEM_maximum_gpfn:
        return (int64_t)d->frames - 1;
    case XENMEM_machphys_mapping:
        return answer(t, args[1], &m, sizeof(m));
    case XENMEM_memory_map:
        return memory_map(t, args[1]);
    default: /* Xen's numbers */
        return -XEN_ENOSYS;
    }
}

int64_t call_vm_assist(struct pv_turn *t, const uint64_t *args)
{
    const uint64_t valid = (uint64_t)1 << VMASST_TYPE_4gb_segments |
                           (uint64_t)1 << VMASST_TYPE_4gb_segments_notify |
                           (uint64_t)1 << VMASST_TYPE_writable_pagetables |
                           (uint64_t)1 << VMASST_TYPE_pae_extended_cr3;
    uint64_t bit;

    if (args[1] > 63 || !(valid >> args[1] & 1))
        return -XEN_EINVAL;
    bit = (uint64_t)1 << args[1];
    switch (args[0]) {
    case VMASST_CMD_enable:
        t->vcpu->vm_assist |= bit;
        return 0;
    case VMASST_CMD_disable:
        t->vcpu->vm_assist &= ~bit;
        return 0;
    default: /* Xen's numbers */
        return -XEN_ENOSYS;
    }
}

int64_t call_physdev_op(struct pv_turn *t, const uint64_t *args)
{
    struct physdev_set_iopl iopl;

    switch (args[0]) {
    case PHYSDEVOP_set_iopl:
        if (!pv_copy_from(t, &iopl, args[1], sizeof(iopl)))
            return -XEN_EFAULT;
        if (iopl.iopl > 3)
            return -XEN_EINVAL;
        t->vcpu->iopl = (uint8_t)iopl.iopl;
        return 0;
    case PHYSDEVOP_set_iobitmap:
        return 0;
    default: /* Xen's numbers */
        return -XEN_ENOSYS;
    }
}
