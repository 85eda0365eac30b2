"""BIDMC, heart beats a minute, see `bidmc_tser`."""

from framestate.bench.data.sets import bidmc_tser

DATA_SET = bidmc_tser.data_set("HR", 4_001_456, cases=(5_550, 2_399))
