# Random system-mode cases: system-32.img and system-64.img, disks with a boot
# sector; the seed and the number of cases are at bytes 520 and 524.
SYSTEM_SOURCES := cases.c random.c tables.c instruction.c control.c report.c
SYSTEM_FILES := $(addprefix tests/guest/system/,$(SYSTEM_SOURCES))

$(BUILD)/guest/system-%.img: $(SYSTEM_FILES) $(wildcard tests/guest/system/*) \
    tests/bench/integer/integer.lds $(BUILD)/guest/integer-sector
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) -m$* -Os -std=c17 -ffreestanding -fno-pic -I. \
	    -mno-sse -mno-mmx -fcf-protection=none -fno-stack-protector -Wall -Wextra \
	    $(if $(filter 64,$*),-mcmodel=small -mno-red-zone) \
	    -fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns \
	    -nostdlib -static -no-pie -Wl,--build-id=none \
	    -Wl,-z,noexecstack -Wl,-z,max-page-size=0x1000 \
	    -T tests/bench/integer/integer.lds -o $@.elf \
	    tests/guest/system/entry$*.S $(SYSTEM_FILES) \
	    tests/guest/system/machine$*.c
	$(Q)objcopy -O binary $@.elf $@.flat
	$(Q)cat $(BUILD)/guest/integer-sector $@.flat >$@.tmp
	$(Q)truncate -s 1032192 $@.tmp # two cylinders of 16 heads, 63 sectors
	$(Q)rm $@.flat && mv $@.tmp $@

system-images: $(BUILD)/guest/system-32.img $(BUILD)/guest/system-64.img
.PHONY: system-images
