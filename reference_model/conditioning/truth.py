"""The questions about scenes that the nano encoders are trained on; FoleyWorld's truth has every answer."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from reference_model.rates import LATENT_RATE
from vggsound_omni.suites.foleyworld import CLASSES, DURATION, Scene
from vggsound_omni.suites.foleyworld.music import STYLES

KINDS = tuple(CLASSES)
MUSIC = tuple(STYLES)
ONSET_REACH = 2  # latents (0.08 s) on both sides of an onset over which its target falls to 0
_FACTS = 8  # outputs per class: there, in the picture, pitch, brightness, count, and three materials


def facts(scenes: Sequence[Scene], *, seen: bool) -> dict[str, Tensor]:
    """Returns the truth about b scenes, by class (c).

    Args:
        scenes: the scenes.
        seen: whether to describe what is visible, including silent things; otherwise what is heard.

    Returns:
        ``there`` and ``picture`` (b, c) 0 or 1; ``pitch``, ``brightness`` and ``count`` (b, c); ``material`` (b, c)
        integers; ``music`` (b,) integers, where the number of styles means no music. The other values of an absent
        class are meaningless.
    """
    found: dict[str, list[list[float]]] = {name: [] for name in ("there", "picture", "pitch", "brightness", "count")}
    materials: list[list[int]] = []
    for one in scenes:
        row = {name: [0.0] * len(KINDS) for name in found}
        material = [0] * len(KINDS)
        for source in one.sources:
            if (not source.on_screen) if seen else (not source.events):
                continue
            at = KINDS.index(source.sound_class)
            row["there"][at] = 1.0
            row["picture"][at] = float(source.on_screen)
            row["pitch"][at] = source.style.pitch
            row["brightness"][at] = source.style.brightness
            row["count"][at] = min(len(source.events), 12) / 12
            material[at] = source.style.material
        for name, values in row.items():
            found[name].append(values)
        materials.append(material)
    music = [len(MUSIC) if one.music is None else MUSIC.index(one.music.style) for one in scenes]
    return {name: torch.tensor(rows) for name, rows in found.items()} | {
        "material": torch.tensor(materials),
        "music": torch.tensor(music),
    }


def moments(scenes: Sequence[Scene]) -> tuple[Float[Tensor, "b n c"], Float[Tensor, "b n c"]]:
    """Returns when each visible class is active, and when its events begin, at the rate of latents.

    Returns:
        Activity (the strength of an event while it lasts) and onsets (its strength at the latent in which it begins,
        falling to 0 over two latents on both sides).
    """
    count = round(DURATION * LATENT_RATE)
    activity = torch.zeros(len(scenes), count, len(KINDS))
    onsets = torch.zeros(len(scenes), count, len(KINDS))
    for row, one in enumerate(scenes):
        for source in one.sources:
            if not source.on_screen:
                continue
            at = KINDS.index(source.sound_class)
            for event in source.events:
                first, last = round(event.onset * LATENT_RATE), max(round(event.end * LATENT_RATE), 1)
                activity[row, first : max(last, first + 1), at] = event.strength
                for near in range(-ONSET_REACH + 1, ONSET_REACH):
                    if 0 <= first + near < count:
                        mark = event.strength * (1 - abs(near) / ONSET_REACH)
                        onsets[row, first + near, at] = max(float(onsets[row, first + near, at]), mark)
    return activity, onsets


class Answers(nn.Module):
    """Predicts the facts from a clip's feature vector. Used in training only; not part of an encoder's weights."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.kinds = nn.Linear(width, len(KINDS) * _FACTS)
        self.music = nn.Linear(width, len(MUSIC) + 1)

    def losses(
        self, features: Float[Tensor, "b w"], scenes: Sequence[Scene], *, seen: bool
    ) -> dict[str, Float[Tensor, ""]]:
        """Returns cross-entropies for presence, visibility and material, and mean squared errors for the numbers."""
        truth = facts(scenes, seen=seen)
        answers = self.kinds(features).unflatten(-1, (len(KINDS), _FACTS)).float()
        there = truth["there"]
        total = there.sum().clamp(min=1)
        numbers = torch.stack((truth["pitch"], truth["brightness"], truth["count"]), dim=-1)
        material = F.cross_entropy(answers[..., 5:].flatten(0, 1), truth["material"].flatten(), reduction="none")
        parts = {
            "there": F.binary_cross_entropy_with_logits(answers[..., 0], there),
            "picture": (
                F.binary_cross_entropy_with_logits(answers[..., 1], truth["picture"], reduction="none") * there
            ).sum()
            / total,
            "numbers": ((answers[..., 2:5] - numbers).square().mean(-1) * there).sum() / total,
            "material": (material.view_as(there) * there).sum() / total,
        }
        if not seen:
            parts["music"] = F.cross_entropy(self.music(features).float(), truth["music"])
        return parts
