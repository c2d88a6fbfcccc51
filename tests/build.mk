# SPDX-License-Identifier: GPL-2.0-or-later
# The tests.  `make check` needs no guest; `make test` is check and the guests.
#
# Each part adds its programs to HOST_TESTS, as PROGRAM[:ARGUMENT]..., and to
# the prerequisites of `check-programs`.  A test exits 0 (passed), 1 (failed) or
# 77 (skipped, with a reason).

.PHONY: check test test-full bench

CORE_HEADERS := $(wildcard tests/core/*.h tests/policy/*.h tests/pool/*.h tests/crash/*.h $(LLFREE_DIR)/*.h) \
	tests/platform_user.h
CORE_CFLAGS   = $(CFLAGS) -fno-strict-aliasing -pthread -DLLFREE_PLATFORM='"platform_user.h"' \
	-Itests -Itests/core -Itests/policy -I$(LLFREE_DIR)

# The same core, as it is, under two sanitizers, and stopped at each access
CORE_FLAGS_plain :=
CORE_FLAGS_asan  := -fsanitize=address,undefined -fno-sanitize-recover=all
CORE_FLAGS_tsan  := -fsanitize=thread
CORE_FLAGS_steps := -DLLFREE_STEPS

CORE_ROW_TESTS   := row
CORE_UNIT_TESTS  := get put block bulk order pack level
CORE_RACE_TESTS  := races wakeup interrupts defects
CORE_plain       := $(CORE_UNIT_TESTS) $(CORE_ROW_TESTS) exhaust stress signals
CORE_asan        := $(CORE_UNIT_TESTS) $(CORE_ROW_TESTS) exhaust stress
CORE_tsan        := exhaust stress
CORE_steps       := $(CORE_RACE_TESTS)

# $(1): flavour
define core_flavour
$(BUILD)/tests/core-$(1)/%.o: tests/core/%.c $(CORE_HEADERS) | packages
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(CORE_CFLAGS) $(CORE_FLAGS_$(1)) -c -o $$@ $$<
$(BUILD)/tests/core-$(1)/%.o: $(LLFREE_DIR)/%.c $(CORE_HEADERS) | packages
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(CORE_CFLAGS) $(CORE_FLAGS_$(1)) -c -o $$@ $$<
$(BUILD)/tests/core-$(1)/test_%: $(BUILD)/tests/core-$(1)/test_%.o \
		$(addprefix $(BUILD)/tests/core-$(1)/,check.o world.o core.o) \
		$(if $(filter steps,$(1)),$(addprefix $(BUILD)/tests/core-$(1)/,explore.o race.o))
	$$(Q)$$(CC) $$(CORE_CFLAGS) $(CORE_FLAGS_$(1)) -o $$@ $$^
CORE_TESTS += $(addprefix $(BUILD)/tests/core-$(1)/test_,$(CORE_$(1)))
endef
$(foreach flavour,plain asan tsan steps,$(eval $(call core_flavour,$(flavour))))
.SECONDARY:

# The compaction policies are driven in a zone of their own
POLICY_SOURCES := $(LLFREE_DIR)/core.c $(LLFREE_DIR)/sets.c $(wildcard $(LLFREE_DIR)/policy*.c)
$(BUILD)/tests/policy/test_%: tests/policy/test_%.c tests/policy/sim.c tests/policy/demand.c tests/core/check.c \
		tests/core/world.c $(POLICY_SOURCES) $(CORE_HEADERS)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CORE_CFLAGS) $(CORE_FLAGS_asan) -o $@ $(filter %.c,$^)
$(BUILD)/tests/policy/test_index-tsan: tests/policy/test_index.c tests/core/check.c tests/core/world.c \
		$(POLICY_SOURCES) $(CORE_HEADERS)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CORE_CFLAGS) $(CORE_FLAGS_tsan) -o $@ $(filter %.c,$^)
$(BUILD)/tests/policy/steps_%: tests/policy/steps_%.c $(addprefix tests/core/,check.c world.c explore.c) \
		$(POLICY_SOURCES) $(CORE_HEADERS)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CORE_CFLAGS) $(CORE_FLAGS_steps) -o $@ $(filter %.c,$^)
POLICY_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/policy/test_*.c)) \
	$(BUILD)/tests/policy/test_index-tsan $(BUILD)/tests/policy/steps_index

# The persistent pool; crashes are modelled where stores, flushes and fences are seen
POOL_SOURCES := $(LLFREE_POOL)
POOL_CFLAGS   = $(CORE_CFLAGS) -D_GNU_SOURCE -Itests/pool -Itests/crash
$(BUILD)/tests/pool/test_%: tests/pool/test_%.c tests/pool/region.c tests/core/check.c $(POOL_SOURCES) $(CORE_HEADERS)
	@mkdir -p $(@D)
	$(Q)$(CC) $(POOL_CFLAGS) $(CORE_FLAGS_asan) -o $@ $(filter %.c,$^)
$(BUILD)/tests/crash/explorer: $(addprefix tests/crash/,explorer.c case.c oracle.c pmem.c format.c proof.c) \
		$(addprefix tests/core/,check.c explore.c) $(POOL_SOURCES) $(CORE_HEADERS)
	@mkdir -p $(@D)
	$(Q)$(CC) $(POOL_CFLAGS) $(CORE_FLAGS_steps) -DLLFREE_PMEM -o $@ $(filter %.c,$^)
POOL_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/pool/test_*.c)) $(BUILD)/tests/pool/test_stress-tsan
$(BUILD)/tests/crash/pairs: $(addprefix tests/crash/,pairs.c proof.c) \
		$(addprefix tests/core/,check.c explore.c race.c world.c) $(LLFREE_DIR)/core.c $(CORE_HEADERS)
	@mkdir -p $(@D)
	$(Q)$(CC) $(POOL_CFLAGS) $(CORE_FLAGS_steps) -o $@ $(filter %.c,$^)
$(BUILD)/tests/pool/test_stress-tsan: tests/pool/test_stress.c tests/pool/region.c tests/core/check.c $(POOL_SOURCES) \
		$(CORE_HEADERS)
	@mkdir -p $(@D)
	$(Q)$(CC) $(POOL_CFLAGS) $(CORE_FLAGS_tsan) -o $@ $(filter %.c,$^)

# What watches a guest's stores to a pool, as a plugin of QEMU
AUDIT_SOURCES := tests/audit/audit.c $(LLFREE_DIR)/pool_format.c
$(BUILD)/tests/audit/audit.so: $(AUDIT_SOURCES) $(wildcard tests/audit/*.h) tests/plugin.h $(CORE_HEADERS)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CORE_CFLAGS) -fPIC -fvisibility=hidden -shared -o $@ $(filter %.c,$^)
$(BUILD)/tests/audit/test_audit: tests/audit/test_audit.c $(AUDIT_SOURCES) $(wildcard tests/audit/*.h) tests/plugin.h $(CORE_HEADERS)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CORE_CFLAGS) $(CORE_FLAGS_asan) -o $@ $(filter %.c,$^)
POOL_TESTS += $(BUILD)/tests/audit/test_audit
# In the guest: operations for it to see
$(BUILD)/tests/audit/operations: tests/audit/operations.c kernel-patch/linux/include/uapi/linux/llfree_pool.h
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -D_GNU_SOURCE -idirafter kernel-patch/linux/include/uapi -static -o $@ $<

PROVERS    := $(BUILD)/tests/crash/explorer $(BUILD)/tests/crash/pairs

HOST_TESTS += $(CORE_TESTS) $(POLICY_TESTS) $(POOL_TESTS) $(PROVERS:%=%:check) tests/audit/test_code tests/test_run tests/test_kernel vm/test/splats vm/test/run

# The packages come first
$(filter $(BUILD)/%,$(foreach test,$(HOST_TESTS),$(firstword $(subst :, ,$(test))))): | packages

.PHONY: check-programs
check-programs: $(CORE_TESTS) $(POLICY_TESTS) $(POOL_TESTS) $(PROVERS)
check: packages ## run the tests that need no guest
	$(Q)$(MAKE) --no-print-directory -j$$(nproc) check-programs
	$(Q)tests/run host $(HOST_TESTS)

# What they find is in RESULTS/proof.json.  On two processors `prove` takes six minutes
.PHONY: prove prove-full
# $(1): how far
prove_run = LIMIT=$(2) tests/run host $(foreach prover,$(PROVERS),$(prover):$(1):$(RESULTS)/proof/$(notdir $(prover)).jsonl) \
	tests/models/run && $(TIME_ALONE) && tests/proof $(RESULTS)
# A time that other programs do not lengthen
TIME_ALONE = tests/run host $(BUILD)/bin/bench_recovery:-p:$(RESULTS)/proof/recovery.jsonl
prove: $(PROVERS) $(BUILD)/bin/bench_recovery ## explore crashes and schedules further, with mutants; verify models
	$(Q)$(call prove_run,test,1800)
prove-full: $(PROVERS) $(BUILD)/bin/bench_recovery ## ... to larger bounds
	$(Q)FULL=1 $(call prove_run,full,86400)

# Static programs that only the tests in the guest need
GUEST_TEST_PROGRAMS := $(patsubst tests/guest/%.c,$(BUILD)/tests/guest/%,$(wildcard tests/guest/*.c))
$(BUILD)/tests/guest/%: tests/guest/%.c tests/guest/pool.h kernel-patch/linux/include/uapi/linux/llfree_pool.h
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -D_GNU_SOURCE -idirafter kernel-patch/linux/include/uapi -static -pthread -o $@ $< $(GUEST_TEST_LIBS)

$(BUILD)/tests/guest/policyload: private GUEST_TEST_LIBS := -lbpf -lelf -lz

# Compaction policies in BPF: bad ones, and those that ought to work
GUEST_POLICIES := $(patsubst tests/guest/policies/%.bpf.c,$(BUILD)/tests/guest/policies/%.bpf.o,\
	$(wildcard tests/guest/policies/*.bpf.c)) \
	$(addprefix $(BUILD)/tests/guest/policies/,bpf_occupancy.bpf.o half_free.bpf.o)
$(BUILD)/tests/guest/policies/%.bpf.o: tests/guest/policies/%.bpf.c bpf/policies/policy.h $(BUILD)/bpf/vmlinux.h
	@mkdir -p $(@D)
	$(Q)clang $(BPF_CFLAGS) -I$(BUILD)/bpf -Ibpf/policies -c -o $@ $<
# The tutorial's, as a reader would copy it
$(BUILD)/tests/guest/policies/half_free.bpf.c: docs/policy-tutorial.md
	@mkdir -p $(@D)
	$(Q)sed -n '/^    .*SPDX/,/^    POLICY/{ s/^    //; p }' $< >$@
$(BUILD)/tests/guest/policies/half_free.bpf.o: $(BUILD)/tests/guest/policies/half_free.bpf.c \
		bpf/policies/policy.h $(BUILD)/bpf/vmlinux.h
	$(Q)clang $(BPF_CFLAGS) -I$(BUILD)/bpf -Ibpf/policies -c -o $@ $<
$(BUILD)/tests/guest/policies/%.bpf.o: $(BUILD)/bpf/policies/%.bpf.o
	@mkdir -p $(@D)
	$(Q)cp $< $@

# Power cuts of whole guests with a persistent pool; what is found joins RESULTS/proof.json
KILLS ?= 3
SEED  ?= 1
.PHONY: kills
kills: kernel image $(BUILD)/bin/frameshift $(addprefix $(BUILD)/tests/audit/,audit.so operations) ## kill KILLS (3) guests that work on a pool; SEED
	$(Q)KERNEL="$(KERNEL)" tests/kills $(KILLS) $(SEED); status=$$?; \
		tests/proof $(RESULTS) >/dev/null && exit $$status

.PHONY: test-programs
test-programs: kernel image $(GUEST_TEST_PROGRAMS) $(GUEST_POLICIES) ## build what tests/run guest needs

test: check prove test-programs ## run all tests on one kernel
	$(Q)tests/run guest
	$(Q)$(MAKE) --no-print-directory kills

# prove-full and 100 kills stand for what they are in `test`
test-full: check test-programs $(BUILD)/compare.cpio $(BUILD)/bin/fsanalyze ## ... further, on the debug kernels, and buddy against the unpatched kernel
	$(Q)tests/run guest
	$(Q)$(MAKE) FLAVOUR=check kernel
	$(Q)$(MAKE) FLAVOUR=kasan kernel
	$(Q)$(MAKE) FLAVOUR=base kernel
	$(Q)tests/run full
	$(Q)$(MAKE) --no-print-directory kills KILLS=100
	$(Q)$(MAKE) prove-full

$(BUILD)/bin/bench_core: tests/bench/bench_core.c tests/core/check.c $(POLICY_SOURCES) $(CORE_HEADERS)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CORE_CFLAGS) -D_GNU_SOURCE -o $@ $(filter %.c,$^)

# The kernel counts bits by an instruction, too. Where a loop comes to lie can cost
# half as much again, which is not what is measured
$(BUILD)/bin/bench_recovery: tests/bench/bench_recovery.c tests/crash/proof.c tests/core/check.c $(POOL_SOURCES) $(CORE_HEADERS)
	@mkdir -p $(@D)
	$(Q)$(CC) $(POOL_CFLAGS) -DLLFREE_WRITE_BACK -mpopcnt -falign-loops=32 -o $@ $(filter %.c,$^)

bench: packages $(BUILD)/bin/bench_core $(BUILD)/bin/bench_recovery ## measure the core, its indexes and the pool's recovery in user space
	$(Q)$(BUILD)/bin/bench_core
	$(Q)tests/bench/index_cost $(BUILD)/bin/bench_core
	$(Q)$(BUILD)/bin/bench_recovery

.PHONY: page-cost
page-cost: kernel image ## count what a page costs in the kernel, on both allocators: ORDERS
	$(Q)KERNEL="$(KERNEL)" tests/bench/page_cost $(ORDERS)

# What counts a guest's instructions, as a plugin of QEMU
$(BUILD)/tests/bench/profile.so: tests/bench/profile.c tests/plugin.h
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -Itests -fPIC -fvisibility=hidden -shared -o $@ $<
.PHONY: profile
profile: kernel $(BUILD)/compare.cpio $(BUILD)/tests/bench/profile.so ## count where compaction's instructions go: ROWS LAYOUT STEP SEED
	$(Q)KERNEL="$(KERNEL)" tests/bench/profile
