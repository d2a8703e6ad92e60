"""The numbers that decide, for each encoder set."""

from __future__ import annotations

from dataclasses import dataclass

from vggsound_omni.errors import UserError


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """Where scores part. Those of text and sound come twice: for captions with music and for all others."""

    audio_visual: float  # above: the picture helps
    audio_only: float  # below: the clip is dropped; between: the picture is withheld
    senior: float  # below this text-audio score the senior is asked
    senior_music: float
    keep: float  # below this text-audio score a caption is rejected in the end
    keep_music: float

    def __post_init__(self) -> None:
        if self.audio_only > self.audio_visual:
            raise UserError(
                f"The threshold audio_only ({self.audio_only:g}) lies above audio_visual ({self.audio_visual:g})."
            )


PUBLISHED = Thresholds(audio_visual=0.30, audio_only=0.20, senior=0.35, senior_music=0.15, keep=0.35, keep_music=0.15)
"""Omni2Sound's, with ImageBind and LAION-CLAP. It does not say where its last filter lies; here it is the senior's."""
BUNDLED = Thresholds(
    audio_visual=0.025, audio_only=-0.243, senior=0.668, senior_music=0.629, keep=0.63, keep_music=0.582
)
"""For FoleyWorld's encoders: 15 % and 5 % of 232 validation scenes, and of plain captions of their sources, lie below
(``omni-bench caption thresholds --in foleyworld:validation --limit 232``)."""


def thresholds_of(encoder_set: str) -> Thresholds:
    """Returns the thresholds of an encoder set; the published ones for all but the bundled set."""
    return BUNDLED if encoder_set == "foleyworld" else PUBLISHED
