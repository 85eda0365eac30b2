"""ETTm2, see `ett`; Informer has no tasks of it."""

from framestate.bench.data.sets import ett

DATA_SET = ett.quarters("ETTm2", "git:f9d46027c987d442d2d8f81308d1d8c4d1d35db8", {})
