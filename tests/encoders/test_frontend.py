"""The front end of the FoleyWorld encoders against its definition."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import signal

from vggsound_omni.encoders.foleyworld.frontend import HOP, MELS, WINDOW, log_mel
from vggsound_omni.suites.foleyworld.scene import SAMPLE_RATE


def mel(hertz: float) -> float:
    return 2595 * np.log10(1 + hertz / 700)


def test_a_tone_peaks_in_the_filter_that_holds_its_frequency() -> None:
    edges = 700 * (10 ** (np.linspace(mel(40), mel(8000), MELS + 2) / 2595) - 1)
    for hertz in (200.0, 1000.0, 3000.0, 7000.0):
        tone = torch.sin(2 * np.pi * hertz * torch.arange(SAMPLE_RATE, dtype=torch.float64) / SAMPLE_RATE).float()
        loudest = int(log_mel(0.5 * tone[None])[0].mean(0).argmax())
        assert edges[loudest] < hertz < edges[loudest + 2]


def test_it_is_the_logarithm_of_filtered_power_computed_independently() -> None:
    samples = np.random.default_rng(0).standard_normal(SAMPLE_RATE) * 0.1
    padded = np.pad(samples, WINDOW // 2, mode="reflect")
    window = signal.get_window("hann", WINDOW, fftbins=True)
    frames = np.stack([padded[k * HOP : k * HOP + WINDOW] * window for k in range(SAMPLE_RATE // HOP)])
    power = np.abs(np.fft.rfft(frames)) ** 2
    frequency = np.arange(WINDOW // 2 + 1) * SAMPLE_RATE / WINDOW
    edges = 700 * (10 ** (np.linspace(mel(40), mel(8000), MELS + 2) / 2595) - 1)
    filters = np.array([np.interp(frequency, edges[k : k + 3], [0, 1, 0], left=0, right=0) for k in range(MELS)])
    expected = (np.log(power @ filters.T + 1e-5) + 4) / 4
    assert log_mel(torch.from_numpy(samples).float()[None])[0].numpy() == pytest.approx(expected, abs=2e-4)


def test_a_shorter_sound_has_the_same_beginning() -> None:
    samples = torch.randn(1, SAMPLE_RATE, generator=torch.Generator().manual_seed(0)) * 0.1
    assert torch.allclose(log_mel(samples)[:, :20], log_mel(samples[:, : SAMPLE_RATE // 2])[:, :20], atol=1e-5)
