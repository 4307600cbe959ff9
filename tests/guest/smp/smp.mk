# The kernel that starts all CPUs: $(BUILD)/guest/smp.
SMP_OBJECTS := $(patsubst %,$(BUILD)/guest/obj/%.o,tests/guest/smp/smp.c \
    tests/guest/smp/litmus.c \
    tests/guest/smp/smp_entry.S workloads/kernel/pvh_entry.S \
    workloads/kernel/notes.S)

$(BUILD)/guest/obj/tests/guest/smp/%.c.o: tests/guest/smp/%.c
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(KERNEL_CFLAGS) $(filter-out -Wpedantic,$(WARN)) -I. \
	    -MMD -MP -c -o $@ $<

$(BUILD)/guest/obj/tests/guest/smp/%.S.o: tests/guest/smp/%.S
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) -D__ASSEMBLY__ -I. -c -o $@ $<

$(BUILD)/guest/smp: $(SMP_OBJECTS) workloads/kernel/kernel.lds
	$(Q)$(GUEST_CC) -nostdlib -static -no-pie -Wl,-z,noexecstack \
	    -Wl,--build-id=none -Wl,-z,max-page-size=0x1000 \
	    -T workloads/kernel/kernel.lds -o $@ $(SMP_OBJECTS)

# The kernel that knows KVM: $(BUILD)/guest/kvm.
KVM_OBJECTS := $(patsubst %,$(BUILD)/guest/obj/%.o,tests/guest/smp/kvm.c \
    tests/guest/smp/smp_entry.S workloads/kernel/pvh_entry.S \
    workloads/kernel/notes.S)

$(BUILD)/guest/kvm: $(KVM_OBJECTS) workloads/kernel/kernel.lds
	$(Q)$(GUEST_CC) -nostdlib -static -no-pie -Wl,-z,noexecstack \
	    -Wl,--build-id=none -Wl,-z,max-page-size=0x1000 \
	    -T workloads/kernel/kernel.lds -o $@ $(KVM_OBJECTS)
