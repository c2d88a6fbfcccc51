# SPDX-License-Identifier: GPL-2.0-or-later
# Workloads: static programs, the same in every guest.

WORKLOAD_BINS := $(addprefix $(BUILD)/bin/,pfnlayout churn folios demand poolwriter)
WORKLOAD_MAINS := $(addprefix workloads/,pfnlayout.c churn.c folios.c pagedemand.c)
# What a persistent pool needs is in no program that the comparison runs
WORKLOAD_POOL := $(wildcard workloads/pool*.c)
WORKLOAD_LIB := $(filter-out $(WORKLOAD_MAINS) $(WORKLOAD_POOL),$(wildcard workloads/*.c))
WORKLOAD_HDRS := $(wildcard workloads/*.h)
WORKLOAD_UAPI := -Ikernel-patch/linux/include/uapi

$(BUILD)/bin/pfnlayout: workloads/pfnlayout.c
$(BUILD)/bin/churn: workloads/churn.c
$(BUILD)/bin/folios: workloads/folios.c
$(BUILD)/bin/demand: workloads/pagedemand.c
$(BUILD)/bin/poolwriter: $(WORKLOAD_POOL)
$(WORKLOAD_BINS): $(WORKLOAD_LIB) $(WORKLOAD_HDRS)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -D_GNU_SOURCE $(WORKLOAD_UAPI) -static -ffunction-sections -Wl,--gc-sections -o $@ \
		$(filter %.c,$^)

TOOLS += $(WORKLOAD_BINS)
GUEST_PROGRAMS += $(WORKLOAD_BINS)

POOLWRITER_TEST := $(BUILD)/tests/workloads/test_poolwriter
WORKLOAD_TESTS := $(filter-out $(POOLWRITER_TEST), \
	$(patsubst tests/workloads/%.c,$(BUILD)/tests/workloads/%,$(wildcard tests/workloads/test_*.c)))

$(BUILD)/tests/workloads/%: tests/workloads/%.c tests/workloads/check.h $(WORKLOAD_LIB) \
		$(WORKLOAD_HDRS)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -D_GNU_SOURCE -Iworkloads -fsanitize=address,undefined \
		-fno-sanitize-recover -o $@ $(filter %.c,$^)

# Its pool is the kernel's code, in this process
$(POOLWRITER_TEST): $(addprefix tests/workloads/,test_poolwriter.c fakepool.c fakepool.h check.h) \
		$(filter-out %/poolwriter.c %/pooldev.c,$(WORKLOAD_POOL)) $(WORKLOAD_LIB) $(WORKLOAD_HDRS) $(LLFREE_POOL)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -fno-strict-aliasing -D_GNU_SOURCE -DLLFREE_PLATFORM='"platform_user.h"' -Iworkloads \
		-Itests -I$(LLFREE_DIR) -fsanitize=address,undefined -fno-sanitize-recover -o $@ $(filter %.c,$^)

HOST_TESTS += $(POOLWRITER_TEST) $(filter-out %/test_zones,$(WORKLOAD_TESTS)) \
	$(BUILD)/tests/workloads/test_zones:tests/workloads/zoneinfo.txt \
	tests/workloads/options.sh:$(BUILD)/bin
check-programs: $(POOLWRITER_TEST) $(WORKLOAD_TESTS) $(WORKLOAD_BINS)
