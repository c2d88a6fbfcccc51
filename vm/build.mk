# SPDX-License-Identifier: GPL-2.0-or-later
# The guest: its image, the kernel's own tests in it, and a shell.

.PHONY: image vm

# tools/testing/selftests/mm, static; their Makefile wants headers installed
SELFTESTS    := compaction_test transhuge-stress
SELFTESTS_SRC = $(BUILD)/base/linux/tools/testing/selftests/mm

$(BUILD)/base/source: | packages
	$(Q)kernel-patch/build.sh base source

$(SELFTESTS:%=$(BUILD)/selftests/%): $(BUILD)/selftests/%: $(BUILD)/base/source
	@mkdir -p $(@D)
	$(Q)$(CC) -O2 -static -D_GNU_SOURCE -isystem $(SELFTESTS_SRC)/../../../include/uapi \
		-o $@ $(SELFTESTS_SRC)/$(@F).c $(SELFTESTS_SRC)/vm_util.c -lpthread

HOLD := $(BUILD)/bin/hold
$(HOLD): vm/hold.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -static -o $@ $<

GUEST_FILES = $(HOLD) $(GUEST_PROGRAMS) $(SELFTESTS:%=$(BUILD)/selftests/%)

$(IMAGE): vm/mkimage vm/init $(GUEST_FILES) | packages
	$(Q)vm/mkimage $@ $(GUEST_FILES)

image: $(IMAGE) ## build the guest's initramfs

vm: kernel image ## open a shell in a guest: ALLOC=buddy|llfree
	$(Q)vm/run --alloc $(ALLOC) --accel $(ACCEL) --kernel $(KERNEL) --image $(IMAGE) --shell
