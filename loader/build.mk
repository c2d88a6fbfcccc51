# SPDX-License-Identifier: GPL-2.0-or-later
# frameshift, static because the guest has no libraries, and the host tests of
# its parts that need no kernel.

FRAMESHIFT_OBJECTS := $(patsubst loader/%.c,$(BUILD)/loader/%.o,$(wildcard loader/*.c))
FRAMESHIFT_CFLAGS = $(CFLAGS) -D_GNU_SOURCE -Ibpf -Iloader -I$(BUILD)/bpf

POOL_VERBS_TESTS := $(BUILD)/tests/loader/test_pool $(BUILD)/tests/loader/test_pool_device
LOADER_TESTS := $(filter-out $(POOL_VERBS_TESTS),$(patsubst %.c,$(BUILD)/%,$(wildcard tests/loader/test_*.c)))
LOADER_TESTED := $(addprefix loader/,util.c phases.c vmstat.c zones.c tracepoints.c \
	record_audit.c record_json.c)

# The pool's verbs read an image by the kernel's own code
POOL_VERBS := $(patsubst loader/%.c,$(BUILD)/loader/%.o,$(wildcard loader/pool*.c))
POOL_CORE := $(LLFREE_POOL:$(LLFREE_DIR)/%.c=$(BUILD)/loader/llfree/%.o)
POOL_CFLAGS_USER := -fno-strict-aliasing -DLLFREE_PLATFORM='"platform_user.h"' -Itests -I$(LLFREE_DIR) \
	-Ikernel-patch/linux/include/uapi
$(POOL_VERBS) $(POOL_CORE): FRAMESHIFT_CFLAGS += $(POOL_CFLAGS_USER)

$(BUILD)/bin/frameshift: $(FRAMESHIFT_OBJECTS) $(POOL_CORE)
	@mkdir -p $(@D)
	$(Q)$(CC) -static -o $@ $^ -lbpf -lelf -lz -ljson-c

$(BUILD)/loader/%.o: loader/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(FRAMESHIFT_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/loader/llfree/%.o: $(LLFREE_DIR)/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(FRAMESHIFT_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/loader/session.o: $(BUILD)/bpf/frameshift.skel.h

$(LOADER_TESTS): $(BUILD)/%: %.c $(LOADER_TESTED) $(wildcard loader/*.h tests/loader/*.h bpf/*.h)
	@mkdir -p $(@D)
	$(Q)$(CC) $(FRAMESHIFT_CFLAGS) -fsanitize=address,undefined -fno-sanitize-recover=all \
		-o $@ $(filter %.c,$^) -lbpf -ljson-c

$(BUILD)/tests/loader/test_report: loader/report.c
$(BUILD)/tests/loader/test_recording: loader/record.c
$(BUILD)/tests/loader/test_options: loader/check.c loader/policy.c

$(POOL_VERBS_TESTS): FRAMESHIFT_CFLAGS += $(POOL_CFLAGS_USER)
$(BUILD)/tests/loader/test_pool: FRAMESHIFT_CFLAGS += -Wl,--wrap=aligned_alloc,--wrap=pwrite,--wrap=fsync
$(BUILD)/tests/loader/test_pool_device: FRAMESHIFT_CFLAGS += -Wl,--wrap=ioctl
$(POOL_VERBS_TESTS): $(BUILD)/%: %.c loader/util.c $(wildcard loader/*.h tests/loader/*.h) \
		$(POOL_VERBS:$(BUILD)/%.o=%.c) $(LLFREE_POOL)
	@mkdir -p $(@D)
	$(Q)$(CC) $(FRAMESHIFT_CFLAGS) -fsanitize=address,undefined -fno-sanitize-recover=all \
		-o $@ $(filter %.c,$^) -ljson-c

HOST_TESTS += $(LOADER_TESTS) $(POOL_VERBS_TESTS)
check-programs: $(LOADER_TESTS) $(POOL_VERBS_TESTS)

TOOLS += $(BUILD)/bin/frameshift
GUEST_PROGRAMS += $(BUILD)/bin/frameshift

-include $(FRAMESHIFT_OBJECTS:.o=.d) $(POOL_CORE:.o=.d)
