"""What a program or server is asked, and reading its answer, or a recording, from a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vggsound_omni.errors import UserError
from vggsound_omni.generators.check.conformance import MOST_OF_DURATION, SAMPLE_RATES, ConformanceError, too_long
from vggsound_omni.media import probe, read_audio
from vggsound_omni.protocol import Audio, Request

_OVERSHOOT = 10 ** (3 / 20)
"""Lossy coding of sound within [-1, 1] gives peaks of up to 3 dB over full scale."""
_LOSSLESS = ("pcm_", "flac", "alac")


def asked(request: Request, video: str | None) -> dict[str, object]:
    """Returns a request as JSON, its video as the caller sends one."""
    return {key: value for key, value in vars(request).items() if key != "fit"} | {"video": video}


def read_answer(path: Path, request: Request) -> Audio:
    """Reads the file that answers a request, as :func:`read_sound` does.

    At most 1.02 times the requested duration is decoded, however long the file is. If longer answers are cropped, the
    rest is ignored.

    Raises:
        ConformanceError: ``missing``, the file cannot be read or holds no sound; ``length``, it is longer than that.
    """
    most = request.duration * MOST_OF_DURATION
    audio = read_sound(path, most + 1 / SAMPLE_RATES[0])
    channels, count = audio.samples.shape
    # Rules that come before the length are reported first.
    longer = count > most * audio.sample_rate and "crop" not in request.fit
    if longer and channels <= 2 and SAMPLE_RATES[0] <= audio.sample_rate <= SAMPLE_RATES[1]:
        raise too_long(most, _declared(path), audio.sample_rate, request.duration)
    return audio


def read_sound(path: Path, seconds: float | None = None) -> Audio:
    """Reads a file's sound at its own sample rate and channels, as a player would.

    What a lossy codec overshoots is clipped. Lossless files are taken as they are: a float WAV that leaves [-1, 1]
    breaks the rule ``range``.

    Args:
        path: a sound file of any usual kind, or a video with sound.
        seconds: decoded from the start; None: all.

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
    """The length in seconds that a file declares, if any."""
    try:
        return probe(path).duration or None
    except UserError:
        return None
