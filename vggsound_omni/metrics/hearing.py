"""What an ear hears in clips beside what their truth wants, class by class."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vggsound_omni.suites.suite import MusicTruth, SoundEvent, Truth

from .estimate import F64, Estimate, MetricError, mean_of_clips
from .metric import Only, Tags

MUSIC = "music"
"""What an ear calls music that nothing in the scene plays."""


@dataclass(frozen=True)
class Clip:
    """One clip: what is wanted and what is heard. Classes that the ear does not know are left out of the former."""

    wanted: Mapping[str, tuple[SoundEvent, ...]]  # by class, without music
    music: MusicTruth | None
    forbidden: frozenset[str]
    heard: Mapping[str, F64]  # by class, (events, 3): onset and end in seconds, level in dB; none is empty

    @property
    def lasting(self) -> frozenset[str]:
        """Wanted classes whose truth is a span of time: textures."""
        return frozenset(name for name, events in self.wanted.items() if not all(event.discrete for event in events))

    @property
    def leaks(self) -> bool:
        """Whether a forbidden class is heard."""
        return any(name in self.heard for name in self.forbidden)

    def onsets(self, name: str) -> F64:
        """Onsets heard of a class, in seconds."""
        return self.heard[name][:, 0] if name in self.heard else np.empty(0)


def shown(event: SoundEvent) -> bool:
    """Returns whether the picture tells when it happens: its source is seen, or something that it is performed to."""
    return event.on_screen or event.performed


def score(
    heard: Tags, truths: Sequence[Truth], of_clip: Callable[[Clip], float], only: Only, *, shares: bool = False
) -> Estimate:
    """Returns the mean over clips of a score of single clips.

    Args:
        heard: events of the generated audio, (clips, events, 4): index into the classes, onset and end in seconds,
            level in dB; rows of NaN are padding.
        truths: of these clips.
        of_clip: the score, NaN where it does not apply.
        only: which clips it is about.
        shares: see :func:`.mean_of_clips`.

    Raises:
        MetricError: the events have another shape, or no clip has a score.
    """
    if heard.numbers.ndim != 3 or heard.numbers.shape[2] != 4 or len(heard.numbers) != len(truths):
        raise MetricError(
            f"The events heard have the shape {heard.numbers.shape}; ({len(truths)} clips, events, 4) is needed."
        )
    scores = [
        np.nan if not only.applies(truth) else of_clip(_clip(rows, truth, heard.classes))
        for rows, truth in zip(heard.numbers, truths, strict=True)
    ]
    return mean_of(np.array(scores, np.float64), only, _unknown(truths, heard.classes), shares=shares)


def mean_of(scores: F64, only: Only, warnings: tuple[str, ...] = (), *, shares: bool = False) -> Estimate:
    """Returns the mean over clips, and says which have no score.

    Raises:
        MetricError: none has one; a warning, if there is any, says why.
    """
    count, scored = len(scores), int(np.sum(~np.isnan(scores)))
    if not scored:
        raise MetricError(warnings[0] if warnings else f"It is about {only.what}, and there are none.")
    told = (f"It is about {only.what}: {scored} of {count}.",) if scored < count else ()
    return mean_of_clips(scores, shares=shares, warnings=(*told, *warnings))


def _clip(rows: Any, truth: Truth, classes: Sequence[str]) -> Clip:  # noqa: ANN401 - (events, 4) of either precision
    there = np.asarray(rows[~np.isnan(rows[:, 0])], np.float64)
    names = sorted({event.sound_class for event in truth.events} & set(classes))
    return Clip(
        wanted={name: tuple(event for event in truth.events if event.sound_class == name) for name in names},
        music=truth.music if MUSIC in classes else None,
        forbidden=frozenset(truth.forbidden) & set(classes),
        heard={classes[int(k)]: there[there[:, 0] == k, 1:] for k in np.unique(there[:, 0])},
    )


def _unknown(truths: Sequence[Truth], classes: Sequence[str]) -> tuple[str, ...]:
    wanted = {name for truth in truths for name in (*truth.forbidden, *(event.sound_class for event in truth.events))}
    wanted |= {MUSIC} if any(truth.music is not None for truth in truths) else set()
    unknown = sorted(wanted - set(classes))
    if not unknown:
        return ()
    more = f" and {len(unknown) - 5} more" if len(unknown) > 5 else ""
    named = ", ".join(_beside(name, classes) for name in unknown[:5]) + more
    return (f"The ear does not know {named}, which {'is' if len(unknown) == 1 else 'are'} left out.",)


def _beside(name: str, classes: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, classes, n=1, cutoff=0.6)
    return f"{name} (did you mean {near[0]}?)" if near else name
