"""Every corruption does to a clip what it says, by as much as it says."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from vggsound_omni.analysis.audit.corruptions import CORRUPTIONS, Corruption

RATE = 16_000
BY_KEY = {one.key: one for one in CORRUPTIONS}
INAUDIBLE = [one for one in CORRUPTIONS if one.kind == "inaudible"]


def clip(seconds: float = 4.0) -> NDArray[np.float32]:
    """A chirp from 100 Hz to 7 kHz that swells, with clicks."""
    t = np.arange(round(seconds * RATE)) / RATE
    samples = 0.3 * (t / seconds) * np.sin(2 * np.pi * (100 * t + 6900 * t**2 / (2 * seconds)))
    samples[:: RATE // 2] += 0.5
    return samples.astype(np.float32)


def apart(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """dB of the difference, relative to the first."""
    return float(10 * np.log10(np.mean(np.square(a - b)) / np.mean(np.square(a)) + 1e-20))


@pytest.fixture(params=CORRUPTIONS, ids=lambda one: one.key)
def corruption(request: pytest.FixtureRequest) -> Corruption:
    one: Corruption = request.param
    return one


def test_a_clip_keeps_its_length_and_is_the_same_each_time(corruption: Corruption) -> None:
    samples = clip()
    for severity in corruption.severities:
        damaged = corruption.apply("a", samples, RATE, severity)
        assert damaged.shape == samples.shape
        assert damaged.dtype == np.float32
        assert np.isfinite(damaged).all()
        assert np.array_equal(damaged, corruption.apply("a", samples, RATE, severity))


@pytest.mark.parametrize(
    "key", ["added_noise", "band_limit", "clipping", "mp3", "aac", "opus", "gain", "music", "dropouts", "truncation"]
)
def test_worse_is_worse(key: str) -> None:
    samples, one = clip(), BY_KEY[key]
    errors = [apart(samples, one.apply("a", samples, RATE, severity)) for severity in one.severities]
    assert errors == sorted(errors)
    assert errors[-1] > errors[0] + 1


def test_noise_is_added_at_the_ratio_asked_for() -> None:
    samples = clip()
    for severity in BY_KEY["added_noise"].severities:
        damaged = BY_KEY["added_noise"].apply("a", samples, RATE, severity)
        assert apart(samples, damaged) == pytest.approx(-severity, abs=0.2)


def test_a_shift_moves_the_clip_by_the_seconds_asked_for() -> None:
    samples = np.zeros(4 * RATE, np.float32)
    samples[2 * RATE] = 1
    for severity in BY_KEY["time_shift"].severities:
        damaged = BY_KEY["time_shift"].apply("a", samples, RATE, severity)
        moved = abs(int(damaged.argmax()) - 2 * RATE) / RATE
        assert min(moved, 4 - moved) == pytest.approx(severity, abs=1 / RATE)


def test_gaps_of_mild_dropouts_are_among_those_of_worse_ones() -> None:
    one, samples = BY_KEY["dropouts"], np.ones(4 * RATE, np.float32)
    lost = [one.apply("a", samples, RATE, severity) == 0 for severity in one.severities]
    for mild, worse in pairwise(lost):
        assert not (mild & ~worse).any()
    for severity, gaps in zip(one.severities, lost, strict=True):
        assert gaps.mean() == pytest.approx(severity, abs=0.02)


def test_a_band_limit_leaves_what_is_below_and_takes_what_is_above() -> None:
    t = np.arange(2 * RATE) / RATE
    for severity in BY_KEY["band_limit"].severities:
        below, above = (np.sin(2 * np.pi * f * t).astype(np.float32) for f in (severity / 2, min(1.5 * severity, 7900)))
        middle = slice(RATE // 2, 3 * RATE // 2)
        kept, lost = (BY_KEY["band_limit"].apply("a", x, RATE, severity)[middle] for x in (below, above))
        assert kept.std() == pytest.approx(below[middle].std(), rel=0.02)
        assert lost.std() < 0.05 or 1.5 * severity > 7900


@pytest.mark.parametrize("one", [one for one in INAUDIBLE if one.key in ("round_trip", "dither")], ids=lambda o: o.key)
def test_what_is_called_inaudible_is_far_below_the_clip(one: Corruption) -> None:
    quiet = clip() - np.float32(0)
    for severity in one.severities:
        assert apart(quiet, one.apply("a", quiet, RATE, severity)) < -20
