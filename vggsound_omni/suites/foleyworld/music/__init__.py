"""Music that no one in the picture plays: always several voices over continuous harmony, composed from a seed."""

from __future__ import annotations

import numpy as np
import scipy.ndimage
import scipy.signal

from ..scene import SAMPLE_RATE, Music
from ..sounds.noise import highpass, noise, peak_one, seconds
from ..sounds.sound import Samples
from .piece import Piece
from .styles import STYLES, MusicStyle

__all__ = ["STYLES", "MusicStyle", "fader", "synthesise_music"]

_FADE = 0.05
"""Seconds, at both ends."""


def synthesise_music(music: Music, length: int) -> Samples:
    """(length,) samples at 16 kHz with a peak of 1, an excerpt that begins anywhere within the first bar.

    The same :class:`.scene.Music` gives the same samples; its gain is left to the mixer.
    """
    style = STYLES[music.style]
    rng = np.random.default_rng(music.seed)
    piece = Piece.compose(style.progressions, music.tempo, length, rng)
    style.arrange(piece)
    dry = piece.mix
    hall = noise(rng, round(1.2 * SAMPLE_RATE), 150, 3500, -3.0)
    hall *= np.exp(-seconds(len(hall)) / 0.22)
    wet = scipy.signal.fftconvolve(dry, hall)[: len(dry)]
    mixed = dry + wet * (style.reverb * np.sqrt(np.mean(dry**2) / np.mean(wet**2)))
    mixed = highpass(mixed, 30.0)[-length:]
    ramp = np.minimum(1.0, np.arange(length) / (_FADE * SAMPLE_RATE))
    return peak_one(mixed * ramp * ramp[::-1])


def fader(music: Music, scene: Samples) -> Samples:
    """Returns the gain of the music over a scene's sound: it may begin late, end early, and give way to what is heard.

    One in three begins after the clip has, one in three ends before it, each faded over half a second to one and a
    half; it gives way by up to 6 dB.
    """
    rng = np.random.default_rng([music.seed, 1])
    length = len(scene)
    t = seconds(length)
    gain = np.ones(length)
    late, early = rng.random(2) < 1 / 3
    start, end, fade = rng.uniform(0.05, 0.35) * t[-1], rng.uniform(0.65, 0.95) * t[-1], rng.uniform(0.5, 1.5)
    if late:
        gain *= np.clip((t - start) / fade, 0, 1)
    if early:
        gain *= np.clip((end - t) / fade, 0, 1)
    level = scipy.ndimage.uniform_filter1d(np.abs(scene), round(0.3 * SAMPLE_RATE))
    return np.asarray(gain * 10 ** (-rng.uniform(0, 6) / 20 * level / max(level.max(), 1e-9)))
