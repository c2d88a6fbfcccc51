# SPDX-License-Identifier: GPL-2.0-or-later
# A line a step for cells.awk: the cell, its seed and perturbation, kernel, whether it is valid, sources,
# whether instructions were counted, the sample that its row is compared in, memory, and what its layout
# and demand are called.
[.workload, .mode, .demand, .regime, .memory_mib] as $where | [.seed, .perturbation] as $sample |
[($where + [.proactiveness, .allocator, .policy] + $sample | map(tostring) | join(" ")), $sample[],
	.kernel_release // "-", .valid, .sources // "-", .icount, ($where + $sample | map(tostring) | join(" ")),
	.memory_mib // 0, (if .workload == "pfnlayout" then .mode else .workload end), .demand] | @tsv
