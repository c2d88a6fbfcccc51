# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A study that reaches every goal, but for what a test changes. To be sourced.

# Lines of runs.jsonl: every cell has a minimum of 1000 moves and two frames.  NAME=VALUE changes
#   seeds, runs (10, 3)  of each cell
#   linux (2000), occupancy (1010), bucket (1030)  moves
#   insns, insns_few, insns_uniform (0.3, 0.4, 0.7)  instructions, Linux has a million
#   delivered, reach (2)  frames of two: of the policies, of Linux
#   first, late (0)  the minimum for the first frame of two, of which Linux takes twice; what policies move beyond it
#   zones (1)  from which frames are delivered
#   background, off, full (3000, 4000, 3500)  moves of Linux's system at 20, 0 and 100
#   policies (2500)  moves of the policies' system
#   apart (0)  pages by which a frame of LLFree's layouts differs from Linux's
#   only (all)  of the layouts
#   spread (1)  how far the moves of a seed or a perturbation lie from those of another
#   memory (2048), kind (hugetlb)  of the guest, of the demand
#   vain, freed, failed (0)  of the policies: pages isolated in vain, moved and then freed; compactions
study() {
	# shellcheck disable=SC2046 # a word each
	awk $(printf -- '-v %s ' linux=2000 occupancy=1010 bucket=1030 insns=0.3 insns_few=0.4 insns_uniform=0.7 \
		seeds=10 runs=3 delivered=2 reach=2 first=0 late=0 zones=1 background=3000 off=4000 full=3500 policies=2500 apart=0 only=all \
		spread=1 memory=2048 kind=hugetlb vain=0 freed=0 failed=0 "$@") '
	function cell(row, layout, regime, proactiveness, demand, moves, million, frames,    seed, run, m, part) {
		split(row, part, "/")
		for (seed = 1; seed <= seeds; seed++)
			for (run = 1; run <= runs; run++) {
				m = moves + spread * ((part[1] == "llfree" ? seed : 2 * seed) % 3 + run)
				printf "{\"allocator\":\"%s\",\"policy\":\"%s\",\"workload\":\"%s\",\"mode\":\"%s\",", part[1],
					part[2], layout == "churn" ? layout : "pfnlayout", layout == "churn" ? "mixed" : layout
				printf "\"demand\":\"%s\",\"regime\":\"%s\",\"proactiveness\":%d,\"memory_mib\":%d,", kind, regime,
					proactiveness, memory
				printf "\"seed\":%d,\"perturbation\":%d,\"step\":1,\"demand_pct\":%d,\"icount\":true,", seed, run, demand
				printf "\"requested_chunks\":2,\"delivered_chunks\":%d,\"cleared_chunks\":%d,", frames, frames
				printf "\"pages_moved\":%d,\"optimal_moves\":%d,", m, 1000
				if (part[1] == "buddy" && frames == 1)
					printf "\"deliveries\":[%d],\"optimal_deliveries\":[%d],", 2 * first, first
				else
					printf "\"deliveries\":[%d,%d],\"optimal_deliveries\":[%d,1000],",
						part[1] == "llfree" ? first + late : 2 * first, m, first
				printf "\"zone_split\":{\"DMA32\":1%s},", (zones > 1 ? ",\"Normal\":1" : ",\"Normal\":0")
				printf "\"compaction_insns\":%d,\"light\":{\"cleared_chunks\":1,\"pages_moved\":%d},",
					million * 1000000, m + million * 1000
				if (part[1] == "llfree")
					printf "\"source_decisions\":1,\"target_decisions\":3,\"words_read\":16,"
				if (part[1] == "llfree")
					printf "\"source_decision_ns\":1000,\"target_decision_ns\":2000,\"blocked_ns\":7000,\"worst_blocked_ns\":4000,"
				printf "\"mappings_moved\":%d,\"worst_stall_ns\":%d,", m / 2, part[1] == "llfree" ? 250000 : 3000000
				printf "\"pages_in_vain\":%d,\"moved_then_freed\":%s,", part[1] == "llfree" ? vain : 0,
					regime != "system" ? "null" : part[1] == "llfree" ? freed : 0
				printf "\"vmstat\":{\"compact_stall\":4,\"compact_fail\":%d},", part[1] == "llfree" ? failed : 0
				printf "\"already_free\":0,\"zones\":[],\"layout\":[%d],\"dispersion\":2,\"valid\":true}\n",
					part[1] == "llfree" ? 100 + apart : 100
			}
	}
	BEGIN {
		layouts = split(only == "all" ? "bands uniform churn" : only, layout, " ")
		for (l = 1; l <= layouts; l++)
			for (demand = 10; demand <= 90; demand += 40) {
				less = layout[l] == "uniform" ? insns_uniform : demand == 10 ? insns_few : insns
				cell("buddy/linux", layout[l], "request", 0, demand, linux, 1, reach)
				cell("llfree/occupancy", layout[l], "request", 0, demand, occupancy, less, delivered)
				cell("llfree/bucket", layout[l], "request", 0, demand, bucket, less, delivered)
			}
		cell("buddy/linux", "bands", "system", 20, 50, background, 1, 2)
		cell("buddy/linux", "bands", "system", 0, 50, off, 1, 2)
		cell("buddy/linux", "bands", "system", 100, 50, full, 1, 2)
		cell("llfree/occupancy", "bands", "system", 20, 50, policies, 1, 2)
		cell("llfree/bucket", "bands", "system", 20, 50, policies, 1, 2)
		cell("llfree/on-free", "bands", "system", 20, 50, policies, 1, 2)
	}'
}
