"""An answer, or a recording, that lies in a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vggsound_omni.errors import UserError
from vggsound_omni.generators.check.conformance import MOST_OF_DURATION, SAMPLE_RATES, ConformanceError, too_long
from vggsound_omni.media import probe, read_audio
from vggsound_omni.protocol import Audio, Request

_OVERSHOOT = 10 ** (3 / 20)
"""Peaks up to 3 dB over full scale come of lossy coding of sound that was within [-1, 1]."""
_LOSSLESS = ("pcm_", "flac", "alac")


def read_answer(path: Path, request: Request) -> Audio:
    """The sound of a file that a request is answered with, as :func:`read_sound`.

    No more than 1.02 times the duration asked for is decoded, however long the file is.

    Raises:
        ConformanceError: ``missing``, the file cannot be read or holds no sound; ``length``, it is longer than that.
    """
    most = request.duration * MOST_OF_DURATION
    audio = read_sound(path, most + 1 / SAMPLE_RATES[0])
    channels, count = audio.samples.shape
    # What comes before the length in the rules is told first.
    if count > most * audio.sample_rate and channels <= 2 and SAMPLE_RATES[0] <= audio.sample_rate <= SAMPLE_RATES[1]:
        raise too_long(most, _declared(path), audio.sample_rate, request.duration)
    return audio


def read_sound(path: Path, seconds: float | None = None) -> Audio:
    """A file's sound at its own rate and channels, as a player would give it.

    What a lossy codec overshoots is clipped. Lossless files are taken as they are: a float WAV that leaves [-1, 1]
    breaks the rule ``range``.

    Args:
        path: a sound file of any usual kind, or a video with sound.
        seconds: only so much from the start; the rest is not decoded.

    Raises:
        ConformanceError: ``missing``, the file cannot be read or holds no sound.
    """
    try:
        audio = read_audio(path, mono=False, seconds=seconds)
        info = probe(path).audio
    except UserError as error:
        raise ConformanceError("missing", str(error).rstrip(".")) from error
    lossy = info is not None and not info.codec.startswith(_LOSSLESS)
    if not lossy or not 1.0 < np.abs(audio.samples).max(initial=0.0) <= _OVERSHOOT:
        return audio
    return Audio(samples=np.clip(audio.samples, -1.0, 1.0), sample_rate=audio.sample_rate)


def _declared(path: Path) -> float | None:
    """The length in seconds that a file says it has, if it says one."""
    try:
        return probe(path).duration or None
    except UserError:
        return None
