"""Levels of signals whose levels are known."""

from __future__ import annotations

import numpy as np
import pytest

from vggsound_omni.media import describe
from vggsound_omni.protocol import Audio


def audio(*channels: object) -> Audio:
    return Audio(samples=np.array(channels, np.float32), sample_rate=48_000)


SINE = np.sin(2 * np.pi * 1000 * np.arange(48_000) / 48_000)


def test_a_half_scale_sine() -> None:
    facts = describe(audio(0.5 * SINE))
    assert facts.duration == 1.0
    assert facts.peak_dbfs == pytest.approx(-6.02, abs=0.01)
    assert facts.rms_dbfs == pytest.approx(-9.03, abs=0.01)
    assert facts.clipped == 0.0
    assert not facts.silent
    assert facts.dc_offset == pytest.approx(0.0, abs=1e-6)


def test_offset_is_that_of_the_worst_channel_with_its_sign() -> None:
    assert describe(audio(0.1 * SINE + 0.1, 0.1 * SINE - 0.3)).dc_offset == pytest.approx(-0.3, abs=1e-6)


def test_clipping_is_counted_on_both_sides() -> None:
    assert describe(audio([0.5, 1.0, -1.0, 0.998])).clipped == 0.5


@pytest.mark.parametrize(("peak", "silent"), [(0.00099, True), (0.00101, False)])
def test_silence_begins_below_minus_60_dbfs(peak: float, silent: bool) -> None:
    assert describe(audio(peak * SINE)).silent is silent


def test_digital_silence_has_no_level_instead_of_a_sentinel() -> None:
    facts = describe(audio(np.zeros(100)))
    assert (facts.peak_dbfs, facts.rms_dbfs, facts.silent) == (None, None, True)
    assert describe(audio([])).silent
