"""Where thresholds lie for encoders that have no published ones: quantiles of scores of clips with captions one trusts.

The published thresholds are LAION-CLAP's and ImageBind's; another scorer's numbers mean something else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vggsound_omni.errors import UserError
from vggsound_omni.suites.suite import Item, Suite, unreadable

from .clips import Clip, samples_of
from .scorers import Scorers

DROPPED, ASKED = 0.05, 0.15
"""Shares of trusted pairs that lie below: for what drops a clip or caption, and for what asks again or withholds."""
FEWEST = 20
"""Pairs from which a quantile is read."""


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """Thresholds, and how many pairs they were read from."""

    thresholds: dict[str, float]  # by name; without those of pictures if fewer than :data:`FEWEST` were scored
    audio_visual: int
    text_audio: int  # without music
    music: int  # fewer than :data:`FEWEST`: the thresholds for music are those for all pairs


def calibrate(suite: Suite, items: Sequence[Item], scorers: Scorers, step: Callable[[], object]) -> Calibration:
    """Reads thresholds off clips whose captions are trusted.

    Args:
        suite: of the items; where it has a plain caption, that is taken.
        items: a few hundred are enough.
        scorers: whose thresholds are sought.
        step: called after each item.

    Raises:
        UserError: fewer than :data:`FEWEST` clips have a caption and can be read, or nothing scores them.
    """
    faults = unreadable(suite, items)
    seen: list[float] = []
    said: dict[bool, list[float]] = {False: [], True: []}
    for item in items:
        caption = item.captions.get("plain", item.caption)
        if item.id not in faults and caption:
            media = suite.media(item)
            clip = Clip(
                id=item.id, audio=media.audio or media.video or Path(), video=media.video, duration=item.duration
            )
            samples = samples_of(clip)
            score, together = scorers.text_audio(caption, samples), scorers.audio_visual(clip, samples)
            music = "music" in caption.casefold() if item.truth is None else item.truth.music is not None
            said[music] += [] if score is None else [score]
            seen += [] if together is None or music else [together]
        step()
    every = said[False] + said[True]
    if len(every) < FEWEST:
        raise UserError(
            f"Thresholds are read off {FEWEST} clips or more with captions, and here {len(every)} could be scored."
        )
    plain = said[False] if len(said[False]) >= FEWEST else every
    musical = said[True] if len(said[True]) >= FEWEST else every

    def at(share: float, scores: Sequence[float]) -> float:
        return round(float(np.quantile(scores, share)), 3)

    routed = {"audio_visual": at(ASKED, seen), "audio_only": at(DROPPED, seen)} if len(seen) >= FEWEST else {}
    return Calibration(
        thresholds=routed
        | {"senior": at(ASKED, plain), "senior_music": at(ASKED, musical)}
        | {"keep": at(DROPPED, plain), "keep_music": at(DROPPED, musical)},
        audio_visual=len(seen),
        text_audio=len(said[False]),
        music=len(said[True]),
    )
