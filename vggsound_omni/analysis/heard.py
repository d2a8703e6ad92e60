"""Does a tagger of real sound name FoleyWorld's sounds?"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from vggsound_omni.encoders.encoder import Tagger
from vggsound_omni.metrics.label_recall import LIKELIEST, named
from vggsound_omni.suites.audioset import audioset_names
from vggsound_omni.suites.foleyworld import Scene, render_audio, scene
from vggsound_omni.suites.foleyworld.program import solo


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What a tagger heard in scenes of one class."""

    sound_class: str
    named: tuple[bool, ...]  # by scene: a listed name among the likeliest
    probabilities: tuple[float, ...]  # by scene: of the likeliest listed name
    instead: tuple[tuple[str, int], ...]  # other names among the likeliest, and in how many scenes; most often first


def hear(sound_class: str, scenes: Sequence[Scene], tagger: Tagger) -> Heard:
    """Renders scenes of one class, and lets a tagger say what it hears in them."""
    classes = np.array(tagger.classes)
    listed = np.isin(classes, audioset_names()[sound_class])
    told, probabilities = [], []
    instead: Counter[str] = Counter()
    for one in scenes:
        peaks: npt.NDArray[np.float32] = tagger.audio(torch.from_numpy(render_audio(one))[None])["peaks"][0].numpy()
        likeliest = named(peaks, tagger.classes)
        told.append(bool((likeliest & listed).any()))
        probabilities.append(float(peaks[listed].max()))
        instead.update(classes[likeliest & ~listed].tolist())
    return Heard(
        sound_class=sound_class,
        named=tuple(told),
        probabilities=tuple(probabilities),
        instead=tuple(instead.most_common(LIKELIEST)),
    )


def single_sources(sound_class: str, count: int, split: str = "solo", first: int = 0) -> list[Scene]:
    """Returns scenes in which one source of a class is seen and heard, without music.

    Args:
        sound_class: a class of FoleyWorld.
        count: how many.
        split: ``solo``, scenes made for this; otherwise those of the split's ``main`` stratum that are so.
        first: the index to begin with; each later index gives scenes that the earlier ones did not.
    """
    drawn = (solo(sound_class, i) for i in itertools.count(first)) if split == "solo" else _of_split(split, first)
    fitting = (one for one in drawn if one.labels == (sound_class,) and len(one.heard) == 1 and one.music is None)
    return list(itertools.islice(fitting, count))


def _of_split(split: str, first: int) -> Iterator[Scene]:
    return (scene(split, "main", i) for i in itertools.count(first))
