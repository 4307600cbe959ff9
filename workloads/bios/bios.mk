# The BIOS for boot sectors and disks: 16-bit code, always by gcc.

BIOS_SOURCES := $(sort $(wildcard workloads/bios/*.c workloads/bios/*.S))
BIOS_OBJECTS := $(patsubst %,$(BUILD)/guest/obj/%.o,$(basename $(BIOS_SOURCES)))
BIOS_CFLAGS := -std=gnu17 -m16 -march=i386 -Os -ffreestanding -fno-pic \
    -fno-stack-protector -fcf-protection=none -fno-asynchronous-unwind-tables \
    -fno-tree-loop-distribute-patterns -mregparm=3 -mpreferred-stack-boundary=2

$(BUILD)/guest/obj/workloads/bios/%.o: workloads/bios/%.c
	@mkdir -p $(@D)
	@$(if $(filter 1,$(V)),,echo "  GUEST $<")
	$(Q)$(GUEST_CC) $(BIOS_CFLAGS) $(filter-out -Wpedantic,$(WARN)) -I. \
	    -MMD -MP -c -o $@ $<

$(BUILD)/guest/obj/workloads/bios/%.o: workloads/bios/%.S
	@mkdir -p $(@D)
	@$(if $(filter 1,$(V)),,echo "  GUEST $<")
	$(Q)$(GUEST_CC) -m32 -I. -MMD -MP -c -o $@ $<

$(BUILD)/guest/bios.elf: $(BIOS_OBJECTS) workloads/bios/bios.lds
	$(Q)ld -m elf_i386 --build-id=none --no-warn-rwx-segments -T workloads/bios/bios.lds -o $@ \
	    $(BIOS_OBJECTS)

$(BUILD)/guest/bios: $(BUILD)/guest/bios.elf
	@$(if $(filter 1,$(V)),,echo "  GUEST $@")
	$(Q)objcopy -O binary $< $@

-include $(BIOS_OBJECTS:.o=.d)
