# The measuring kernel: $(BUILD)/guest/nano.  Its start is the minikernel's.
NANO_OBJECTS := $(patsubst %,$(BUILD)/guest/obj/%.o,tests/guest/nano/nano.c \
    tests/guest/nano/nano_entry.S workloads/kernel/pvh_entry.S \
    workloads/kernel/notes.S)

$(BUILD)/guest/obj/tests/guest/nano/%.c.o: tests/guest/nano/%.c
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(KERNEL_CFLAGS) $(filter-out -Wpedantic,$(WARN)) -I. \
	    -MMD -MP -c -o $@ $<

$(BUILD)/guest/obj/tests/guest/nano/%.S.o: tests/guest/nano/%.S
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) -D__ASSEMBLY__ -I. -c -o $@ $<

$(BUILD)/guest/nano: $(NANO_OBJECTS) workloads/kernel/kernel.lds
	$(Q)$(GUEST_CC) -nostdlib -static -no-pie -Wl,-z,noexecstack \
	    -Wl,--build-id=none -Wl,-z,max-page-size=0x1000 \
	    -T workloads/kernel/kernel.lds -o $@ $(NANO_OBJECTS)
