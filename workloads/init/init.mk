# The first process of real kernels: static, no C library, always gcc.

INIT_SOURCES := $(sort $(wildcard workloads/init/*.c workloads/init/*.S))
INIT_OBJECTS := $(patsubst %,$(BUILD)/guest/obj/%.o,$(basename $(INIT_SOURCES)))
INIT_CFLAGS := -std=c17 -O2 -ffreestanding -fno-pic -fno-stack-protector \
    -fcf-protection=none -fno-asynchronous-unwind-tables \
    -fno-tree-loop-distribute-patterns

$(BUILD)/guest/obj/workloads/init/%.o: workloads/init/%.c
	@mkdir -p $(@D)
	@echo "  GUEST $<"
	$(Q)$(GUEST_CC) $(INIT_CFLAGS) $(WARN) -D_DEFAULT_SOURCE -I. -MMD -MP \
	    -c -o $@ $<

$(BUILD)/guest/obj/workloads/init/%.o: workloads/init/%.S
	@mkdir -p $(@D)
	@echo "  GUEST $<"
	$(Q)$(GUEST_CC) -c -o $@ $<

$(BUILD)/guest/init: $(INIT_OBJECTS)
	@echo "  GUEST $@"
	$(Q)$(GUEST_CC) -static -nostdlib -no-pie -s \
	    -Wl,--build-id=none -Wl,-z,noexecstack -o $@ $^

-include $(INIT_OBJECTS:.o=.d)
