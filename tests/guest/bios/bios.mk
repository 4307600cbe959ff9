# A disk of 64 sectors that asks a BIOS for its services: $(BUILD)/guest/services.
SERVICES_OBJECTS := $(patsubst %,$(BUILD)/guest/obj/tests/guest/bios/%.o,check start)

$(BUILD)/guest/obj/tests/guest/bios/%.o: tests/guest/bios/%.c tests/guest/bios/bios.mk
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(BIOS_CFLAGS) $(filter-out -Wpedantic,$(WARN)) \
	    -Wno-array-bounds \
	    -fno-delete-null-pointer-checks -I. -c -o $@ $<

$(BUILD)/guest/obj/tests/guest/bios/%.o: tests/guest/bios/%.S
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) -m32 -I. -c -o $@ $<

$(BUILD)/guest/services: $(SERVICES_OBJECTS) tests/guest/bios/bios.lds
	$(Q)ld -m elf_i386 --build-id=none --no-warn-rwx-segments \
	    -T tests/guest/bios/bios.lds -o $@.elf $(SERVICES_OBJECTS)
	$(Q)objcopy -O binary $@.elf $@

# A disk that resets the machine: $(BUILD)/guest/resets.
$(BUILD)/guest/resets: $(BUILD)/guest/obj/tests/guest/bios/reset.o
	$(Q)ld -m elf_i386 --build-id=none --no-warn-rwx-segments -Ttext 0x7c00 \
	    -e start -o $@.elf $<
	$(Q)objcopy -O binary $@.elf $@
