import numpy as np
import pytest

from framestate import ssm
from framestate.bench.tasks import kernels, species


@pytest.mark.parametrize("name", ["LegT", "FouT", "W4S4", "S4D-Lin"])
def test_what_is_recalled_of_white_noise_is_what_the_oracle_leaves(name):
    settings = kernels.KernelSettings(order=16, samples=64, windows=32, species=(name,))
    outcome = kernels.run(settings, np.random.default_rng(0))
    step = ssm.discretize(species.build(name, 16), dt=1 / 64, method="bilinear")
    lags = np.array([round(64 * place) for place in settings.places])
    left = ssm.delay_error(step, lags, spectrum=np.ones(2**13 + 1))
    recalled = np.array([record.value for record in outcome.records])
    # the oracle's readout also has the input itself, which here is one state more
    assert np.all(recalled <= 1 - left + 1e-6)
    assert np.abs(recalled - (1 - left)).max() < 0.05


def test_kernels_of_recall_peak_where_they_recall():
    settings = kernels.KernelSettings(order=33, samples=64, species=("LegT",))
    outcome = kernels.run(settings, np.random.default_rng(0))
    weights = [c for c in outcome.curves if c.name.startswith("weight")]
    for curve, place in zip(weights, settings.places, strict=True):
        assert curve.x[int(np.argmax(curve.y))] == pytest.approx(place)
    assert len(outcome.curves) == settings.shown + len(settings.places)
