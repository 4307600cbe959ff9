/*
 * 703-pv-hypercalls.c - hypercalls do what Xen's public headers say, answer
 * with Xen's error numbers, and believe no pointer.
 *
 * Source  Xen public xen.h, event_channel.h, vcpu.h, version.h.
 */
#include "tests/pv_fixture.h"

static const uint8_t nothing[] = {0xf4};

#define BAD_POINTER  0x1000u /* not mapped */
#define XEN_POINTER  0xffff800000000000u
#define NO_SUCH_CALL 37u

START_TEST(test_hypercall_unknown_is_enosys)
{
    struct pv_machine m;

    pv_machine_start(&m, nothing, sizeof(nothing));
    ck_assert_int_eq(pv_call(&m, NO_SUCH_CALL, 0, 0, 0, 0), -XEN_ENOSYS);
    ck_assert_int_eq(pv_call(&m, UINT32_MAX, 0, 0, 0, 0), -XEN_ENOSYS);
    ck_assert_uint_eq(m.v->counters.value[COUNTER_HYPERCALL_TOTAL], 2);
    ck_assert_uint_eq(m.v->counters.value[COUNTER_EXIT_REASON_VMCALL], 2);
    pv_machine_finish(&m);
}
END_TEST

START_TEST(test_hypercall_bad_pointers_are_efault)
{
    static const struct {
        unsigned number;
        uint64_t a, b;
        bool pointer_in_a;
    } calls[] = {
        {__HYPERVISOR_set_trap_table, 0, 0, true},
        {__HYPERVISOR_mmu_update, 0, 1, true},
        {__HYPERVISOR_mmuext_op, 0, 1, true},
        {__HYPERVISOR_multicall, 0, 1, true},
        {__HYPERVISOR_set_gdt, 0, 512, true},
        {__HYPERVISOR_event_channel_op, EVTCHNOP_send, 0, false},
        {__HYPERVISOR_callback_op, CALLBACKOP_register, 0, false},
        {__HYPERVISOR_xen_version, XENVER_get_features, 0, false},
        {__HYPERVISOR_sched_op, SCHEDOP_shutdown, 0, false},
        {__HYPERVISOR_physdev_op, PHYSDEVOP_set_iopl, 0, false},
    };
    struct pv_machine m;

    pv_machine_start(&m, nothing, sizeof(nothing));
    for (unsigned i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        for (unsigned xen = 0; xen < 2; xen++) {
            uint64_t bad = xen ? XEN_POINTER : BAD_POINTER;
            /* The M2P table may be read by the guest, but by its own
               instructions only. */
            int64_t r = pv_call(
                &m, calls[i].number, calls[i].pointer_in_a ? bad : calls[i].a,
                calls[i].pointer_in_a ? calls[i].b : bad, 0, DOMID_SELF);

            ck_assert_msg(r == -XEN_EFAULT, "call %u: %d", calls[i].number,
                          (int)r);
        }
    }
    pv_machine_finish(&m);
}
END_TEST

START_TEST(test_mmu_update_writes_valid_entry_counts_and_reports_done)
{
    struct pv_machine m;
    uint64_t va = PV_VIRT_BASE + 0x5000, old;
    struct mmu_update u[3];
    uint32_t done = 99;

    pv_machine_start(&m, nothing, sizeof(nothing));
    old = pv_entry(&m, va);
    u[0] = (struct mmu_update){pv_entry_at(&m, va), old & ~PTE_W};
    /* A writable mapping of the first page table. */
    u[1] = (struct mmu_update){pv_entry_at(&m, va),
                               pv_entry(&m, m.info.pt_base) | PTE_W};
    u[2] = (struct mmu_update){pv_entry_at(&m, va), 0};
    pv_poke(&m, PV_DATA, u, sizeof(u));
    ck_assert_int_eq(pv_call(&m, __HYPERVISOR_mmu_update, PV_DATA, 3,
                             PV_DATA + 512, DOMID_SELF),
                     -XEN_EINVAL);
    pv_peek(&m, PV_DATA + 512, &done, sizeof(done));
    ck_assert_uint_eq(done, 1);
    ck_assert_uint_eq(pv_entry(&m, va), old & ~PTE_W);
    pv_machine_finish(&m);
}
END_TEST

START_TEST(test_mmu_update_machphys_writes_own_rows_only)
{
    struct pv_machine m;
    struct mmu_update u;
    uint64_t mfn;

    pv_machine_start(&m, nothing, sizeof(nothing));
    mfn = pv_mfn_of(&m, PV_DATA);
    u = (struct mmu_update){mfn << 12 | MMU_MACHPHYS_UPDATE, 1234};
    pv_poke(&m, PV_DATA, &u, sizeof(u));
    ck_assert_int_eq(
        pv_call(&m, __HYPERVISOR_mmu_update, PV_DATA, 1, 0, DOMID_SELF), 0);
    ck_assert_uint_eq(memory_read64(&m.dram, hpa_add(m.d->m2p, mfn * 8)), 1234);
    u.ptr = MMU_MACHPHYS_UPDATE; /* frame 0: not ours */
    pv_poke(&m, PV_DATA, &u, sizeof(u));
    ck_assert_int_eq(
        pv_call(&m, __HYPERVISOR_mmu_update, PV_DATA, 1, 0, DOMID_SELF),
        -XEN_EINVAL);
    pv_machine_finish(&m);
}
END_TEST

START_TEST(test_update_va_mapping_maps_and_flushes)
{
    struct pv_machine m;
    uint64_t va = PV_VIRT_BASE + 0x6000, data;
    const int64_t call = __HYPERVISOR_update_va_mapping;

    pv_machine_start(&m, nothing, sizeof(nothing));
    data = pv_entry(&m, PV_DATA);
    ck_assert_int_eq(pv_call(&m, (unsigned)call, va, data, UVMF_INVLPG, 0), 0);
    ck_assert_uint_eq(pv_mfn_of(&m, va), pv_mfn_of(&m, PV_DATA));
    ck_assert_int_eq(pv_call(&m, (unsigned)call, XEN_POINTER, data, 0, 0),
                     -XEN_EINVAL);
    ck_assert_int_eq(pv_call(&m, (unsigned)call, BAD_POINTER, data, 0, 0),
                     -XEN_EINVAL);
    pv_machine_finish(&m);
}
END_TEST

START_TEST(test_mmuext_new_baseptr_only_of_valid_root)
{
    struct pv_machine m;
    struct mmuext_op op = {.cmd = MMUEXT_NEW_BASEPTR};
    uint64_t root;

    pv_machine_start(&m, nothing, sizeof(nothing));
    root = cpu_state(m.cpu)->cr3;
    op.arg1.mfn = pv_mfn_of(&m, PV_DATA); /* a writable page */
    pv_poke(&m, PV_DATA, &op, sizeof(op));
    ck_assert_int_eq(
        pv_call(&m, __HYPERVISOR_mmuext_op, PV_DATA, 1, 0, DOMID_SELF),
        -XEN_EINVAL);
    ck_assert_uint_eq(cpu_state(m.cpu)->cr3, root);
    op.arg1.mfn = root >> 12;
    pv_poke(&m, PV_DATA, &op, sizeof(op));
    ck_assert_int_eq(
        pv_call(&m, __HYPERVISOR_mmuext_op, PV_DATA, 1, 0, DOMID_SELF), 0);
    pv_machine_finish(&m);
}
END_TEST

START_TEST(test_multicall_counts_inner_calls_and_stores_results)
{
    struct pv_machine m;
    struct multicall_entry e[3] = {
        {.op = __HYPERVISOR_xen_version, .args = {XENVER_version}},
        {.op = NO_SUCH_CALL},
        {.op = __HYPERVISOR_multicall, .args = {PV_DATA, 3}},
    };

    pv_machine_start(&m, nothing, sizeof(nothing));
    pv_poke(&m, PV_DATA, e, sizeof(e));
    ck_assert_int_eq(pv_call(&m, __HYPERVISOR_multicall, PV_DATA, 3, 0, 0), 0);
    pv_peek(&m, PV_DATA, e, sizeof(e));
    ck_assert_uint_eq(e[0].result, 4u << 16 | 17);
    ck_assert_int_eq((int64_t)e[1].result, -XEN_ENOSYS);
    ck_assert_int_eq((int64_t)e[2].result, -XEN_EINVAL);
    ck_assert_uint_eq(m.v->counters.value[COUNTER_EXIT_TOTAL], 1);
    ck_assert_uint_eq(m.v->counters.value[COUNTER_HYPERCALL_XEN_VERSION], 1);
    pv_machine_finish(&m);
}
END_TEST

START_TEST(test_multicall_endless_batch_is_refused_in_time)
{
    struct pv_machine m;
    struct multicall_entry e = {
        .op = __HYPERVISOR_mmu_update,
        .args = {PV_DATA + 64, UINT32_MAX, 0, DOMID_SELF}};

    pv_machine_start(&m, nothing, sizeof(nothing));
    pv_poke(&m, PV_DATA, &e, sizeof(e));
    ck_assert_int_le(
        pv_call(&m, __HYPERVISOR_multicall, PV_DATA, UINT64_MAX, 0, 0), 0);
    pv_machine_finish(&m);
}
END_TEST

START_TEST(test_event_virq_binds_once_and_pends_until_unmasked)
{
    struct pv_machine m;
    struct evtchn_bind_virq bind = {.virq = VIRQ_TIMER};
    struct evtchn_unmask unmask;
    hpa_t shared, mask;
    uint8_t pending;

    pv_machine_start(&m, nothing, sizeof(nothing));
    shared = hfn_to_hpa(m.d->shared_info);
    mask = hpa_add(shared, offsetof(struct shared_info, evtchn_mask));
    pv_poke(&m, PV_DATA, &bind, sizeof(bind));
    ck_assert_int_eq(pv_call(&m, __HYPERVISOR_event_channel_op,
                             EVTCHNOP_bind_virq, PV_DATA, 0, 0),
                     0);
    ck_assert_int_eq(pv_call(&m, __HYPERVISOR_event_channel_op,
                             EVTCHNOP_bind_virq, PV_DATA, 0, 0),
                     -XEN_EEXIST);
    pv_peek(&m, PV_DATA, &bind, sizeof(bind));
    ck_assert_uint_gt(bind.port, 2); /* 1 and 2 are store and console */
    memory_write64(&m.dram, mask, UINT64_MAX);
    pv_call(&m, __HYPERVISOR_set_timer_op, 1, 0, 0, 0);
    pv_call(&m, __HYPERVISOR_sched_op, SCHEDOP_yield, 0, 0, 0);
    pending = *memory_at(&m.dram, shared);
    ck_assert_uint_eq(pending, 0);
    unmask.port = bind.port;
    pv_poke(&m, PV_DATA, &unmask, sizeof(unmask));
    ck_assert_int_eq(pv_call(&m, __HYPERVISOR_event_channel_op, EVTCHNOP_unmask,
                             PV_DATA, 0, 0),
                     0);
    ck_assert_uint_eq(*memory_at(&m.dram, shared), 1);
    ck_assert_uint_eq(
        memory_read64(&m.dram, hpa_add(shared, offsetof(struct shared_info,
                                                        evtchn_pending))),
        (uint64_t)1 << bind.port);
    pv_machine_finish(&m);
}
END_TEST

START_TEST(test_console_ring_bytes_reach_stdout_mad_index_ignored)
{
    struct pv_machine m;
    struct evtchn_send send;
    hpa_t ring;

    pv_machine_start(&m, nothing, sizeof(nothing));
    ring = hfn_to_hpa(hfn(m.info.console.domU.mfn));
    memory_copy_in(&m.dram,
                   hpa_add(ring, offsetof(struct xencons_interface, out)),
                   "hello", 5);
    memory_write32(&m.dram,
                   hpa_add(ring, offsetof(struct xencons_interface, out_prod)),
                   5);
    send.port = m.info.console.domU.evtchn;
    pv_poke(&m, PV_DATA, &send, sizeof(send));
    ck_assert_int_eq(pv_call(&m, __HYPERVISOR_event_channel_op, EVTCHNOP_send,
                             PV_DATA, 0, 0),
                     0);
    ck_assert_uint_eq(m.vm->platform.bus.out.bytes, 5);
    ck_assert_mem_eq(m.vm->platform.bus.out.data, "hello", 5);
    memory_write32(&m.dram,
                   hpa_add(ring, offsetof(struct xencons_interface, out_prod)),
                   0x80000000u);
    pv_call(&m, __HYPERVISOR_event_channel_op, EVTCHNOP_send, PV_DATA, 0, 0);
    ck_assert_uint_eq(m.vm->platform.bus.out.bytes, 5);
    pv_machine_finish(&m);
}
END_TEST

START_TEST(test_set_gdt_refuses_gates_and_ring_0)
{
    struct pv_machine m;
    uint64_t page = PV_VIRT_BASE + 0x7000, mfn, entry;
    const uint64_t bad[] = {0x00af9b000000ffffu, 0x00008e0000000000u};

    pv_machine_start(&m, nothing, sizeof(nothing));
    mfn = pv_mfn_of(&m, page);
    entry = pv_entry(&m, page);
    for (unsigned i = 0; i < 2; i++) {
        pv_poke(&m, page + 8, &bad[i], 8);
        pv_call(&m, __HYPERVISOR_update_va_mapping, page, entry & ~PTE_W,
                UVMF_INVLPG, 0);
        pv_poke(&m, PV_DATA, &mfn, 8);
        ck_assert_int_eq(pv_call(&m, __HYPERVISOR_set_gdt, PV_DATA, 512, 0, 0),
                         -XEN_EINVAL);
    }
    pv_poke(&m, page + 8, "\0\0\0\0\0\0\0\0", 8);
    ck_assert_int_eq(pv_call(&m, __HYPERVISOR_set_gdt, PV_DATA, 512, 0, 0), 0);
    ck_assert_int_eq(pv_call(&m, __HYPERVISOR_update_descriptor,
                             (mfn << 12) + 16, bad[0], 0, 0),
                     -XEN_EINVAL);
    ck_assert_int_eq(pv_call(&m, __HYPERVISOR_update_descriptor,
                             (mfn << 12) + 16, 0x00cff3000000ffffu, 0, 0),
                     0);
    /* The page may not become writable again while it is a GDT. */
    ck_assert_int_eq(
        pv_call(&m, __HYPERVISOR_update_va_mapping, page, entry, 0, 0),
        -XEN_EINVAL);
    pv_machine_finish(&m);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("pv-hypercalls");
    TCase *c = tcase_create("pv-hypercalls");
    SRunner *r;
    int failed;

    tcase_set_timeout(c, 60);
    tcase_add_test(c, test_hypercall_unknown_is_enosys);
    tcase_add_test(c, test_hypercall_bad_pointers_are_efault);
    tcase_add_test(c,
                   test_mmu_update_writes_valid_entry_counts_and_reports_done);
    tcase_add_test(c, test_mmu_update_machphys_writes_own_rows_only);
    tcase_add_test(c, test_update_va_mapping_maps_and_flushes);
    tcase_add_test(c, test_mmuext_new_baseptr_only_of_valid_root);
    tcase_add_test(c, test_multicall_counts_inner_calls_and_stores_results);
    tcase_add_test(c, test_multicall_endless_batch_is_refused_in_time);
    tcase_add_test(c, test_event_virq_binds_once_and_pends_until_unmasked);
    tcase_add_test(c, test_console_ring_bytes_reach_stdout_mad_index_ignored);
    tcase_add_test(c, test_set_gdt_refuses_gates_and_ring_0);
    suite_add_tcase(s, c);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
