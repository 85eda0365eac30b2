"""BIDMC, breaths a minute, see `bidmc_tser`."""

from framestate.bench.data.sets import bidmc_tser

DATA_SET = bidmc_tser.data_set("RR", 4_001_463, cases=(5_471, 2_399))
