/*
 * pv_build.c - the domain builder: from an image to a domain about to run.
 *
 * Source  Xen public xen.h, "Start-of-day memory layout", struct start_info;
 *         arch-x86/xen-x86_64.h (hypercall page, flat selectors).
 * Model   what libxenguest and Xen do together: memory is handed out in 2M
 *         chunks from the top of the domain's range downwards, so that no
 *         guest can take pfn = mfn for granted; image, initrd, p2m list,
 *         start info, rings, page tables and stack in the documented order.
 */
#include "hypervisor-model/pv/pv_build.h"

#include <stddef.h>
#include <string.h>

#include "hypervisor-model/pv/pv_guest.h"
#include "hypervisor-model/pv/pv_page.h"

enum { CHUNK_FRAMES = 512, STORE_PORT = 1, CONSOLE_PORT = 2 };

hfn_t pv_initial_mfn(const struct pv_domain *d, uint64_t pfn)
{
    uint64_t chunks = d->frames / CHUNK_FRAMES;
    uint64_t chunk = pfn / CHUNK_FRAMES;

    if (chunk < chunks)
        chunk = chunks - 1 - chunk;
    return hfn(d->first.v + chunk * CHUNK_FRAMES + pfn % CHUNK_FRAMES);
}

static hpa_t at_pfn(const struct pv_domain *d, uint64_t pfn)
{
    return hfn_to_hpa(pv_initial_mfn(d, pfn));
}

/* Copies into the pseudo-physical space, page by page. */
static void put_bytes(struct pv_domain *d, uint64_t address, const void *from,
                      uint64_t bytes)
{
    const uint8_t *at = from;

    while (bytes) {
        uint64_t offset = page_offset(address);
        uint64_t n = PAGE_BYTES - offset;

        if (n > bytes)
            n = bytes;
        memory_copy_in(d->dram,
                       hpa_add(at_pfn(d, address / PAGE_BYTES), offset), at, n);
        address += n;
        at += n;
        bytes -= n;
    }
}

static void put_image(struct pv_domain *d, const struct vm_boot *boot)
{
    for (unsigned i = 0; i < boot->segment_count; i++)
        put_bytes(d, boot->segments[i].va - boot->pv_virt_base,
                  boot->segments[i].data, boot->segments[i].file_bytes);
}

/* p2m list in the domain, M2P rows in Xen's table. */
static void put_frame_lists(struct pv_domain *d, const struct pv_layout *l)
{
    for (uint64_t pfn = 0; pfn < d->frames; pfn++) {
        uint64_t mfn = pv_initial_mfn(d, pfn).v;

        memory_write64(d->dram,
                       hpa_add(at_pfn(d, l->p2m + pfn / 512), pfn % 512 * 8),
                       mfn);
        memory_write64(d->dram, hpa_add(d->m2p, mfn * 8), pfn);
    }
}

/* First pfn of the tables of a level: root first, then 3, 2, 1. */
static uint64_t tables_of_level(const struct pv_layout *l, unsigned level)
{
    uint64_t pfn = l->tables;

    for (unsigned above = 4; above > level; above--)
        pfn += l->table_pages[above];
    return pfn;
}

/* Entries that map the region at one level. */
static void put_level(struct pv_domain *d, const struct pv_layout *l,
                      unsigned level)
{
    const uint64_t flags =
        PTE_P | PTE_U | PTE_A | (level == 1 ? PTE_GUEST_KERNEL : 0);
    unsigned shift = PAGE_SHIFT + 9 * (level - 1);
    uint64_t base = l->virt_base >> shift;
    uint64_t last = (l->virt_base + l->end * PAGE_BYTES - 1) >> shift;
    uint64_t first_table = base >> 9;

    for (uint64_t index = base; index <= last; index++) {
        uint64_t table = (index >> 9) - first_table;
        uint64_t child = level == 1
                             ? index - base
                             : tables_of_level(l, level - 1) + (index - base);
        bool writable = level > 1 || child < l->tables || child >= l->stack;
        hpa_t entry = hpa_add(at_pfn(d, tables_of_level(l, level) + table),
                              index % 512 * 8);

        memory_write64(d->dram, entry,
                       at_pfn(d, child).v | flags |
                           (writable ? PTE_W | PTE_D : 0));
    }
}

static void put_start_info(struct pv_domain *d, const struct pv_layout *l,
                           const struct vm_boot *boot)
{
    struct start_info s = {
        .magic = "xen-3.0-x86_64",
        .nr_pages = d->frames,
        .shared_info = hfn_to_hpa(d->shared_info).v,
        .store_mfn = pv_initial_mfn(d, l->store).v,
        .store_evtchn = STORE_PORT,
        .pt_base = l->virt_base + l->tables * PAGE_BYTES,
        .nr_pt_frames = l->stack - l->tables,
        .mfn_list = l->virt_base + l->p2m * PAGE_BYTES,
        .mod_len = boot->initrd_bytes,
        .first_p2m_pfn = l->p2m,
        .nr_p2m_frames = l->p2m_pages,
    };

    s.console.domU.mfn = pv_initial_mfn(d, l->console).v;
    s.console.domU.evtchn = CONSOLE_PORT;
    if (boot->initrd_bytes)
        s.mod_start = l->virt_base + l->initrd * PAGE_BYTES;
    if (boot->command_line) {
        size_t n = strnlen(boot->command_line, sizeof(s.cmd_line) - 1);

        memcpy(s.cmd_line, boot->command_line, n);
    }
    put_bytes(d, l->start_info * PAGE_BYTES, &s, sizeof(s));
    d->store_ring = pv_initial_mfn(d, l->store);
    d->ports[STORE_PORT].kind = PV_PORT_STORE;
    d->ports[CONSOLE_PORT].kind = PV_PORT_CONSOLE;
    d->console_ring = pv_initial_mfn(d, l->console);
}

/*
 * The hypercall page: 128 stubs of 32 bytes.  SYSCALL destroys rcx and r11,
 * so each stub saves them; iret's restores nothing, its frame has them.
 */
static void put_hypercall_page(struct pv_domain *d, uint64_t address)
{
    static const uint8_t call[] = {0x51, 0x41, 0x53, 0xb8, 0,    0,    0,
                                   0,    0x0f, 0x05, 0x41, 0x5b, 0x59, 0xc3};
    static const uint8_t iret[] = {0x51, 0x41, 0x53, 0x50, 0xb8, 0,
                                   0,    0,    0,    0x0f, 0x05};
    uint8_t page[PAGE_BYTES];

    memset(page, 0xcc, sizeof(page));
    for (unsigned i = 0; i < sizeof(page) / 32; i++) {
        uint8_t *stub = page + (size_t)i * 32;

        if (i == __HYPERVISOR_iret) {
            memcpy(stub, iret, sizeof(iret));
            stub[5] = (uint8_t)i;
        } else {
            memcpy(stub, call, sizeof(call));
            stub[4] = (uint8_t)i;
        }
    }
    put_bytes(d, address, page, sizeof(page));
}

static void set_segments(struct cpu_state *s)
{
    for (unsigned i = 0; i < SEG_COUNT; i++)
        s->seg[i] = (struct segment){0};
    pv_load_flat_segments(s);
    s->gdtr = (struct table_register){.base = pv_gdt_address(0),
                                      .limit = PV_GDT_PAGES * 4096 - 1};
    s->idtr = (struct table_register){0};
    s->ldtr = (struct segment){0};
    s->tr = (struct segment){0}; /* no I/O bitmap: every port access traps */
}

/* The state that the header promises at the entry point. */
static void set_first_state(struct vcpu *v, const struct pv_layout *l,
                            const struct vm_boot *boot)
{
    struct cpu_state *s = &v->state;
    struct pv_vcpu *pv = pv_vcpu_of(v);

    set_segments(s);
    s->cpl = 3;
    s->rip = boot->pv_entry;
    s->gpr[REG_RSP] = l->virt_base + (l->stack + 1) * PAGE_BYTES;
    s->gpr[REG_RSI] = l->virt_base + l->start_info * PAGE_BYTES;
    s->rflags = RFLAGS_FIXED | RFLAGS_IF;
    s->cr0 = CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_PG;
    s->cr3 = hfn_to_hpa(pv->kernel_root).v;
    s->cr4 = CR4_PAE | CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT;
    s->efer = EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE;
    s->mxcsr = 0x1f80;
    s->fcw = 0x037f;
    pv->cr0 = s->cr0;
    pv->cr4 = s->cr4;
    v->control =
        (struct guest_control){.virt = VIRT_DEPRIVED, .deprived_kernel = true};
}

/* Pins and loads the root; the rings' backends hold their pages. */
static bool take_first_pages(struct pv_turn *t, hfn_t root)
{
    struct pv_domain *d = t->domain;

    t->vcpu->kernel_root = root;
    t->vcpu->kernel_mode = true;
    return !pv_page_pin(t, root, PV_TYPE_L4) &&
           !pv_page_use(t, root, PV_TYPE_L4) &&
           !pv_page_use(t, d->console_ring, PV_TYPE_WRITABLE) &&
           !pv_page_use(t, d->store_ring, PV_TYPE_WRITABLE);
}

enum status pv_build(struct vm *vm, const struct vm_boot *boot, struct error *e)
{
    struct pv_domain *d = pv_domain_of(vm);
    struct vcpu *v = vm->vcpus[0];
    struct pv_turn t = {
        .domain = d, .vcpu = pv_vcpu_of(v), .v = v, .costs = vm->hv->config};
    struct counters before = v->counters;
    struct pv_layout l;
    enum status s = pv_layout_plan(&l, d, boot, e);

    if (s)
        return s;
    put_image(d, boot);
    put_bytes(d, l.initrd * PAGE_BYTES, boot->initrd, boot->initrd_bytes);
    put_frame_lists(d, &l);
    put_start_info(d, &l, boot);
    for (unsigned level = 4; level >= 1; level--)
        put_level(d, &l, level);
    if (boot->pv_hypercall_page >= l.virt_base &&
        (boot->pv_hypercall_page - l.virt_base) / PAGE_BYTES < l.end)
        put_hypercall_page(d, boot->pv_hypercall_page - l.virt_base);
    if (!take_first_pages(&t, pv_initial_mfn(d, l.tables)))
        return error_set(e, STATUS_FILE,
                         "kernel: the first page tables are not valid");
    v->counters = before; /* the builder is not the guest's doing */
    set_first_state(v, &l, boot);
    return STATUS_OK;
}
