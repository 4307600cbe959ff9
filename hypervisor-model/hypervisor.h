/*
 * hypervisor.h - VMs, vCPUs, and the techniques that run them.
 *
 * The run loop (sim/machine) calls cpu_run() and hands the event to
 * vcpu_handle(); the technique settles it, charges its cycles with
 * cpu_charge(), and says what comes next.
 */
#ifndef HYPERVISOR_MODEL_HYPERVISOR_H
#define HYPERVISOR_MODEL_HYPERVISOR_H
#include <stdbool.h>
#include <stdint.h>

#include "hypervisor-model/hv_config.h"
#include "mmu/memory.h"
#include "sim/core/addr.h"
#include "sim/core/status.h"
#include "sim/cpu/cpu.h"
#include "sim/devices/platform.h"
#include "sim/record/counters.h"
#include "sim/record/exit_log.h"
#include "sim/record/exit_times.h"
#include "sim/record/ledger.h"

struct vm;

/* Free frames of the host: for VMs, their tables, the hypervisor itself. */
struct frame_pool {
    hfn_t next; /* never handed out yet */
    hfn_t end;
    hfn_t free_head; /* singly linked through the frames; 0: none */
    uint64_t used_frames;
};

struct hypervisor {
    const struct hv_config *config;
    struct memory *dram;
    struct frame_pool pool;
    struct exit_log *exit_log; /* NULL: none is kept */
    uint16_t vpids; /* handed out: each vCPU of the host has its own */
    struct platform_config platform; /* of each VM's devices; vm_new() adds
                                        memory and vCPUs */
};

enum status hypervisor_init(struct hypervisor *hv,
                            const struct hv_config *config, struct memory *dram,
                            struct error *e);

/* A zeroed frame; false if the host has none left. */
bool frame_alloc(struct hypervisor *hv, hfn_t *frame);
void frame_free(struct hypervisor *hv, hfn_t frame);

/* Consecutive frames, aligned to align_frames (a power of two). */
bool frame_alloc_range(struct hypervisor *hv, uint64_t frames,
                       uint64_t align_frames, hfn_t *first);

/*
 * Guest-physical layout, as on a PC: memory from 0 up to VM_HOLE_BEGIN, then
 * devices up to VM_HOLE_END, then the rest of memory.  A pv guest, which sees
 * no device, has its memory in one piece.
 */
#define VM_HOLE_BEGIN ((uint64_t)0xe0000000)
#define VM_HOLE_END   ((uint64_t)1 << 32)

/*
 * Host memory that a VM of memory_bytes needs beside its own: tables, and
 * what the hole and alignment to large pages may lose.  DRAM = memory + this.
 */
struct technique_ops;
uint64_t hv_pool_bytes(const struct technique_ops *technique,
                       const struct hv_config *config, uint64_t memory_bytes);

struct vcpu {
    struct vm *vm;
    unsigned id;
    struct cpu_state state;       /* while no pCPU runs it */
    struct guest_control control; /* likewise */
    struct cpu_rest rest;         /* likewise */
    struct counters counters;
    struct ledger ledger;
    struct exit_times exit_times;
    struct cpu_wait wait;   /* MWAIT, while mwaits */
    bool mwaits;            /* asleep until a line changes, or an interrupt */
    bool waits_for_startup; /* after INIT, and at power-on unless it is 0 */
    bool entered_user;  /* a program's first instruction is next, or was run */
    unsigned yields_to; /* another of its VM; valid with VCPU_YIELDS */
    void *technique_data; /* what the technique keeps per vCPU */
};

enum { VM_MAX_VCPUS = 16 };

struct vm {
    struct hypervisor *hv;
    const struct technique_ops *technique;
    uint64_t memory_bytes;
    gpa_t memory_end;  /* behind the last byte of memory */
    hpa_t memory_base; /* hpa of gpa 0; hpa - gpa is the same everywhere */
    struct platform platform;
    struct vcpu *vcpus[VM_MAX_VCPUS];
    unsigned vcpu_count;
    struct kvm_config kvm; /* offered to it; of a new VM, the host's */
    void *technique_data;  /* what the technique keeps per VM */
    char crash[160];       /* why the guest cannot go on; one line */
    bool shut_down;        /* ... a triple fault, which resets a PC */
};

enum vcpu_action {
    VCPU_RESUME,  /* call cpu_run() again */
    VCPU_YIELDS,  /* the same; but if v->yields_to waits for a pCPU, the vCPU
                     gives way to it */
    VCPU_HALT,    /* nothing to do before the next interrupt */
    VCPU_EXITED,  /* vm->platform.exit_status */
    VCPU_CRASHED, /* vm->crash says why (triple fault, illegal state ...) */
};

/* What the image loader hands over: bytes at guest-physical addresses. */
struct vm_segment {
    gpa_t at;
    const uint8_t *data; /* file_bytes of it; the rest is zero */
    uint64_t file_bytes, memory_bytes;
    uint64_t va; /* where the image wants it mapped (pv) */
};

struct vm_module {
    const uint8_t *data;
    uint64_t bytes;
    const char *command_line;
};

enum { VM_MAX_MODULES = 16 };

enum boot_protocol {
    BOOT_PVH,
    BOOT_LINUX, /* bzImage: no segments, but the image itself */
    BOOT_MULTIBOOT,
    BOOT_SECTOR, /* one segment: the sector */
};

struct bzimage;

struct vm_boot {
    enum boot_protocol protocol;
    const struct vm_segment *segments;
    unsigned segment_count;
    uint64_t pvh_entry; /* gpa, 32-bit; from XEN_ELFNOTE_PHYS32_ENTRY */
    uint64_t pv_entry;  /* gva; from XEN_ELFNOTE_ENTRY */
    uint64_t pv_virt_base, pv_hypercall_page; /* gva; ELF notes */
    uint64_t entry; /* gpa, of BOOT_MULTIBOOT, and of an unpacked bzImage */
    /* Of BOOT_LINUX: with segments, the kernel in it is unpacked already. */
    const struct bzimage *bzimage;
    bool entry_64; /* of the unpacked one: in long mode */
    const uint8_t *initrd;
    uint64_t initrd_bytes;
    const struct vm_module *modules; /* VM_MAX_MODULES at most */
    unsigned module_count;
    const char *command_line;
    const struct vm_segment *firmware; /* tables; memory beyond the file's
                                          bytes is not touched */
    unsigned firmware_count;
    uint64_t rsdp;       /* gpa of ACPI's root pointer among them; 0: none */
    bool text_screen;    /* there is a VGA text screen */
    const uint8_t *bios; /* BOOT_SECTOR: firmware to start it, BIOS_BYTES */
    bool disk_boots;     /* ... which finds the sector on the first disk */
    bool no_long_mode;   /* the CPU has none */
    bool five_levels;    /* it has 5-level paging */
};

/*
 * Order: vm_init once, after memory is allocated; boot once, puts the image
 * into memory and vCPU 0 into its first state; then for each turn of the run
 * loop: budget, cpu_run(), handle.  All but check, switched_in and
 * switched_out are required.
 */
struct technique_ops {
    const char *name; /* --technique */
    const char *sentence;
    const char *cpu_virt, *mmu_virt, *io_virt; /* row of the matrix */
    /* Refuses a profile that cannot do it, with one line. */
    enum status (*supported)(const struct hv_config *config, struct error *e);
    enum status (*vm_init)(struct vm *vm, struct error *e);
    void (*vm_free)(struct vm *vm);
    enum status (*boot)(struct vm *vm, const struct vm_boot *boot,
                        struct error *e);
    /* Lowers the run loop's limits to the next device event; asks for an
       interrupt window if one waits.  Delivers what is deliverable. */
    void (*budget)(struct vcpu *v, struct cpu *c, struct cpu_budget *budget);
    enum vcpu_action (*handle)(struct vcpu *v, struct cpu *c,
                               const struct cpu_event *event);
    /* Cycle of the next device event of a halted vCPU; UINT64_MAX: none. */
    uint64_t (*wake_cycle)(const struct vcpu *v);
    bool (*check)(const struct vcpu *v, const struct cpu *c, struct error *e);
    /* Several VMs on a host: a vCPU gets a pCPU, or loses it, between two
       turns.  waited_cycles: for one, while it could run, since it began. */
    void (*switched_in)(struct vcpu *v, uint64_t waited_cycles);
    void (*switched_out)(struct vcpu *v);
};

extern const struct technique_ops *const technique_all[]; /* ends with NULL */

/* NULL if there is no such technique. */
const struct technique_ops *technique_find(const char *name);

struct vm *vm_new(struct hypervisor *hv, const struct technique_ops *technique,
                  uint64_t memory_bytes, unsigned vcpu_count, struct error *e);
void vm_free(struct vm *vm);

/* Records why the guest cannot go on; returns VCPU_CRASHED. */
enum vcpu_action vm_crash(struct vm *vm, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same for a triple fault at rip. */
enum vcpu_action vm_triple_fault(struct vm *vm, uint64_t rip);

/* True if all of [at, at + bytes) is the guest's memory. */
bool vm_has_memory(const struct vm *vm, gpa_t at, uint64_t bytes);

/* False if the guest has no such memory. */
bool vm_gpa_to_hpa(const struct vm *vm, gpa_t a, hpa_t *out);
bool vm_copy_in(struct vm *vm, gpa_t to, const void *from, uint64_t bytes);
bool vm_copy_out(const struct vm *vm, void *to, gpa_t from, uint64_t bytes);

/* Loads a vCPU onto a pCPU, and back: registers, control, record, and who it
   is. */
void vcpu_load(struct vcpu *v, struct cpu *c);
void vcpu_save(struct vcpu *v, struct cpu *c);

/*
 * Before a vCPU's turn: INIT and startup that others sent it.  True if its
 * registers are others now.  While waits_for_startup it has no turn.
 */
bool vcpu_take_signals(struct vcpu *v, struct cpu *c);

/* A vCPU that sleeps by MWAIT: true if it is to go on without an event. */
bool vcpu_wait_over(const struct vcpu *v);

/* wake_cycle() of a vCPU that no interrupt wakes, but a signal or an NMI: 0 or
 * UINT64_MAX. */
uint64_t vcpu_signal_cycle(const struct vcpu *v);

#endif
