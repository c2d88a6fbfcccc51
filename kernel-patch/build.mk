# SPDX-License-Identifier: GPL-2.0-or-later
# The kernel. Its own make knows what is out of date: always ask it.

KERNELS := $(sort kernel-vm kernel-$(FLAVOUR))
.PHONY: kernel $(KERNELS)

kernel: kernel-$(FLAVOUR) ## build the kernel of FLAVOUR (vm)
$(KERNELS): kernel-%: | packages
	$(Q)kernel-patch/build.sh $*
