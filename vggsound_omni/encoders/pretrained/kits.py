"""How the two kits prepare signals for the field's encoders."""

from __future__ import annotations

from typing import Literal

from vggsound_omni.encoders.encoder import AudioInput, Kit, VideoInput

SECONDS = 8.0
"""What av-benchmark scores of a clip."""


def audio_input(
    kit: Kit,
    sample_rate: int,
    *,
    channels: Literal["mono", "all"] = "mono",
    remove_dc: bool = False,
    seconds: float | None = SECONDS,
) -> AudioInput:
    """Returns how sound is prepared: by ``omni`` mono and as the track's window leaves it, with its mean.

    ``av-benchmark`` reads the whole file, and does with it what the options say.
    """
    if kit == "omni":
        return AudioInput(sample_rate=sample_rate)
    return AudioInput(sample_rate=sample_rate, channels=channels, remove_dc=remove_dc, whole=True, seconds=seconds)


def video_input(kit: Kit, fps: float) -> VideoInput:
    """Returns how pictures are prepared, whole: by ``omni`` upright, by ``av-benchmark`` as stored and 8 s of them."""
    if kit == "omni":
        return VideoInput(fps=fps, pixels=None)
    return VideoInput(fps=fps, pixels=None, upright=False, seconds=SECONDS)
