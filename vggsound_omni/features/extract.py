"""The engine: from what metrics need, and the items, to arrays. For every encoder set, kit and device.

Small encoders of a set run together on each decoded file. Large ones are loaded one after the other, given one signal
at a time, and dropped; what they heard of a file is kept for the next, up to a limit of memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, overload

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.markup import escape

from vggsound_omni.encoders.encoder import AudioEncoder, EncoderCard, EncoderSpec, Kit, Precision, Synchroniser, Tagger
from vggsound_omni.encoders.registry import ENCODERS, load_encoder, playing
from vggsound_omni.errors import UserError
from vggsound_omni.media import resample
from vggsound_omni.metrics import METRICS, Metric, by_encoder
from vggsound_omni.metrics.metric import Compared, Encoded, Samples
from vggsound_omni.protocol import Side
from vggsound_omni.suites.bandwidths import Bandwidth
from vggsound_omni.suites.suite import Truth
from vggsound_omni.wording import shorten

from .encoding import Pass
from .judging import Judge
from .modality import Channel, Pictures, Sounds, Texts
from .prefetch import prefetch
from .signals import SoundReader, SoundSource, SoundView
from .store import Features, FeatureStore


@dataclass(frozen=True, kw_only=True)
class Binding:
    """A metric together with the encoders that play the roles it needs."""

    metric: Metric  # with the key of its scores: "kl", "kl@passt"
    encoders: Mapping[str, EncoderSpec]  # by role; a role that nobody plays in the set is missing

    @property
    def base(self) -> str:
        """The metric's key without its encoder."""
        return self.metric.key.partition("@")[0]

    def uses(self) -> Iterator[tuple[EncoderSpec, Side]]:
        """Yields each encoder with each side of an item that it must encode."""
        for need in self.metric.needs:
            match need:
                case Encoded(role=role, side=side) if role in self.encoders:
                    yield self.encoders[role], side
                case Compared(role=role) if role in self.encoders:
                    yield self.encoders[role], "generated"
                    yield self.encoders[role], "video"


def bindings(encoder_set: str, metrics: Iterable[Metric] | None = None) -> list[Binding]:
    """Binds metrics to the encoders of a set, once more for every further encoder that plays a role.

    Args:
        encoder_set: a name of :func:`~vggsound_omni.encoders.registry.encoder_sets`.
        metrics: None takes all.

    Raises:
        UserError: no such set.
    """
    players = playing(encoder_set)
    found = []
    for metric in METRICS.values() if metrics is None else metrics:
        first = {role: players[role][0] for role in metric.roles if role in players}
        found.append(Binding(metric=metric, encoders=first))
        found += [
            Binding(metric=by_encoder(metric, other.variant or other.name), encoders=first | {role: other})
            for role in first
            for other in players[role][1:]
        ]
    return found


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Where each side of the items comes from, by id; an item that lacks a side is missing there."""

    generated: Mapping[str, SoundSource]
    reference: Mapping[str, Path] = field(default_factory=dict)
    video: Mapping[str, Path] = field(default_factory=dict)
    text: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    truth: Mapping[str, Truth] = field(default_factory=dict)
    bandwidths: Mapping[str, Bandwidth] = field(default_factory=dict)  # of the suite, by encoder's name


@dataclass(frozen=True, kw_only=True)
class Column:
    """What an encoder made of one side of the items."""

    features: Mapping[str, Features]  # by id
    failures: Mapping[str, str]  # why an item has none, by id


class Sound(Sequence[npt.NDArray[np.float32]]):
    """One side's sound as samples, decoded when it is looked at: (samples,) float32, mono."""

    def __init__(self, sources: Sequence[SoundSource], view: SoundView, sample_rate: int, reader: SoundReader) -> None:
        self._sources, self._view, self._rate, self._reader = sources, view, sample_rate, reader

    def __len__(self) -> int:
        return len(self._sources)

    @overload
    def __getitem__(self, index: int) -> npt.NDArray[np.float32]: ...
    @overload
    def __getitem__(self, index: slice) -> Sound: ...
    def __getitem__(self, index: int | slice) -> npt.NDArray[np.float32] | Sound:
        """Returns one item's samples; a slice stays undecoded."""
        if isinstance(index, slice):
            return Sound(self._sources[index], self._view, self._rate, self._reader)
        return self._read(self._sources[index])

    def __iter__(self) -> Iterator[npt.NDArray[np.float32]]:
        return prefetch(self._read, self._sources)

    def _read(self, source: SoundSource) -> npt.NDArray[np.float32]:
        signal = self._reader.read(source, self._view)
        return resample(signal.data, int(signal.rate), self._rate)


@dataclass(frozen=True, kw_only=True)
class Extracted:
    """Everything that metrics read."""

    columns: Mapping[tuple[str, Side], Column]  # by encoder's name and side
    sources: Sources
    window: float | None
    reader: SoundReader
    cards: Mapping[str, EncoderCard]  # by encoder's name
    absent: Mapping[str, str] = field(default_factory=dict)  # by encoder's name: why it could not be loaded
    unreadable: Mapping[str, str] = field(default_factory=dict)  # by id: why a file could not be decoded
    synchronisers: Mapping[str, Synchroniser] = field(default_factory=dict)  # by encoder's name
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # of taggers that name them, likewise
    judge: Judge | None = None  # an audio language model, if there is one

    def sound(self, need: Samples, ids: Sequence[str]) -> Sound:
        """Returns the samples of some items; nothing is decoded yet."""
        files = self.sources.generated if need.side == "generated" else self.sources.reference
        return Sound([files[i] for i in ids], SoundView(seconds=self.window), need.sample_rate, self.reader)

    def swapped(self, whose: Mapping[str, str]) -> Extracted:
        """Returns these features with generated sounds in other places: ``whose`` says, by id, whose sound it gets."""
        columns = dict(self.columns)
        for key, column in self.columns.items():
            if key[1] == "generated":
                moved = {i: column.features[source] for i, source in whose.items() if source in column.features}
                columns[key] = replace(column, features=moved)
        sounds = self.sources.generated
        moved_sounds = {i: sounds[source] for i, source in whose.items() if source in sounds}
        return replace(self, columns=columns, sources=replace(self.sources, generated=moved_sounds))


def extract(
    wanted: Sequence[Binding],
    sources: Sources,
    *,
    window: float | None,
    console: Console,
    kit: Kit = "omni",
    precision: Precision = "float32",
    weights: Path | None = None,
    device: str = "cpu",
    batch_size: int | None = None,
    store: FeatureStore | None = None,
) -> Extracted:
    """Encodes what metrics need.

    Args:
        wanted: metrics that apply, with their encoders.
        sources: of the items scored.
        window: seconds from the start that count; None: all.
        console: where progress is shown, and which encoders are missing.
        kit: what of a file published encoders are given.
        precision: of the networks of published encoders.
        weights: folder with their checkpoints; None: where ``omni-bench weights`` puts them.
        device: where networks run.
        batch_size: the most signals that a small network is given at once; None: one on a processor, where more gains
            little and features then do not depend on what else is encoded, to the last bit; else 16.
        store: where features come from and go to; None: the one in the cache.

    Raises:
        UserError: encoders are needed, and not one of them can be loaded.
    """
    sides: dict[str, set[Side]] = {}
    specs: dict[str, EncoderSpec] = {}
    for binding in wanted:
        for spec, side in binding.uses():
            specs[spec.name] = spec
            sides.setdefault(spec.name, set()).add(side)
    compared = {spec.name for binding in wanted for spec in _synchronisers(binding)}
    small = [spec for spec in specs.values() if not spec.large]
    groups = [[spec] for spec in specs.values() if spec.large]
    store, reader = store or FeatureStore(), SoundReader(keep=len(groups) > 1)
    sounds = Sounds(window, reader)
    channels: tuple[tuple[Side, Channel[Any, Any], Mapping[str, Any]], ...] = (
        ("generated", sounds, sources.generated),
        ("reference", sounds, sources.reference),
        ("video", Pictures(window), sources.video),
        ("text", Texts(), sources.text),
    )
    columns: dict[tuple[str, Side], Column] = {}
    cards: dict[str, EncoderCard] = {}
    absent: dict[str, str] = {}
    unreadable: dict[str, str] = {}
    synchronisers: dict[str, Synchroniser] = {}
    classes: dict[str, tuple[str, ...]] = {}
    for group in [small, *groups] if small else groups:
        loaded: dict[str, AudioEncoder] = {}
        for spec in group:
            try:
                loaded[spec.name] = load_encoder(spec, device=device, kit=kit, precision=precision, folder=weights)
            except Exception as error:
                why = _why_absent(spec, error)
                if why is None:
                    raise
                absent[spec.name] = why
                console.print(f"[yellow]{escape(absent[spec.name])}[/]", highlight=False, soft_wrap=True)
        for side, channel, files in channels:
            used = [encoder for name, encoder in loaded.items() if side in sides[name]]
            if not used:
                continue
            most = 1 if group[0].large else batch_size or (1 if device == "cpu" else 16)
            most = 64 if side == "text" and most > 1 else most
            found = Pass(channel, used, store, console, device, most).run(files)
            for name, features in found.features.items():
                columns[name, side] = Column(features=features, failures=found.failures[name])
            if side != "text":
                unreadable |= found.unreadable
        cards |= {name: encoder.card for name, encoder in loaded.items()}
        synchronisers |= {
            name: encoder for name, encoder in loaded.items() if name in compared and isinstance(encoder, Synchroniser)
        }
        classes |= {name: encoder.classes for name, encoder in loaded.items() if isinstance(encoder, Tagger)}
        del loaded, used  # before the next is built
    if specs and not cards:
        first, *others = absent  # each was told of at length
        more = f" Nor can the others be loaded: {', '.join(others)}." if others else ""
        raise UserError(absent[first] + more)
    return Extracted(
        columns=columns,
        sources=sources,
        window=window,
        reader=reader,
        cards=cards,
        absent=absent,
        unreadable=unreadable,
        synchronisers=synchronisers,
        classes=classes,
    )


def _why_absent(spec: EncoderSpec, error: Exception) -> str | None:
    """Returns why an encoder cannot be loaded; None if that is a fault of this program."""
    package = ENCODERS.package(spec.name)
    why = str(error) if isinstance(error, UserError) else shorten(repr(error), 300)
    if package:
        return f"The encoder {spec.name} of the package {package} cannot be loaded: {why}"
    return why if spec.weights is not None and isinstance(error, UserError) else None


def _synchronisers(binding: Binding) -> Iterator[EncoderSpec]:
    for need in binding.metric.needs:
        if isinstance(need, Compared) and need.role in binding.encoders:
            yield binding.encoders[need.role]
