"""From a complex frame to a kernel: real consumers take its real equation."""

import numpy as np

from framestate import frames, ssm

DT, LENGTH = 1e-2, 50


def test_the_kernel_of_the_real_equation_is_that_of_the_complex_frame():
    frame = frames.gabor(time_step=0.4, frequency_step=1.5, modulations=1)
    op = frames.scaled(frame)
    rng = np.random.default_rng(5)
    C = rng.standard_normal(op.size) + 1j * rng.standard_normal(op.size)
    reduced = ssm.reduce(op.as_real())
    step = ssm.discretize(reduced, dt=DT, method="bilinear")
    found = ssm.kernel(step, np.concatenate([C.real, -C.imag]) @ reduced.lift, LENGTH)

    # the bilinear rule, written out on the complex coordinates of V
    eye = np.eye(op.rank)
    left = eye + DT / 2 * op.reduced_A
    move = np.linalg.solve(left, eye - DT / 2 * op.reduced_A)
    state = np.linalg.solve(left, DT * op.b)
    expected = np.empty(LENGTH)
    for n in range(LENGTH):
        expected[n] = np.real(C @ op.analysis @ state)
        state = move @ state
    scale = np.linalg.norm(C) * np.linalg.norm(op.B) * DT
    bound = 100 * op.size * np.finfo(np.float64).eps * scale
    np.testing.assert_allclose(found, expected, rtol=0, atol=bound)
