"""Both resamplers keep time, level and pitch; the encoders' one is torchaudio's to the bit."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch

from vggsound_omni.media import SincResampler, resample, sinc_resample
from vggsound_omni.media._torchaudio import torchaudio

PAIRS = [(44_100, 16_000), (48_000, 32_000), (16_000, 48_000), (22_050, 44_100)]


@pytest.mark.parametrize(("from_rate", "to_rate"), PAIRS)
def test_sinc_is_the_functional_form_of_torchaudio_to_the_bit(from_rate: int, to_rate: int) -> None:
    waveform = torch.from_numpy(np.random.default_rng(0).normal(0, 0.1, (3, 2, 5000)).astype(np.float32))
    expected = torchaudio.functional.resample(waveform, from_rate, to_rate)
    assert torch.equal(sinc_resample(waveform, from_rate, to_rate), expected)
    assert torch.equal(SincResampler(from_rate, to_rate)(waveform), expected)
    assert expected.shape[-1] == -(-5000 * to_rate // from_rate)


@pytest.mark.parametrize(("from_rate", "to_rate"), PAIRS)
def test_a_sine_stays_the_same_sine(from_rate: int, to_rate: int) -> None:
    def sine(rate: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        return np.sin(2 * np.pi * 1000 * np.arange(rate) / rate).astype(np.float32)[np.newaxis]

    inner = slice(to_rate // 10, -to_rate // 10)
    assert np.abs(resample(sine(from_rate), from_rate, to_rate) - sine(to_rate))[:, inner].max() < 1e-5
    sinc = sinc_resample(torch.from_numpy(sine(from_rate)), from_rate, to_rate).numpy()
    assert np.abs(sinc - sine(to_rate))[:, inner].max() < 2e-3


def test_channels_and_batches_do_not_mix() -> None:
    samples = np.random.default_rng(0).normal(0, 0.1, (2, 3, 4410)).astype(np.float32)
    together = resample(samples, 44_100, 16_000)
    assert together.shape == (2, 3, 1600)
    for i in range(2):
        for j in range(3):
            np.testing.assert_array_equal(together[i, j], resample(samples[i, j], 44_100, 16_000))


def test_equal_rates_change_nothing() -> None:
    samples = np.random.default_rng(0).normal(0, 0.1, (1, 1000)).astype(np.float32)
    np.testing.assert_array_equal(resample(samples, 16_000, 16_000), samples)
    assert torch.equal(sinc_resample(torch.from_numpy(samples), 16_000, 16_000), torch.from_numpy(samples))


def test_the_media_room_imports_no_torch() -> None:
    code = "import sys, vggsound_omni.media; print([m for m in ('torch', 'torchaudio', 'scipy') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
