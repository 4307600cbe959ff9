#include "sim/machine/guest_choice.h"

#include <string.h>

#include "workloads/load/kernel_image.h"

/* Linux has an entry for Xen PV, too, but needs more of Xen than there is. */
bool guest_refuses_pv(const struct config *c)
{
    const char *path = c->boot_path ? c->boot_path : c->kernel_path;
    struct kernel_image kernel;
    struct host_file file;
    struct error ignored;
    bool refuses = false;

    if (!path || host_file_read(&file, path, KERNEL_IMAGE_LIMIT_BYTES,
                                &ignored) != STATUS_OK)
        return false;
    if (kernel_image_unpack(&file, path, &ignored) == STATUS_OK &&
        kernel_image_parse(&kernel, file.data, file.bytes, path, &ignored) ==
            STATUS_OK)
        refuses = kernel.format != KERNEL_ELF || kernel.is_linux ||
                  kernel.elf.pv_entry == 0;
    host_file_free(&file);
    return refuses;
}

enum status guest_set_reset(struct config *c, const char *text, struct error *e)
{
    c->reboots = strcmp(text, "reboot") == 0;
    if (!c->reboots && strcmp(text, "end") != 0)
        return error_set(e, STATUS_USAGE, "--reset %s: it is end or reboot",
                         text);
    return STATUS_OK;
}

enum status guest_add_disk(struct config *c, const char *path, struct error *e)
{
    if (c->disk_count == PLATFORM_DISKS)
        return error_set(e, STATUS_USAGE, "at most %d disks (--disk)",
                         PLATFORM_DISKS);
    c->disk_paths[c->disk_count++] = path;
    return STATUS_OK;
}

enum status guest_add_module(struct config *c, const char *text,
                             struct error *e)
{
    if (c->module_count == CONFIG_MAX_MODULES)
        return error_set(e, STATUS_USAGE, "at most %d modules (--module)",
                         CONFIG_MAX_MODULES);
    c->modules[c->module_count++] = text;
    return STATUS_OK;
}

static enum status check_debugger(const struct config *c, struct error *e)
{
    const char *a = c->gdb_architecture;

    if (a && strcmp(a, "i386") != 0 && strcmp(a, "x86-64") != 0)
        return error_set(e, STATUS_USAGE, "--gdb-arch %s: it is i386 or x86-64",
                         a);
    if (a && !c->gdb_address)
        return error_set(e, STATUS_USAGE,
                         "--gdb-arch says what --gdb shows; there is no --gdb");
    return STATUS_OK;
}

enum status guest_check(const struct config *c, bool workload, struct error *e)
{
    if (c->boot_path && c->kernel_path)
        return error_set(e, STATUS_USAGE,
                         "--kernel boots a workload, --boot an image as it is: "
                         "give one of them");
    if (c->boot_path && workload)
        return error_set(e, STATUS_USAGE,
                         "--boot takes no workload; --kernel does");
    if (c->console && workload)
        return error_set(e, STATUS_USAGE,
                         "--console takes no workload: it gives a shell");
    if (c->console && !guest_runs_alone(c))
        return error_set(e, STATUS_USAGE,
                         "--console needs a guest with a serial line: --kernel "
                         "FILE or --boot FILE");
    if (c->keyboard && !c->console)
        return error_set(e, STATUS_USAGE,
                         "--keyboard goes with --console: it says where typed "
                         "keys go");
    if (c->reboots && !guest_runs_alone(c))
        return error_set(e, STATUS_USAGE,
                         "--reset reboot is for a guest without a workload: "
                         "--boot FILE, or --kernel FILE --console");
    if (!c->boot_path && (c->initrd_path || c->module_count))
        return error_set(e, STATUS_USAGE,
                         "--initrd and --module are for --boot FILE");
    if (guest_runs_alone(c) && (c->travel.dir_count || c->travel.out_count))
        return error_set(e, STATUS_USAGE,
                         "--dir and --out are for programs, and there is none");
    return check_debugger(c, e);
}
