"""The questions about scenes that the nano encoders are trained on; FoleyWorld's truth has every answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import log
from statistics import fmean
from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from reference_model.rates import LATENT_RATE
from vggsound_omni.suites.foleyworld import CLASSES, DURATION, Scene, Source
from vggsound_omni.suites.foleyworld.music import STYLES

KINDS = tuple(CLASSES)
MUSIC = tuple(STYLES)
NUMBERS: Final = ("pitch", "brightness", "count", "gap", "level", "strength", "first", "last")
ONSET_REACH = 2  # latents (0.08 s) on both sides of an onset over which its target falls to 0
_YES_OR_NO: Final = ("there", "picture", "acts")
_MATERIALS: Final = 3
_FACTS: Final = len(_YES_OR_NO) + len(NUMBERS) + _MATERIALS  # outputs per class


def facts(scenes: Sequence[Scene], *, seen: bool) -> dict[str, Tensor]:
    """Returns the truth about b scenes, by class (c).

    Args:
        scenes: the scenes.
        seen: whether to describe what is visible, including silent things; otherwise what is heard.

    Returns:
        ``there``, ``picture`` (is it visible?) and ``acts`` (or is it at rest?), (b, c) 0 or 1; ``numbers`` (b, c, k),
        about [-1, 1], in the order of :data:`NUMBERS`; ``material`` (b, c) integers; ``music`` (b,) integers, where the
        number of styles means no music. The other values of an absent class are meaningless. Of two sources of one
        class, the one that acts is described.
    """
    shape = (len(scenes), len(KINDS))
    found = {name: torch.zeros(shape) for name in _YES_OR_NO} | {
        "numbers": torch.zeros(*shape, len(NUMBERS)),
        "material": torch.zeros(shape, dtype=torch.long),
    }
    for row, one in enumerate(scenes):
        sources = [(_shown(s), s) for s in one.sources if s.on_screen] if seen else _heard(one)
        for name, source in sorted(sources, key=lambda pair: bool(pair[1].events)):
            at = row, KINDS.index(name)
            found["there"][at] = 1
            found["picture"][at] = float(source.on_screen and _shown(source) == name)
            found["acts"][at] = float(bool(source.events))
            found["numbers"][at] = torch.tensor(_numbers(source, name))
            found["material"][at] = source.style.material
    music = [len(MUSIC) if one.music is None else MUSIC.index(one.music.style) for one in scenes]
    return found | {"music": torch.tensor(music)}


def _shown(source: Source) -> str:
    return source.shown_as or source.sound_class


def _heard(scene: Scene) -> list[tuple[str, Source]]:
    return [(source.sound_class, source) for source in scene.heard]


def _numbers(source: Source, name: str) -> list[float]:
    """What is said or seen of a source, each about [-1, 1]; a thing at rest has neither rate nor time."""
    events, timing = source.events, CLASSES[name].timing
    place = 0.5
    if len(events) > 2:
        mean = fmean(after.onset - before.onset for before, after in pairwise(events))
        place = min(max(log(mean / timing.gap[0]) / log(timing.gap[1] / timing.gap[0]), -1.0), 2.0)
    return [
        source.style.pitch,
        source.style.brightness,
        min(len(events), 12) / 12,
        place,
        (source.gain_db - CLASSES[source.sound_class].level_db) / 5,
        fmean(event.strength for event in events) if events else 0.0,
        events[0].onset / DURATION if events else 0.0,
        events[-1].end / DURATION if events else 0.0,
    ]


def moments(scenes: Sequence[Scene]) -> tuple[Float[Tensor, "b n c"], Float[Tensor, "b n c"]]:
    """Returns when each visible class is active, and when its events begin, at the rate of latents.

    What acts in the picture counts, whether or not it sounds: a picture does not tell. A conflicting picture counts as
    what it shows.

    Returns:
        Activity (the strength of an event while it lasts) and onsets (its strength at the latent in which it begins,
        falling to 0 over two latents on both sides).
    """
    count = round(DURATION * LATENT_RATE)
    activity = torch.zeros(len(scenes), count, len(KINDS))
    onsets = torch.zeros(len(scenes), count, len(KINDS))
    for row, at, first, last, strength in _acts(scenes):
        activity[row, first : max(last, first + 1), at] = strength
        for near in range(-ONSET_REACH + 1, ONSET_REACH):
            if 0 <= first + near < count:
                mark = strength * (1 - abs(near) / ONSET_REACH)
                onsets[row, first + near, at] = max(float(onsets[row, first + near, at]), mark)
    return activity, onsets


def _acts(scenes: Sequence[Scene]) -> Iterator[tuple[int, int, int, int, float]]:
    """Yields scene, class, first and last latent, and strength of every act that is seen."""
    for row, one in enumerate(scenes):
        for source in one.sources:
            if source.on_screen:
                at = KINDS.index(_shown(source))
                for event in source.events:
                    first, last = round(event.onset * LATENT_RATE), max(round(event.end * LATENT_RATE), 1)
                    yield row, at, first, last, event.strength


class Answers(nn.Module):
    """Predicts the facts from a clip's feature vector. Used in training only; not part of an encoder's weights."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.kinds = nn.Linear(width, len(KINDS) * _FACTS)
        self.music = nn.Linear(width, len(MUSIC) + 1)

    def losses(
        self, features: Float[Tensor, "b w"], scenes: Sequence[Scene], *, seen: bool
    ) -> dict[str, Float[Tensor, ""]]:
        """Returns cross-entropies of presence, visibility, action and material, and mean squared errors of numbers."""
        truth = facts(scenes, seen=seen)
        answers = self.kinds(features).unflatten(-1, (len(KINDS), _FACTS)).float()
        yes_or_no, numbers, materials = answers.split((len(_YES_OR_NO), len(NUMBERS), _MATERIALS), dim=-1)
        there = truth["there"]
        total = there.sum().clamp(min=1)

        def of_those_there(values: Tensor) -> Tensor:
            return (values * there).sum() / total

        binary = F.binary_cross_entropy_with_logits
        material = F.cross_entropy(materials.flatten(0, 1), truth["material"].flatten(), reduction="none")
        parts = {
            "there": binary(yes_or_no[..., 0], there),
            "picture": of_those_there(binary(yes_or_no[..., 1], truth["picture"], reduction="none")),
            "acts": of_those_there(binary(yes_or_no[..., 2], truth["acts"], reduction="none")),
            "numbers": of_those_there((numbers - truth["numbers"]).square().mean(-1)),
            "material": of_those_there(material.view_as(there)),
        }
        if not seen:
            parts["music"] = F.cross_entropy(self.music(features).float(), truth["music"])
        return parts
