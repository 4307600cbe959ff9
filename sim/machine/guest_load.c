#include "sim/machine/guest_load.h"

#include <string.h>

#include "sim/machine/linux_initramfs.h"

/* What programs its kernel runs: a 64-bit Linux, those of i386 too. */
static enum word_size words_of(const struct guest_load *g,
                               const struct config *config)
{
    if (guest_is_minikernel(config) || !g->image.kernel.is_linux)
        return WORDS_64;
    return g->image.kernel.is_32bit ? WORDS_32 : WORDS_EITHER;
}

/* What the kernel unpacks: the package, with an init if it is a real one. */
static enum status make_initramfs(struct guest_load *g,
                                  const struct config *config, struct error *e)
{
    bool workload = config->workload.kind != WORKLOAD_NONE;
    const struct bundle *b = &g->package.bundle;
    enum status s;

    if (config->boot_path)
        return STATUS_OK;
    if (g->image.kernel.is_linux) {
        s = linux_initramfs(&g->initramfs, workload ? b : NULL,
                            words_of(g, config), e);
        if (s == STATUS_OK)
            s = linux_check_memory(&g->initramfs, config->memory_bytes, e);
        if (s != STATUS_OK)
            return s;
        b = &g->initramfs;
    }
    g->image.initrd = b->data;
    g->image.initrd_bytes = b->bytes;
    return STATUS_OK;
}

enum status guest_load(struct guest_load *g, const struct config *config,
                       int stdin_fd, struct error *e)
{
    struct package_request request = {
        .workload = &config->workload,
        .stdin_fd = stdin_fd,
        .travel = &config->travel,
        .whole = !guest_is_minikernel(config),
    };
    enum status s;

    memset(g, 0, sizeof *g);
    s = guest_image_load(config, &g->image, &g->files, e);
    request.words = words_of(g, config);
    if (s == STATUS_OK && config->workload.kind != WORKLOAD_NONE)
        s = package_build(&g->package, &request, e);
    if (g->package.tree.root_count || config->travel.out_count)
        g->image.files = &g->package.tree;
    if (s == STATUS_OK)
        s = make_initramfs(g, config, e);
    if (s != STATUS_OK)
        guest_load_free(g);
    return s;
}

void guest_load_free(struct guest_load *g)
{
    package_free(&g->package);
    bundle_free(&g->initramfs);
    guest_files_free(&g->files);
}
