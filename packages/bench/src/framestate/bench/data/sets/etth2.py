"""ETTh2, see `ett`."""

from framestate.bench.data.sets import ett

DATA_SET = ett.hourly(
    "ETTh2",
    "sha256:a3dc2c597b9218c7ce1cd55eb77b283fd459a1d09d753063f944967dd6b9218b",
    2_417_960,
    {24: 48, 48: 96, 168: 336, 336: 336, 720: 336},
)
