"""BIDMC, percent of oxygen saturation, see `bidmc_tser`."""

from framestate.bench.data.sets import bidmc_tser

DATA_SET = bidmc_tser.data_set("SpO2", 4_001_464, cases=(5_550, 2_399))
