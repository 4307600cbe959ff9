/*
 * guest_image.c - reads the guest's software.
 */
#include "sim/machine/guest_image.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/machine/blobs.h"
#include "sim/machine/guest_choice.h"

#define FILE_LIMIT_BYTES ((size_t)1 << 30)

/*
 * A Linux that has not to boot for its own sake leaves out what costs most and
 * shows nothing: self tests of the crypto code and the certificates that they
 * guard take more than half of all instructions of Debian's boot.
 */
static const char linux_quick[] =
    "quiet nokaslr cryptomgr.notests "
    "initcall_blacklist=load_system_certificate_list,init_blk_tracer,"
    "crypto_kdf108_init";

/*
 * Its clock needs no calibration, and its end ends the machine.  The files that
 * came along may take all memory there is: a tmpfs would stop at half of it.
 */
static const char linux_machine[] =
    "console=ttyS0 tsc=reliable no_timer_check panic=-1 reboot=t "
    "rootfstype=ramfs";

enum region_begin guest_image_region(const struct config *config,
                                     const struct machine_image *image)
{
    if (config->boot_path)
        return REGION_FROM_POWER_ON;
    return image->kernel.is_linux ? REGION_FROM_MARK : REGION_FROM_USER;
}

/* What the loader cannot unpack is left to the guest. */
static enum status load_vmlinux(const struct config *c,
                                struct machine_image *image,
                                struct guest_files *files, struct error *e)
{
    bool by_loader = c->unpack_by == UNPACK_BY_LOADER ||
                     (c->unpack_by == UNPACK_AUTO && !c->boot_path);
    enum status s;

    if (!by_loader || image->kernel.format != KERNEL_BZIMAGE ||
        !vmlinux_can_unpack(&image->kernel.bzimage))
        return STATUS_OK;
    s = vmlinux_unpack(&files->vmlinux, &image->kernel.bzimage,
                       image->kernel_name, e);
    if (s != STATUS_OK)
        return s;
    image->vmlinux = &files->vmlinux.elf;
    image->kernel.is_32bit = files->vmlinux.elf.is_32bit;
    return STATUS_OK;
}

static enum status load_kernel(const struct config *c,
                               struct machine_image *image,
                               struct guest_files *files, struct error *e)
{
    const char *path = c->boot_path ? c->boot_path : c->kernel_path;
    enum status s = STATUS_OK;

    image->kernel_name = path ? path : "minikernel";
    if (!path)
        return kernel_image_parse(
            &image->kernel, blob_minikernel_start,
            (uint64_t)(blob_minikernel_end - blob_minikernel_start),
            image->kernel_name, e);
    s = host_file_read(&files->kernel, path, FILE_LIMIT_BYTES, e);
    if (s == STATUS_OK)
        s = kernel_image_unpack(&files->kernel, path, e);
    if (s == STATUS_OK)
        s = kernel_image_parse(&image->kernel, files->kernel.data,
                               files->kernel.bytes, path, e);
    return s == STATUS_OK ? load_vmlinux(c, image, files, e) : s;
}

/* "FILE ARG...": the file, and the words that the kernel is told of it. */
static enum status load_module(const char *text, struct host_file *file,
                               struct vm_module *module, struct error *e)
{
    char path[HOST_PATH_BYTES];
    size_t chars = strcspn(text, " ");
    enum status s;

    if (chars >= sizeof path)
        return error_set(e, STATUS_USAGE, "--module %.40s...: too long", text);
    memcpy(path, text, chars);
    path[chars] = '\0';
    s = host_file_read(file, path, FILE_LIMIT_BYTES, e);
    *module = (struct vm_module){file->data, file->bytes,
                                 text[chars] ? text + chars + 1 : ""};
    return s;
}

static void add_disk(struct machine_image *image, struct guest_files *files,
                     const struct host_file *file)
{
    unsigned n = files->disk_count++;

    files->disks[n] =
        (struct disk){file->data, file->bytes / DISK_SECTOR_BYTES, n};
    image->disks[n] = &files->disks[n];
}

/* An image of more than its boot sector is the first disk. */
static bool is_first_disk(const struct config *c, const struct machine_image *i)
{
    return i->kernel.format == KERNEL_SECTOR &&
           (c->disk_count == 0 || i->kernel.bytes > DISK_SECTOR_BYTES);
}

static enum status load_disk(const char *path, struct machine_image *image,
                             struct guest_files *files, struct error *e)
{
    struct host_file *file = &files->disk_files[files->disk_count];
    enum status s;

    if (files->disk_count == PLATFORM_DISKS)
        return error_set(e, STATUS_USAGE,
                         "--disk %s: a machine has %d disks at most, and that "
                         "of --boot is one",
                         path, PLATFORM_DISKS);
    s = host_file_read(file, path, FILE_LIMIT_BYTES, e);
    if (s != STATUS_OK)
        return s;
    if (file->bytes < DISK_SECTOR_BYTES)
        return error_set(e, STATUS_FILE,
                         "%s: is shorter than a disk's sector (%d bytes)", path,
                         DISK_SECTOR_BYTES);
    add_disk(image, files, file);
    return STATUS_OK;
}

static enum status load_disks(const struct config *c,
                              struct machine_image *image,
                              struct guest_files *files, struct error *e)
{
    enum status s = STATUS_OK;

    image->disk_boots = is_first_disk(c, image);
    if (image->disk_boots)
        add_disk(image, files, &files->kernel);
    for (unsigned i = 0; i < c->disk_count && s == STATUS_OK; i++)
        s = load_disk(c->disk_paths[i], image, files, e);
    return s;
}

/* Words of the machine that a Linux here should know; returns their length. */
static int linux_line(const struct config *c, char *line, size_t bytes)
{
    bool isa = strcmp(c->platform, "isa") == 0;

    return snprintf(line, bytes, "%s tsc_early_khz=%" PRIu64 "%s %s",
                    linux_machine, c->cpu.tsc_khz,
                    isa ? " noapic nolapic acpi=off" : "", linux_quick);
}

/* Words for the minikernel: the APIC's timer matters if it counts. */
static int own_line(const struct config *c, char *line, size_t bytes)
{
    char count[40] = "";

    if (!c->cpu.has_tsc_deadline)
        snprintf(count, sizeof count, " apic_khz=%" PRIu64, c->cpu.tsc_khz);
    return snprintf(line, bytes,
                    "tsc_khz=%" PRIu64 "%s tick_us=%" PRIu64 " quiet",
                    c->cpu.tsc_khz, count, c->tick_us);
}

static enum status make_command_line(const struct config *c,
                                     struct machine_image *image,
                                     struct error *e)
{
    char *line = image->command_line;
    size_t bytes = sizeof image->command_line;
    int used = 0;

    line[0] = '\0';
    if (c->kernel_path && image->kernel.is_linux)
        used = linux_line(c, line, bytes);
    else if (!c->boot_path)
        used = own_line(c, line, bytes);
    if (c->append)
        used += snprintf(line + used, bytes - (size_t)used, "%s%s",
                         used ? " " : "", c->append);
    if (used < 0 || (size_t)used >= bytes)
        return error_set(e, STATUS_USAGE,
                         "--append: the command line would be longer than %zu "
                         "bytes",
                         bytes - 1);
    return STATUS_OK;
}

enum status guest_image_load(const struct config *config,
                             struct machine_image *image,
                             struct guest_files *files, struct error *e)
{
    enum status s;

    memset(files, 0, sizeof *files);
    s = load_kernel(config, image, files, e);
    if (s == STATUS_OK && config->initrd_path)
        s = host_file_read(&files->initrd, config->initrd_path,
                           FILE_LIMIT_BYTES, e);
    image->initrd = files->initrd.data;
    image->initrd_bytes = files->initrd.bytes;
    for (unsigned i = 0; i < config->module_count && s == STATUS_OK; i++)
        s = load_module(config->modules[i], &files->modules[i],
                        &image->modules[image->module_count++], e);
    if (s == STATUS_OK)
        s = load_disks(config, image, files, e);
    return s == STATUS_OK ? make_command_line(config, image, e) : s;
}

void guest_files_booted(struct guest_files *files)
{
    vmlinux_free(&files->vmlinux);
}

void guest_files_free(struct guest_files *files)
{
    host_file_free(&files->kernel);
    vmlinux_free(&files->vmlinux);
    host_file_free(&files->initrd);
    for (unsigned i = 0; i < VM_MAX_MODULES; i++)
        host_file_free(&files->modules[i]);
    for (unsigned i = 0; i < PLATFORM_DISKS; i++)
        host_file_free(&files->disk_files[i]);
}
