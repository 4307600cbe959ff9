# A boot sector that goes through every mode, embedded in its test.
MODES := $(BUILD)/guest/modes
MODES_SECTORS := 8

$(MODES).bin: tests/guest/modes/modes.S
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) -m32 -D__ASSEMBLY__ -DSECTORS=$(MODES_SECTORS) -c \
	    -o $(MODES).elf.o $<
	$(Q)$(GUEST_CC) -m32 -nostdlib -static -no-pie -Wl,-Ttext=0x7c00 \
	    -Wl,--oformat=binary -Wl,--build-id=none -o $@ $(MODES).elf.o

$(MODES).o: tests/guest/modes/modes_image.S $(MODES).bin
	@mkdir -p $(@D)
	$(Q)$(CC) -DMODES_IMAGE='"$(MODES).bin"' -c -o $@ $<

objects_332-cpu-boot_sector := $(MODES).o
