"""Captioners that need no server: FoleyWorld's encoders and a small grammar. They know what they hear, and no truth.

The junior tags the whole clip. The senior hears single events, so that it knows how often and in which order. Neither
is the network that filters (``la_clap``), so a filter still says something.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt
import torch

from vggsound_omni.encoders.encoder import Tagger, VideoEncoder
from vggsound_omni.encoders.preparation import prepare
from vggsound_omni.encoders.registry import load_encoder, playing
from vggsound_omni.errors import UserError
from vggsound_omni.metrics.label_recall import GENERIC
from vggsound_omni.suites.foleyworld import CLASSES, render_audio
from vggsound_omni.suites.foleyworld.program import solo

from .clips import RATE, Clip
from .drafts import Draft, Event
from .roles import Checked, Heard, Samples, Seen
from .scorers import embed, seen_by
from .servers import Usage

_WINDOW, _HOP = 2.0, 1.0
"""Seconds of a senior's windows."""
_MOST = 5
"""Things that one caption names."""
_SURE, _HINTED, _PERHAPS = 0.5, 0.3, 0.15
"""Probabilities from which a tag is named: alone, where the picture hints at it, and where an event of it is heard."""
_SEEN, _EXAMPLES = 3, 3
"""Classes that a description names, and recordings that a class is known by."""


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
    """A captioner in this process, of a clip's sound."""

    def caption(
        self,
        clip: Clip,  # noqa: ARG002
        samples: Samples,
        context: str | None,
        draft: Draft | None,  # noqa: ARG002
        reasons: Sequence[str],  # noqa: ARG002
    ) -> Heard:
        """Captions a clip from its sound."""
        began = time.thread_time()
        found = self._written(samples, context)
        usage = Usage(cpu_seconds=time.thread_time() - began, asked=1)
        return Heard(draft=found, problem=None if found else "empty", usage=usage)

    def _written(self, samples: Samples, context: str | None) -> Draft | None:
        raise NotImplementedError


class TagJunior(_Captioner):
    """Names what a tagger is sure of, from one pass over the clip; of what may be seen it has to be less sure."""

    def __init__(self, encoder_set: str, device: str = "cpu") -> None:
        self._ear = _Ear(encoder_set, device)
        self.identity = f"offline junior: tags of {self._ear.name}, a grammar"

    def _written(self, samples: Samples, context: str | None) -> Draft | None:
        heard, names = self._ear.hear(samples), self._ear.encoder.classes
        least = [_HINTED if context is not None and name in context else _SURE for name in names]
        said = [names[i] for i in np.argsort(-heard)[:_MOST] if heard[i] >= least[i]]
        return say([Told(name=name, end=len(samples) / RATE) for name in said])


class EarSenior(_Captioner):
    """Hears single events, so that it knows how often and in which order, and asks a tagger whether they are likely."""

    def __init__(self, encoder_set: str, device: str = "cpu") -> None:
        self._ear = _Ear(encoder_set, device)
        events = load_encoder(playing(encoder_set)["ear"][0], device=device)
        assert isinstance(events, Tagger), "an ear names its classes"
        self._events = events
        self.identity = (
            f"offline senior: events of {events.card.name} {events.card.checkpoint_sha256[:12]}, tags of "
            f"{self._ear.name}, a grammar"
        )

    def _written(self, samples: Samples, context: str | None) -> Draft | None:  # noqa: ARG002
        rows = self._events.audio(prepare(torch.from_numpy(samples)[None, None], RATE, self._events.audio_input))
        by_class: dict[str, list[tuple[float, float]]] = {}
        for index, onset, end, _ in rows["events"][0].numpy():
            if index == index:  # NaN pads
                by_class.setdefault(self._events.classes[int(index)], []).append((float(onset), float(end)))
        likely = dict(zip(self._ear.encoder.classes, self._ear.hear(samples), strict=True))
        heard = [name for name in by_class if likely.get(name, 1.0) >= _PERHAPS]
        heard += [name for name, value in likely.items() if value >= _SURE and name not in by_class]
        told = [
            Told(
                name=name,
                start=min((start for start, _ in by_class.get(name, ())), default=0.0),
                end=max((end for _, end in by_class.get(name, ())), default=len(samples) / RATE),
                times=len(by_class[name]) if name in by_class and countable(name) else None,
            )
            for name in heard
        ]
        return say(sorted(told, key=lambda one: one.start)[:_MOST])


class LookingDescriber:
    """Names what a picture shows: of the classes whose sounds a network of sound and picture knows, those nearest.

    What it knows of a class is the mean of a few recordings of that class alone, from the train split.
    """

    def __init__(self, encoder_set: str, device: str = "cpu") -> None:
        encoder = load_encoder(playing(encoder_set)["ib"][0], device=device)
        self._encoder = encoder
        self.identity = f"offline describer: {encoder.card.name} {encoder.card.checkpoint_sha256[:12]}"
        self._known: torch.Tensor | None = None  # (classes, d)

    def describe(self, clip: Clip) -> Seen:
        """Names the classes that the picture is nearest to, most of which are not in it: a hint that may be wrong."""
        if clip.video is None:
            return Seen(context=None)
        began = time.thread_time()
        seen = seen_by(cast("VideoEncoder", self._encoder), clip.video)
        if self._known is None:
            self._known = torch.stack([self._sound_of(name) for name in CLASSES])
        near = torch.nn.functional.normalize(seen, dim=-1).reshape(-1, self._known.shape[1]).mean(0) @ self._known.T
        names = [list(CLASSES)[i] for i in near.topk(_SEEN).indices.tolist()]
        usage = Usage(cpu_seconds=time.thread_time() - began, asked=1)
        return Seen(context=f"The picture may show: {'; '.join(names)}.", usage=usage)

    def _sound_of(self, name: str) -> torch.Tensor:
        sounds = [embed(self._encoder, render_audio(solo(name, index))) for index in range(_EXAMPLES)]
        mean = torch.stack(
            [torch.nn.functional.normalize(one, dim=-1).reshape(-1, one.shape[-1]).mean(0) for one in sounds]
        )
        return torch.nn.functional.normalize(mean.mean(0), dim=-1)


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


def countable(name: str) -> bool:
    """Returns whether a class of FoleyWorld is heard as single acts."""
    return name in CLASSES and not CLASSES[name].lasting


@dataclass(frozen=True, kw_only=True)
class Told:
    """Something that is said to sound."""

    name: str  # class, or another tagger's tag
    start: float = 0.0  # seconds
    end: float = 0.0
    times: int | None = None  # acts, where they were counted


def say(heard: Sequence[Told]) -> Draft | None:
    """Returns a caption of what is heard, in its order; None if that is nothing."""
    if not heard:
        return None
    music = [one.name for one in heard if one.name.casefold() == "music"]
    things = [one for one in heard if one.name.casefold() != "music"]
    events = tuple(Event(what=one.name, start=one.start, end=one.end, times=one.times) for one in things)
    if all(one.name not in CLASSES for one in things):  # another tagger's names: no words for a sentence
        names = [*(one.name.casefold() for one in things), *music[:1]]
        return Draft(
            events=events,
            music="music" if music else "none",
            sentence=f"Sounds of {', '.join(names[:-1])}{' and ' if len(names) > 1 else ''}{names[-1].casefold()}.",
        )
    text = ""
    for number, one in enumerate(things):
        later = number > 0 and one.start >= things[number - 1].end
        text += _clause(one) if number == 0 else f"{', then' if later else ', while'} {_clause(one)}"
    if music:
        text += " while music plays in the background" if text else "music plays in the background"
    return Draft(events=events, music="music" if music else "none", sentence=f"{text[0].upper()}{text[1:]}.")


def _clause(one: Told) -> str:
    """Says a tag: a class of FoleyWorld in its own words, any other by its name."""
    text = CLASSES[one.name].words.plain if one.name in CLASSES else f"{one.name.casefold()} is heard"
    if one.times is None or (one.name in CLASSES and not CLASSES[one.name].words.repeats):
        return text
    often = {1: "once", 2: "twice"}.get(one.times, f"{one.times} times")
    return f"{text} {often}"
