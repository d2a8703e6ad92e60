"""The one place that turns seconds into samples, latents and frames."""

from __future__ import annotations

import math
from typing import Final

SAMPLE_RATE: Final = 16_000  # Hz, mono
LATENT_RATE: Final = 25  # Hz; synchronisation features have the same rate
VISUAL_FPS: Final = 8  # Hz; rate of the visual tokens
SAMPLES_PER_LATENT: Final = SAMPLE_RATE // LATENT_RATE  # stride of the autoencoder


def samples(seconds: float) -> int:
    """Returns the number of samples of a sound of this duration."""
    return round(seconds * SAMPLE_RATE)


def latents(seconds: float) -> int:
    """Returns how many latents cover a sound of this duration; the last may extend past its end."""
    return math.ceil(samples(seconds) / SAMPLES_PER_LATENT)


def frames(seconds: float) -> int:
    """Returns how many frames at ``VISUAL_FPS`` begin before the end of a clip of this duration."""
    return math.ceil(samples(seconds) * VISUAL_FPS / SAMPLE_RATE)
