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
    audio_visual=0.760, audio_only=0.735, senior=0.533, senior_music=0.555, keep=0.455, keep_music=0.512
)
"""For FoleyWorld's encoders: 15 % and 5 % of 80 scenes and plain captions of all their sources lie below. Measured with
the encoders of FoleyWorld 1, and due to be measured again with ``omni-bench caption thresholds``."""


def thresholds_of(encoder_set: str) -> Thresholds:
    """Returns the thresholds of an encoder set; the published ones for all but the bundled set."""
    return BUNDLED if encoder_set == "foleyworld" else PUBLISHED
