"""What the presets of wide networks say of themselves is so: at the first epoch, and by the last one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from gradviz import Config, record
from gradviz.core.frames import WideFrames
from gradviz.runs.presets import presets
from gradviz.runs.run import Run, training


def preset(name: str, **changes: Any) -> Config:
    return presets()[name].config.replace(**changes)


def at_the_start(config: Config) -> WideFrames:
    frames = next(training(config))
    assert isinstance(frames, WideFrames)
    return frames


def sizes(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The root mean square of each hidden layer that stands between two hidden ones: the first and the last have other neighbours."""
    return values[0, 0, 2:-1]


def learned(config: Config) -> tuple[float, float]:
    """The cost and the share of right answers at the last epoch, of which alone everything is looked at."""
    run: Run = record(config.replace(observe_every=config.epochs))
    return float(run.cost[-1]), float(run.score("accuracy")[-1])


def per_layer(values: NDArray[np.float64]) -> float:
    """What a layer multiplies the gradient by on its way back, on average."""
    return float((values[0] / values[-1]) ** (1 / (len(values) - 1)))


def test_glorots_old_standard_shrinks_gradients_and_leaves_weight_gradients_alike() -> None:
    frames = at_the_start(preset("glorot-2010"))
    assert per_layer(sizes(frames.g)) == pytest.approx(1 / np.sqrt(3), rel=0.03)
    assert np.ptp(np.log10(sizes(frames.dw))) < 0.3
    assert np.ptp(np.log10(sizes(frames.g))) > 6
    cured = at_the_start(preset("glorot-2010", initialization="xavier"))
    assert np.ptp(np.log10(sizes(cured.g))) < 1
    assert np.ptp(np.log10(sizes(cured.h))) < 1


def test_relu_needs_twice_xaviers_variance() -> None:
    frames, cured = (at_the_start(preset("he-2015", initialization=name)) for name in ("xavier", "he"))
    for values in (frames.g, frames.h[:, :, ::-1]):
        assert sizes(values)[0] / sizes(values)[-1] == pytest.approx(2**-14.0, rel=0.5)
    assert per_layer(sizes(cured.g)) == pytest.approx(1, abs=0.03)


def test_batch_norm_explodes_and_a_residual_connection_takes_most_of_it() -> None:
    frames, cured = (at_the_start(preset("batch-norm-explodes", residual=residual)) for residual in ("none", "plain"))
    assert per_layer(sizes(frames.g)) == pytest.approx(np.sqrt(np.pi / (np.pi - 1)), rel=0.02)
    assert np.ptp(np.log10(sizes(cured.g))) < np.ptp(np.log10(sizes(frames.g))) / 2


def test_fixups_gradient_is_exactly_flat_and_the_scale_alone_vanishes() -> None:
    flat = at_the_start(preset("residual-flat"))
    assert np.unique(flat.dh[0, 0, 2:-1]).size == 1
    assert per_layer(sizes(at_the_start(preset("residual-flat", residual="none")).g)) == pytest.approx(0.5, abs=0.05)


def test_a_recurrent_network_explodes_and_at_a_small_scale_vanishes() -> None:
    assert per_layer(sizes(at_the_start(preset("rnn-unrolled")).g)) > 1.05
    assert per_layer(sizes(at_the_start(preset("rnn-unrolled", weight_scale=0.7)).g)) < 0.8


def test_one_scale_vanishes_in_a_narrow_network_and_explodes_in_a_wide_one_and_stays_so_while_it_runs() -> None:
    for width, least, most in ((2, 0.0, 0.5), (5, 0.0, 0.8), (50, 1.3, 1.7), (200, 1.5, 1.8)):
        run = record(preset("same-scale", width=width, epochs=20))
        frames = run.newest
        assert isinstance(frames, WideFrames)
        assert least < per_layer(sizes(frames.g)) < most, width


@pytest.mark.parametrize(
    ("failing", "cure", "right"),
    [
        (preset("glorot-2010", epochs=100), {"initialization": "xavier"}, 1.0),
        (preset("he-2015"), {"initialization": "he"}, 1.0),
        (preset("batch-norm-explodes", epochs=30), {"residual": "plain"}, 1.0),
        (preset("residual-flat", residual="none"), {"residual": "fixup"}, 1.0),
        (preset("rnn-unrolled", clipping="none"), {"clipping": "norm"}, 0.9),
        (preset("edge-of-chaos"), {"weight_scale": 1.25, "bias_scale": 0.2}, 0.6),
    ],
    ids=["glorot", "he", "batch-norm", "residual", "recurrent", "edge-of-chaos"],
)
def test_what_fails_is_cured(failing: Config, cure: dict[str, Any], right: float) -> None:
    failed, cured = learned(failing), learned(failing.replace(**cure))
    assert cured[1] >= right
    assert failed[1] < cured[1] - 0.05
    assert failed[0] > 2 * cured[0]


def test_the_cured_network_learns_the_digits_and_those_kept_back() -> None:
    run = record(preset("cured", observe_every=59))
    assert run.score("accuracy")[-1] > 0.99
    assert run.score("test_accuracy")[-1] > 0.88
