/*
 * library_path.h - where the dynamic linker would find a library.
 *
 * Source  ld.so(8): DT_RPATH (only without DT_RUNPATH), DT_RUNPATH, the cache
 *         /etc/ld.so.cache, then the system's directories (Debian's too).
 * Model   $ORIGIN, $LIB and $PLATFORM are filled in; the cache is read as
 *         ldconfig(8) of glibc 2.32 and later writes it.
 * NOT MODELLED  LD_LIBRARY_PATH and LD_PRELOAD (a run must not depend on who
 *         starts it), glibc-hwcaps directories, DT_RPATH of a library's users.
 */
#ifndef WORKLOADS_LOAD_LIBRARY_PATH_H
#define WORKLOADS_LOAD_LIBRARY_PATH_H
#include <stdbool.h>
#include <stddef.h>

#include "workloads/load/elf_dynamic.h"
#include "workloads/load/host_file.h"

struct library_path {
    struct host_file cache; /* /etc/ld.so.cache; empty: there is none */
};

void library_path_init(struct library_path *l);
void library_path_free(struct library_path *l);

/*
 * The x86-64 library that file `user`, whose dynamic section is d, gets for
 * name.  path gets HOST_PATH_BYTES.  False: it would not be found.
 */
bool library_find(const struct library_path *l, const char *user,
                  const struct elf_dynamic *d, const char *name, char *path);

#endif
