"""An answer, or a recording, that lies in a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vggsound_omni.errors import UserError
from vggsound_omni.generators.conformance import BrokenRule
from vggsound_omni.media import probe, read_audio
from vggsound_omni.protocol import Audio

_OVERSHOOT = 10 ** (3 / 20)
"""Peaks up to 3 dB over full scale come of lossy coding of sound that was within [-1, 1]."""
_LOSSLESS = ("pcm_", "flac", "alac")


def read_sound(path: Path) -> Audio:
    """A file's sound at its own rate and channels, as a player would give it.

    What a lossy codec overshoots is clipped. Lossless files are taken as they are: a float WAV that leaves [-1, 1]
    breaks the rule ``range``.

    Raises:
        BrokenRule: ``missing``, the file cannot be read or holds no sound.
    """
    try:
        audio = read_audio(path, mono=False)
        info = probe(path).audio
    except UserError as error:
        raise BrokenRule("missing", str(error).rstrip(".")) from error
    lossy = info is not None and not info.codec.startswith(_LOSSLESS)
    if not lossy or not 1.0 < np.abs(audio.samples).max(initial=0.0) <= _OVERSHOOT:
        return audio
    return Audio(samples=np.clip(audio.samples, -1.0, 1.0), sample_rate=audio.sample_rate)
