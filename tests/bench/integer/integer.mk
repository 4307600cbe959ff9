# The integer kernels: integer-K.elf for loaders that know Multiboot, and
# integer-K.img, a disk with a boot sector, for machines with a BIOS.
INTEGER := $(patsubst %,$(BUILD)/guest/integer-%,0 1 2 3 4 5 6)

$(BUILD)/guest/integer-%.elf: tests/bench/integer/integer.c \
    tests/bench/integer/entry.S tests/bench/integer/integer.lds
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) -O2 -std=c17 -ffreestanding -fno-pic -mcmodel=small \
	    -mno-sse -mno-red-zone -fcf-protection=none -fno-stack-protector \
	    -fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns \
	    -DKERNEL=$* -nostdlib -static -no-pie -Wl,--build-id=none \
	    -Wl,-z,noexecstack -Wl,-z,max-page-size=0x1000 \
	    -T tests/bench/integer/integer.lds -o $@.64 \
	    tests/bench/integer/entry.S tests/bench/integer/integer.c
	$(Q)objcopy -O elf32-i386 $@.64 $@ # what Multiboot asks for
	$(Q)rm $@.64

$(BUILD)/guest/integer-sector: tests/bench/integer/sector.S
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) -nostdlib -static -no-pie -Wl,--build-id=none \
	    -Wl,-z,noexecstack -Wl,-Ttext=0x7c00 -Wl,--oformat=binary -o $@ $<

$(BUILD)/guest/integer-%.img: $(BUILD)/guest/integer-%.elf \
    $(BUILD)/guest/integer-sector
	$(Q)objcopy -O binary $< $@.flat
	$(Q)cat $(BUILD)/guest/integer-sector $@.flat > $@.tmp
	$(Q)truncate -s 1032192 $@.tmp # two cylinders of 16 heads, 63 sectors
	$(Q)rm $@.flat && mv $@.tmp $@

integer-images: $(INTEGER:%=%.elf) $(INTEGER:%=%.img)
.PHONY: integer-images
