"""ETTm1, see `ett`."""

from framestate.bench.data.sets import ett

DATA_SET = ett.quarters(
    "ETTm1",
    "git:62c9f979e2dc5b05d9cc5b38891e60e6baf77417",
    {24: 96, 48: 96, 96: 384, 288: 384, 672: 384},
)
