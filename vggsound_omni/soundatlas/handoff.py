"""Handoff: when a junior's draft goes to the senior, and why."""

from __future__ import annotations

from dataclasses import dataclass

from .drafts import Draft
from .prompts import phrases
from .thresholds import Thresholds


@dataclass(frozen=True, kw_only=True)
class Complexity:
    """A scene is complex with more of these than so many. Ours: the published rule is not known."""

    events: int = 3  # different things that sound
    overlapping: int = 2  # at once
    mixed: bool = True  # speech or music beside other sounds


def reasons(
    draft: Draft | None, problem: str | None, score: float | None, thresholds: Thresholds, complexity: Complexity
) -> tuple[str, ...]:
    """Returns why a draft is not good enough; empty if it is.

    Args:
        draft: the junior's; None: it wrote none.
        problem: why it wrote none.
        score: of its sentence and the sound; None: nothing scores it.
        thresholds: ``senior`` and ``senior_music`` are the lowest scores that need no senior.
        complexity: which scenes a junior does not do alone.
    """
    if draft is None:
        return (f"no draft: {problem}",)
    found = [*_complex(draft, complexity), *(f'phrase "{phrase}"' for phrase in phrases() if phrase in _said(draft))]
    least = thresholds.senior_music if draft.has_music else thresholds.senior
    if score is not None and score < least:
        found.append(f"text-audio score {score:.3f} is below {least:g}")
    return tuple(found)


def _said(draft: Draft) -> str:
    return " | ".join([draft.sentence, *(event.said for event in draft.events)]).casefold()


def _complex(draft: Draft, complexity: Complexity) -> list[str]:
    found = []
    kinds = len({event.what.casefold() for event in draft.events})
    if kinds > complexity.events:
        found.append(f"complex: {kinds} things sound")
    most = max((sum(e.start <= one.start < e.end for e in draft.events) for one in draft.events), default=0)
    if most > complexity.overlapping:
        found.append(f"complex: {most} sound at once")
    if complexity.mixed and draft.has_music and kinds > 1:
        found.append("complex: music beside other sounds")
    return found
