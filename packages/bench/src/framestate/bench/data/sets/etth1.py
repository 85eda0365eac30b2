"""ETTh1, see `ett`."""

from framestate.bench.data.sets import ett

DATA_SET = ett.hourly(
    "ETTh1",
    "sha256:f18de3ad269cef59bb07b5438d79bb3042d3be49bdeecf01c1cd6d29695ee066",
    2_589_657,
    {24: 720, 48: 720, 168: 720, 336: 720, 720: 720},
)
