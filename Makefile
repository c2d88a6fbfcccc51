# SPDX-License-Identifier: GPL-2.0-or-later
# Frameshift: what memory compaction costs, on two page allocators.

BUILD   ?= build
FLAVOUR ?= vm
ALLOC   ?= llfree
ACCEL   ?= auto
RESULTS ?= results
CC      = gcc
CFLAGS  ?= -std=gnu11 -O2 -g -Wall -Wextra -Werror
V       ?= 0
Q       := $(if $(filter-out 0,$(V)),,@)

# The core and the policies, which build without a kernel as well
LLFREE_DIR := kernel-patch/linux/mm/llfree
# ... and that of persistent pools, but for the device
LLFREE_POOL = $(wildcard $(addprefix $(LLFREE_DIR)/,core.c sets.c policy*.c)) \
	$(addprefix $(LLFREE_DIR)/,pool.c pool_format.c pool_move.c pool_recover.c)

KSRC    := $(BUILD)/linux
KOBJ    := $(BUILD)/obj/$(FLAVOUR)
KERNEL  ?= $(KOBJ)/arch/x86/boot/bzImage
IMAGE   := $(BUILD)/guest.cpio

export BUILD V

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help packages clean distclean

# Each part lists what it builds in TOOLS, and what the guest gets of that in
# GUEST_PROGRAMS; vm packs them and comes after
TOOLS :=
GUEST_PROGRAMS :=
BUILD_FILES := $(addsuffix /build.mk,kernel-patch bpf loader workloads vm analysis tests)
include $(BUILD_FILES)

# What is nothing without LLFree
NEED_LLFREE := $(filter study compare-pool page-cost kills test test-full,$(MAKECMDGOALS))
NEED_LLFREE += $(if $(filter llfree,$(ALLOC)),$(patsubst vm,vm with ALLOC=llfree,$(filter vm,$(MAKECMDGOALS))))
ifeq ($(FLAVOUR),base)
$(if $(strip $(NEED_LLFREE)),$(error FLAVOUR=base is the unpatched kernel, which has no LLFree: there is no $(strip $(NEED_LLFREE)) of it))
endif

help: ## print this text
	@echo 'Targets:'
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(BUILD_FILES) Makefile | \
		awk -F '\t' '{ printf "  %-13s %s\n", $$1, $$2 }'
	@echo 'Variables: FLAVOUR=vm|base|check|kasan ALLOC=buddy|llfree ACCEL=icount|tcg|kvm|auto'
	@echo '           KERNEL_SRC=<kernel tree or tarball> KERNEL=<bzImage> JOBS=<number>'
	@echo '           BUILD=<folder> RESULTS=<folder> V=1'

packages: ## install the Debian packages that are missing
	$(Q)mk/install-packages

tools: $(TOOLS) ## build the programs of the host and of the guest

clean: ## remove what was built, but the kernels
	$(Q)find $(BUILD) -mindepth 1 -maxdepth 1 ! -name linux ! -name base ! -name obj \
		! -name patched.files -exec rm -rf {} + 2>/dev/null || :

distclean: ## remove everything that was built
	$(Q)rm -rf $(BUILD)
