"""Noise with the spectrum of speech: as loud and as broad as real sound, and about nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from vggsound_omni.protocol import Audio, ModelCard, Request

from .lengths import sample_count

_SAMPLE_RATE = 44_100
LEVEL_DBFS = -26.0
"""RMS. Gaussian peaks lie some 13 dB above, far from clipping."""

# Byrne et al., "An international comparison of long-term average speech spectra", JASA 96(4), 1994, table II: levels
# in third-octave bands, men and women combined, 12 languages.
_BANDS_HZ, _LEVELS_DB = np.array(
    [
        *((63, 38.6), (80, 43.5), (100, 54.4), (125, 57.7), (160, 56.8), (200, 60.2), (250, 60.3), (315, 59.0)),
        *((400, 62.1), (500, 62.1), (630, 60.5), (800, 56.8), (1000, 53.7), (1250, 53.0), (1600, 52.0), (2000, 48.7)),
        *((2500, 48.1), (3150, 46.8), (4000, 45.6), (5000, 44.5), (6300, 44.3), (8000, 43.7), (10000, 43.4)),
        *((12500, 41.3), (16000, 40.7)),
    ]
).T


class Noise:
    """Answers with speech-shaped noise, -26 dBFS, mono 44.1 kHz; it depends only on the seed."""

    card = ModelCard(name="noise", parameters=0)

    def generate(self, requests: Sequence[Request]) -> list[Audio]:
        """Returns noise of the requested length."""
        return [
            Audio(
                samples=speech_shaped_noise(
                    sample_count(request.duration, _SAMPLE_RATE), _SAMPLE_RATE, np.random.default_rng(request.seed)
                )[None],
                sample_rate=_SAMPLE_RATE,
            )
            for request in requests
        ]


def speech_shaped_noise(count: int, sample_rate: int, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """Returns Gaussian noise with the international long-term average speech spectrum (Byrne et al. 1994).

    Args:
        count: samples.
        sample_rate: Hz.
        rng: source of the noise.

    Returns:
        (count,), RMS :data:`LEVEL_DBFS`.
    """
    spectrum = np.fft.rfft(rng.standard_normal(count))
    frequencies = np.fft.rfftfreq(count, 1 / sample_rate)
    # Third-octave bands are as wide as their centre is high, so power density is level less 10 log10 of frequency.
    # Outside the bands there is none: speech has next to nothing below 50 Hz.
    density_db = np.interp(
        np.log(np.maximum(frequencies, 1.0)), np.log(_BANDS_HZ), _LEVELS_DB - 10 * np.log10(_BANDS_HZ), left=-np.inf
    )
    shaped = np.fft.irfft(spectrum * 10 ** (density_db / 20), count)
    rms = np.sqrt(np.mean(shaped**2))
    level = 10 ** (LEVEL_DBFS / 20)
    return (shaped * (level / rms if rms > 0 else 0.0)).astype(np.float32)
