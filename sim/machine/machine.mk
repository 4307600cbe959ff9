# The command line: files embedded in the program, and its installation.

# Profiles in the order of `ringside list profiles`: oldest first.
PROFILES := pentium4-2005 nehalem skylake zen2
PROFILE_FILES := $(PROFILES:%=sim/machine/profiles/%.conf)

# Assembler files that include the others whole: .incbin is a directive that
# gcc and clang share.
$(BUILD)/gen/profiles.S: sim/machine/machine.mk
	@mkdir -p $(@D)
	@{ echo '.section .rodata'; \
	n=0; for p in $(PROFILES); do n=$$((n + 1)); \
	    echo "name$$n: .asciz \"$$p\""; \
	    echo "text$$n: .incbin \"sim/machine/profiles/$$p.conf\""; \
	    echo '.byte 0'; done; \
	echo '.section .data.rel.ro, "aw"'; echo '.balign 8'; \
	echo '.globl blob_profiles'; echo '.type blob_profiles, @object'; \
	echo 'blob_profiles:'; \
	n=0; for p in $(PROFILES); do n=$$((n + 1)); \
	    echo ".quad name$$n, text$$n"; done; \
	echo '.quad 0, 0'; echo '.size blob_profiles, . - blob_profiles'; \
	echo '.section .note.GNU-stack, "", @progbits'; } > $@

$(BUILD)/gen/guests.S: sim/machine/machine.mk
	@mkdir -p $(@D)
	@{ echo '.section .rodata'; \
	for f in minikernel programs programs.names init init32 bios; do \
	    b=$$(echo $$f | tr . _); \
	    echo '.balign 4096'; echo ".globl blob_$${b}_start, blob_$${b}_end"; \
	    echo "blob_$${b}_start: .incbin \"$(BUILD)/guest/$$f\""; \
	    echo "blob_$${b}_end: .byte 0"; done; \
	echo '.section .note.GNU-stack, "", @progbits'; } > $@

$(BUILD)/obj/gen/profiles.o: $(BUILD)/gen/profiles.S $(PROFILE_FILES)
$(BUILD)/obj/gen/guests.o: $(BUILD)/gen/guests.S $(BUILD)/guest/minikernel \
    $(BUILD)/guest/programs $(BUILD)/guest/programs.names $(BUILD)/guest/init $(BUILD)/guest/init32 \
    $(BUILD)/guest/bios
$(BUILD)/obj/gen/profiles.o $(BUILD)/obj/gen/guests.o:
	@mkdir -p $(@D)
	@echo "  EMBED $@"
	$(Q)$(CC) -c -o $@ $<

$(call layer_lib,sim/machine): $(BUILD)/obj/gen/profiles.o \
    $(BUILD)/obj/gen/guests.o

# Manual page and completion come from the tables behind --help.
$(BUILD)/ringside.1: $(BUILD)/ringside
	$(Q)$(BUILD)/ringside generate man > $@.tmp && mv $@.tmp $@
$(BUILD)/ringside.bash: $(BUILD)/ringside
	$(Q)$(BUILD)/ringside generate bash > $@.tmp && mv $@.tmp $@

docs: $(BUILD)/ringside.1 $(BUILD)/ringside.bash
install: $(BUILD)/ringside docs
	install -D -m 755 $(BUILD)/ringside $(DESTDIR)$(PREFIX)/bin/ringside
	install -D -m 644 $(BUILD)/ringside.1 \
	    $(DESTDIR)$(PREFIX)/share/man/man1/ringside.1
	install -D -m 644 $(BUILD)/ringside.bash \
	    $(DESTDIR)$(PREFIX)/share/bash-completion/completions/ringside
uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/ringside \
	    $(DESTDIR)$(PREFIX)/share/man/man1/ringside.1 \
	    $(DESTDIR)$(PREFIX)/share/bash-completion/completions/ringside

.PHONY: docs install uninstall
