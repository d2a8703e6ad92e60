"""The one place that turns seconds into samples, latents and frames."""

from __future__ import annotations

import math
from typing import Final

SAMPLE_RATE: Final = 16_000
"""Samples a second of the sound, mono (Hz)."""

LATENT_RATE: Final = 25
"""Latents a second; synchronisation features come at the same rate (Hz)."""

VISUAL_FPS: Final = 8
"""Frames a second that the visual encoder sees (Hz)."""

SAMPLES_PER_LATENT: Final = SAMPLE_RATE // LATENT_RATE
"""The stride of the autoencoder (samples)."""


def samples(seconds: float) -> int:
    """Samples of a sound that lasts this long."""
    return round(seconds * SAMPLE_RATE)


def latents(seconds: float) -> int:
    """Latents that cover a sound of this length; the last may reach past its end."""
    return math.ceil(samples(seconds) / SAMPLES_PER_LATENT)


def frames(seconds: float) -> int:
    """Frames at ``VISUAL_FPS`` whose time lies before the end of a clip of this length."""
    return math.ceil(samples(seconds) * VISUAL_FPS / SAMPLE_RATE)
