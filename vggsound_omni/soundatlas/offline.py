"""Captioners that need no server: a tagger and a small grammar. They know what they hear, and no truth file.

The junior tags the whole clip. The senior tags it in windows, so that it knows when something sounds, and lets a second
network choose what is said. That network is not the one that filters (``la_clap``), so a filter still says something.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import cast

import numpy as np
import numpy.typing as npt
import torch

from vggsound_omni.encoders.encoder import Tagger, TextEncoder
from vggsound_omni.encoders.preparation import prepare
from vggsound_omni.encoders.registry import load_encoder, playing
from vggsound_omni.errors import UserError
from vggsound_omni.metrics.label_recall import GENERIC
from vggsound_omni.suites.foleyworld import CLASSES

from .clips import RATE, Clip
from .drafts import Draft, Event
from .roles import Checked, Heard, Samples
from .scorers import cosine, embed
from .servers import Usage

_WINDOW, _HOP = 2.0, 1.0
"""Seconds of a senior's windows."""
_MOST = 5
"""Things that one caption names."""
_SURE, _PERHAPS = 0.5, 0.15
"""Probabilities from which a junior names a tag, and from which a senior considers it."""


class _Ear:
    """A tagger that hears clips."""

    def __init__(self, encoder_set: str, device: str) -> None:
        roles = playing(encoder_set)
        role = "tags" if "tags" in roles else "tagger"
        encoder = load_encoder(roles[role][0], device=device) if role in roles else None
        if not isinstance(encoder, Tagger):
            raise UserError(
                f'The encoder set "{encoder_set}" has no tagger that names its classes; take foleyworld or open.'
            )
        self.encoder = encoder
        self.name = f"{encoder.card.name} {encoder.card.checkpoint_sha256[:12]}"
        self._told = np.array([name not in GENERIC or name == "Music" for name in encoder.classes])

    def hear(self, samples: Samples) -> npt.NDArray[np.float64]:
        """Returns the probability of each class; 0 for names that say nothing of a source."""
        out = self.encoder.audio(prepare(torch.from_numpy(samples)[None, None], RATE, self.encoder.audio_input))
        found = out["peaks"][0] if "peaks" in out else torch.sigmoid(out["logits"][0])
        return np.where(self._told, found.numpy().astype(np.float64), 0.0)

    def windows(self, samples: Samples) -> npt.NDArray[np.float64]:
        """Returns the same for each window: (windows, classes)."""
        size, hop = round(_WINDOW * RATE), round(_HOP * RATE)
        starts = range(0, max(1, len(samples) - size + 1), hop)
        return np.stack([self.hear(samples[start : start + size]) for start in starts])


class _Captioner:
    """A captioner that listens to the clip and to nothing else that it is told."""

    def caption(
        self,
        clip: Clip,  # noqa: ARG002
        samples: Samples,
        context: str | None,  # noqa: ARG002
        draft: Draft | None,  # noqa: ARG002
        reasons: Sequence[str],  # noqa: ARG002
    ) -> Heard:
        """Captions a clip from its sound."""
        began = time.thread_time()
        found = self._written(samples)
        usage = Usage(cpu_seconds=time.thread_time() - began, asked=1)
        return Heard(draft=found, problem=None if found else "empty", usage=usage)

    def _written(self, samples: Samples) -> Draft | None:
        raise NotImplementedError


class TagJunior(_Captioner):
    """Names what a tagger is sure of, from one pass over the clip."""

    def __init__(self, encoder_set: str, device: str = "cpu") -> None:
        self._ear = _Ear(encoder_set, device)
        self.identity = f"offline junior: tags of {self._ear.name}, a grammar"

    def _written(self, samples: Samples) -> Draft | None:
        heard = self._ear.hear(samples)
        names = [self._ear.encoder.classes[i] for i in np.argsort(-heard)[:_MOST] if heard[i] >= _SURE]
        return say([(name, 0.0, len(samples) / RATE) for name in names])


class WindowSenior(_Captioner):
    """Hears in windows, and adds tags one by one as long as a second network likes the sentence better."""

    def __init__(self, encoder_set: str, device: str = "cpu") -> None:
        self._ear = _Ear(encoder_set, device)
        roles = playing(encoder_set)
        self._reader = load_encoder(roles["ms_clap"][0], device=device) if "ms_clap" in roles else None
        chosen = "" if self._reader is None else f", chosen by {self._reader.card.name}"
        self.identity = f"offline senior: tags of {self._ear.name} in windows{chosen}, a grammar"

    def _written(self, samples: Samples) -> Draft | None:
        windows = self._ear.windows(samples)
        likely = (self._ear.hear(samples) + np.sort(windows, axis=0)[-2:].mean(axis=0)) / 2
        order = [int(i) for i in np.argsort(-likely)[: 2 * _MOST] if likely[i] >= _PERHAPS]
        spans = {i: _span(windows[:, i], len(samples) / RATE) for i in order}
        chosen = self._chosen(order, likely, samples)
        return say([(self._ear.encoder.classes[i], *spans[i]) for i in sorted(chosen, key=lambda i: spans[i])])

    def _chosen(self, order: Sequence[int], likely: npt.NDArray[np.float64], samples: Samples) -> list[int]:
        """Returns the tags that are said: all that are sure, and others as long as they help."""
        sure = [i for i in order if likely[i] >= _SURE][:_MOST]
        if self._reader is None:
            return sure or list(order[:1])
        reader = self._reader
        sound = embed(reader, samples)

        def score(tags: Sequence[int]) -> float:
            said = say([(self._ear.encoder.classes[i], 0.0, 1.0) for i in tags])
            if said is None:
                return -1.0
            text = cast("TextEncoder", reader).text([said.sentence])["embedding"]
            return cosine(sound, text)

        chosen, best = list(sure), score(sure)
        for tag in (i for i in order if i not in sure):
            if len(chosen) < _MOST and (better := score([*chosen, tag])) > best + 0.01:
                chosen, best = [*chosen, tag], better
        return chosen


class TagChecker:
    """Says yes to what a tagger thinks at least possible in some window."""

    def __init__(self, encoder_set: str, device: str = "cpu") -> None:
        self._ear = _Ear(encoder_set, device)
        self.identity = f"offline checker: tags of {self._ear.name} in windows"

    def check(self, clip: Clip, samples: Samples, event: Event) -> Checked:  # noqa: ARG002
        """Checks one event by its class; neither yes nor no where the tagger has no such class."""
        began = time.thread_time()
        if event.what not in self._ear.encoder.classes:
            return Checked(yes=None)
        heard = self._ear.windows(samples)[:, self._ear.encoder.classes.index(event.what)].max()
        return Checked(yes=bool(heard >= 2 * _PERHAPS), usage=Usage(cpu_seconds=time.thread_time() - began, asked=1))


def _span(probabilities: npt.NDArray[np.float64], seconds: float) -> tuple[float, float]:
    """Returns when a tag is heard: from its first window to its last."""
    heard = np.flatnonzero(probabilities >= max(_PERHAPS, probabilities.max() / 2))
    if not len(heard):
        return 0.0, seconds
    return float(heard[0] * _HOP), float(min(seconds, heard[-1] * _HOP + _WINDOW))


def say(heard: Sequence[tuple[str, float, float]]) -> Draft | None:
    """Returns a caption of tags, each with its start and end, in order; None without a tag."""
    if not heard:
        return None
    music = [name for name, _, _ in heard if name.casefold() == "music"]
    things = [one for one in heard if one[0].casefold() != "music"]
    if all(name not in CLASSES for name, _, _ in things):  # another tagger's names: no words for a sentence
        names = [*(name.casefold() for name, _, _ in things), *music[:1]]
        return Draft(
            events=tuple(Event(what=name, start=start, end=end) for name, start, end in things),
            music="music" if music else "none",
            sentence=f"Sounds of {', '.join(names[:-1])}{' and ' if len(names) > 1 else ''}{names[-1].casefold()}.",
        )
    clauses = [_clause(name) for name, _, _ in things]
    text = ""
    for number, clause in enumerate(clauses):
        later = number > 0 and things[number][1] >= things[number - 1][2]
        text += clause if number == 0 else f"{', then' if later else ', while'} {clause}"
    if music:
        text += " while music plays in the background" if text else "music plays in the background"
    events = tuple(Event(what=name, start=start, end=end) for name, start, end in things)
    sentence = f"{text[0].upper()}{text[1:]}."
    return Draft(events=events, music="music" if music else "none", sentence=sentence)


def _clause(name: str) -> str:
    """Says a tag: a class of FoleyWorld in its own words, any other by its name."""
    return CLASSES[name].words.plain if name in CLASSES else f"{name.casefold()} is heard"
