/*
 * config.h - everything that one command was asked to do, resolved.
 *
 * Made by request_parse() (options.h) from a profile, --set and the other
 * options, in that order; read by the commands, changed by nobody after.
 * Parameters are the rows of params.def; each has a name, a value as text and
 * a place in this struct, so that every output can carry all of them.
 *
 * INVARIANTS
 *   1. After config_check() every parameter is within its range, every
 *      geometry is one that hardware could build, and every technique is one
 *      that the profile supports.
 *   2. Same command line, same struct: only jobs depends on the host, and no
 *      result depends on jobs or past_bytes.
 */
#ifndef SIM_MACHINE_CONFIG_H
#define SIM_MACHINE_CONFIG_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hypervisor-model/hv_config.h"
#include "hypervisor-model/hypervisor.h"
#include "mmu/mmu_config.h"
#include "sim/core/status.h"
#include "sim/cpu/cpu_config.h"

enum {
    CONFIG_MAX_TECHNIQUES = 16,
    CONFIG_MAX_JOBS = 64,
    CONFIG_MAX_MODULES = 16
};

enum workload_kind {
    WORKLOAD_NONE,
    WORKLOAD_PROGRAM,  /* a Linux program of the user's: -- PROGRAM ARG... */
    WORKLOAD_BUILT_IN, /* a program of ours: NAME:key=value,... */
};

struct workload {
    enum workload_kind kind;
    /*
     * PROGRAM: its arguments, argv[0] as typed.  BUILT_IN: NAME, then every
     * parameter that has a value as "key=value", defaults included.  Ends
     * with NULL.
     */
    int argc;
    char **argv;
    char *text; /* on one line, for headings */
};

/* Who unpacks the kernel in a bzImage; AUTO: by --kernel or --boot. */
enum unpack_by { UNPACK_AUTO, UNPACK_BY_LOADER, UNPACK_BY_GUEST };

/* Where results go; NULL: not asked for. */
struct outputs {
    const char *json_path;
    const char *csv_path;
    const char *trace_path;
    const char *plot_folder;
    bool quiet;            /* no report on stderr */
    bool screen;           /* the guest's screen at the end */
    bool exits, exits_all; /* a table of exits; with the boot's */
};

enum { CONFIG_MAX_TRAVEL = 16, CONFIG_MAX_OVERS = 3 };

/* Directories and files that go to the guest and come back: travel.h. */
struct travel {
    const char *dirs[CONFIG_MAX_TRAVEL]; /* "HOSTDIR[:GUESTDIR]" */
    const char *outs[CONFIG_MAX_TRAVEL]; /* "GUESTFILE[:HOSTFILE]" */
    unsigned dir_count, out_count;
};

struct profile;

extern const char ringside_version[];

struct config {
    struct mmu_config mmu;
    struct cpu_config cpu;
    struct hv_config hv;

    uint64_t memory_bytes; /* guest-physical memory, multiple of 2M */
    uint32_t vcpus;
    uint32_t smp_quantum_cycles; /* how far a vCPU may run ahead of others */
    uint64_t seed;               /* also in mmu.seed */
    uint64_t tick_us;            /* the guest kernel's timer period */
    uint64_t checkpoint_every;   /* instructions; 0: no checkpoints */
    enum unpack_by unpack_by;
    char platform[PLATFORM_NAME_BYTES]; /* which devices there are, and where */
    char cpu_virt[16], mmu_virt[16];    /* "technique": what that one says */

    /* From --technique; run uses the first, compare all of them. */
    const struct technique_ops *techniques[CONFIG_MAX_TECHNIQUES];
    unsigned technique_count;

    /* A scenario in place of all below. */
    const char *scenario_path; /* NULL: none */
    char **scenario_sets;      /* --set of its keys, "key=value"; owned */
    unsigned scenario_set_count;
    bool profile_given;                  /* --profile */
    const char *overs[CONFIG_MAX_OVERS]; /* compare: "KEY=VALUE,VALUE" */
    unsigned over_count;
    const char *sched_trace_path; /* NULL: not asked for */

    struct workload workload;
    struct travel travel;
    const char *kernel_path; /* with a workload or a shell; NULL: minikernel */
    const char *boot_path;   /* any image, as it is; NULL: none */
    const char *initrd_path; /* NULL: none */
    const char *disk_paths[PLATFORM_DISKS];
    unsigned disk_count;
    const char *append;                      /* to the command line; NULL */
    const char *modules[CONFIG_MAX_MODULES]; /* "FILE ARG..." */
    unsigned module_count;
    bool no_pv;       /* the kernel of --kernel or --boot cannot run under pv */
    bool pv_left_out; /* ... so it is not among the techniques */
    bool reboots;     /* a reset starts the machine again */
    bool console;     /* the guest's serial line is the user's terminal */
    bool keyboard;    /* ... for output; its keys are the guest's keyboard's */
    const char *gdb_address;      /* :PORT or a socket's path; NULL: no GDB */
    const char *gdb_architecture; /* "i386", "x86-64"; NULL: the kernel's */
    uint64_t max_instructions;    /* of the measured region; UINT64_MAX: none */
    uint64_t max_cycles;          /* likewise */
    unsigned jobs;                /* compare: techniques at a time; 1 .. 64 */
    uint64_t past_bytes; /* for copies of the past (timeline.h), at most */
    struct outputs outputs;

    const char *profile_name;
    struct profile *profile; /* owned; the source of each value */

    /* --set and the options that mean one, as "key=value", in order. */
    char **overrides; /* owned */
    unsigned override_count;
};

/* Defaults of every setting; no profile yet.  (libconfig owns config_init.) */
void config_defaults(struct config *c);
void config_free(struct config *c);

/* Sets one parameter from text; refuses unknown names and bad values. */
enum status config_set(struct config *c, const char *name, const char *value,
                       struct error *e);

/*
 * The same with some parameters changed, and checked: pairs are name, value,
 * name, value, NULL.  It borrows all but the lists of what was set: from must
 * outlive it.  On failure there is nothing to free.
 */
enum status config_vary(struct config *to, const struct config *from,
                        const char *const *pairs, struct error *e);
void config_vary_free(struct config *c);

/* Keeps a --set that is for the scenario file. */
enum status config_keep_scenario_set(struct config *c, const char *text,
                                     struct error *e);

/* Checks parameters against each other and techniques against the profile. */
enum status config_check(const struct config *c, struct error *e);

/* All parameters, in the order of params.def: for reports and JSON. */
unsigned config_param_count(void);
const char *config_param_name(unsigned index);
/* "on", "4K", "1536", "lru"; returns buffer, at most 64 bytes are needed. */
char *config_param_text(const struct config *c, unsigned index, char *buffer,
                        size_t buffer_bytes);

/* Commands, each in a file of its own.  Result: the exit status. */
int cmd_run(const struct config *c);
int cmd_compare(const struct config *c);

#endif
