"""Filtering: which captions are kept in the end."""

from __future__ import annotations

from .clips import Clip
from .drafts import Draft
from .roles import Checker, Samples
from .servers import Usage
from .thresholds import Thresholds


def text_audio(draft: Draft, score: float | None, thresholds: Thresholds) -> str | None:
    """Returns why a caption does not fit its sound; None if it does, or nothing scores it."""
    least = thresholds.keep_music if draft.has_music else thresholds.keep
    if score is None or score >= least:
        return None
    return f"text-audio score {score:.3f} is below {least:g}"


def events(clip: Clip, samples: Samples, draft: Draft, checker: Checker) -> tuple[str | None, Usage]:
    """Asks of each event whether it is heard, and stops at the first that is not.

    Returns:
        Why the caption is rejected, None if all are heard; and what it took.
    """
    usage = Usage()
    for event in draft.events:
        found = checker.check(clip, samples, event)
        usage += found.usage
        if found.yes is None:
            return f'the check of "{event.said}" brought neither yes nor no', usage
        if not found.yes:
            return f'"{event.said}" is not heard', usage
    return None, usage
