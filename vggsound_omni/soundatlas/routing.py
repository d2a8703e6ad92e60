"""Routing: how far picture and sound belong together says whether the picture may help."""

from __future__ import annotations

from typing import Literal

from .thresholds import Thresholds

Route = Literal["audio-visual", "audio-only", "dropped"]


def route(score: float | None, thresholds: Thresholds) -> tuple[Route, str]:
    """Returns the way of a clip, and why.

    Args:
        score: of picture and sound; None if the clip has no picture, or nothing scores it.
        thresholds: above ``audio_visual`` the picture helps, below ``audio_only`` the clip is dropped.
    """
    if score is None:
        return "audio-only", "picture and sound are not compared"
    if score > thresholds.audio_visual:
        return "audio-visual", f"audio-visual score {score:.3f} is above {thresholds.audio_visual:g}"
    if score >= thresholds.audio_only:
        return "audio-only", f"audio-visual score {score:.3f} is at most {thresholds.audio_visual:g}"
    return "dropped", f"audio-visual score {score:.3f} is below {thresholds.audio_only:g}"
