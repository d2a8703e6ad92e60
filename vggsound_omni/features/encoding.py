"""One pass over sources with all encoders of one modality: decoded once, in batches, and only what the store lacks.

Threads decode ahead while the networks run. Signals of equal length make batches; a network that computes each row by
itself gives the same features in any batch but for float rounding, less than 1e-5 of the largest value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic

import numpy as np
import torch
from rich.console import Console

from vggsound_omni.encoders.encoder import Outputs
from vggsound_omni.errors import UserError
from vggsound_omni.progress import Progress

from .keys import CacheKeys, FileKey, Key
from .modality import Channel, Encoder, Prepared, Source
from .prefetch import prefetch
from .signals import Signal, View
from .store import Features, FeatureStore

_BATCH_BYTES = 2**28
"""A batch takes no more than this, unless a single signal does; pictures are large."""
_HELD_BYTES = 2**29
"""Signals that wait for others of their length take no more than this together."""


@dataclass(frozen=True, kw_only=True)
class Encoded:
    """What was encoded. For each encoder, each id is either among its features or among its failures."""

    features: dict[str, dict[str, Features]]
    """By encoder's name and id: named outputs without the batch axis, read-only."""
    failures: dict[str, dict[str, str]]  # by encoder's name and id: why there are none, in a sentence
    unreadable: dict[str, str]  # by id: why a source could not be decoded; a failure of all encoders too
    decoded: int  # files (or texts) that were read to the end
    computed: int  # signals given to encoders, summed over these; all other features came from the store


@dataclass
class _Memory:
    """Features by key: in memory, and in the store as far as it can be used."""

    store: FeatureStore
    console: Console
    done: dict[Key, Features] = field(default_factory=dict)
    refused: dict[Key, str] = field(default_factory=dict)
    _signals: dict[FileKey, str] = field(default_factory=dict)  # what files hold, not yet in the store
    _writable: bool = True

    def settled(self, key: Key) -> bool:
        """Returns whether nothing is left to do for a key."""
        return key in self.done or key in self.refused

    def load(self, keys: Iterable[Key]) -> None:
        """Takes from the store what it has."""
        self.done |= self.store.get_many(keys)

    def note(self, signals: Mapping[FileKey, str]) -> None:
        """Notes which signals files hold, to be stored with the next features."""
        self._signals |= signals

    def keep(self, features: Mapping[Key, Features]) -> None:
        """Adds features; a store that cannot be written to costs time and nothing else."""
        self.done |= features
        if not self._writable:
            return
        try:
            self.store.put_many(features)
            self.store.remember(self._signals)
            self._signals = {}
        except OSError as error:
            self._writable = False
            self.console.print(
                f"The feature cache {self.store.root} cannot be written to ({error.strerror or error}); "
                "going on without.",
                style="yellow",
                markup=False,
                highlight=False,
            )


_Bucket = tuple[View, float, tuple[int, ...], tuple[str, ...]]
"""Signals that go in one batch: their view, rate and shape, and the encoders that still need them."""


@dataclass
class _Batches:
    """Signals that wait until there are enough of their kind."""

    size: int
    _buckets: dict[_Bucket, list[Signal]] = field(default_factory=dict)

    def add(self, bucket: _Bucket, signal: Signal) -> Iterator[tuple[_Bucket, list[Signal]]]:
        """Adds a signal and yields the batches that are due."""
        waiting = self._buckets.setdefault(bucket, [])
        waiting.append(signal)
        if len(waiting) >= min(self.size, _BATCH_BYTES // max(1, signal.data.nbytes)):
            yield bucket, self._buckets.pop(bucket)
        while sum(s.data.nbytes for signals in self._buckets.values() for s in signals) > _HELD_BYTES:
            yield self._fullest()

    def rest(self) -> Iterator[tuple[_Bucket, list[Signal]]]:
        """Yields all that is left."""
        while self._buckets:
            yield self._fullest()

    def _fullest(self) -> tuple[_Bucket, list[Signal]]:
        bucket = max(self._buckets, key=lambda bucket: len(self._buckets[bucket]))
        return bucket, self._buckets.pop(bucket)


@dataclass(frozen=True)
class _Decoded:
    signals: dict[View, Signal]
    files: dict[View, FileKey]


class Pass(Generic[Source, Encoder]):
    """Encodes sources of one modality.

    A batch that memory does not suffice for is computed in halves, and later ones are no larger than these.

    An encoder that refuses a signal (say, one too short for it) does so with a :class:`UserError`, which becomes that
    id's failure; any other exception of its ends the pass. What was computed before is in the store by then.

    Args:
        channel: the modality, with the track's window.
        encoders: of different names, on ``device``.
        store: where features come from and go to.
        console: shows progress after two seconds, and says so if the store cannot be written to.
        device: of the networks; signals are resampled there too.
        batch_size: the most signals that a network is given at once.

    Raises:
        ValueError: two encoders of one name, or outputs that are not one row for each signal.
    """

    def __init__(
        self,
        channel: Channel[Source, Encoder],
        encoders: Sequence[Encoder],
        store: FeatureStore,
        console: Console,
        device: str = "cpu",
        batch_size: int = 16,
    ) -> None:
        self._channel, self._console, self._device = channel, console, device
        self._encoders = {encoder.card.name: encoder for encoder in encoders}
        if len(self._encoders) < len(encoders):
            raise ValueError(f"encoders must have different names, not {[one.card.name for one in encoders]}.")
        self._views = {name: channel.view(encoder) for name, encoder in self._encoders.items()}
        self._cache_keys = {
            name: CacheKeys(encoder, channel.modality, channel.prepared(encoder))
            for name, encoder in self._encoders.items()
        }
        self._memory, self._batches = _Memory(store, console), _Batches(batch_size)
        self._keys: dict[tuple[str, str], Key] = {}  # by encoder's name and id, once the id's signal is known
        self._waiting: set[Key] = set()  # of signals in a batch that is not computed yet
        self._unreadable: dict[str, str] = {}
        self._decoded = self._computed = 0

    def run(self, sources: Mapping[str, Source]) -> Encoded:
        """Encodes files, functions that make signals, or texts, by id."""
        self._recall(sources)
        # A second round is rare: a file changed between being recognised and being decoded.
        while jobs := self._jobs(sources):
            with Progress(self._channel.title, len(jobs), self._console) as bar:
                for item, outcome in prefetch(self._decode, [(item, sources[item], jobs[item]) for item in jobs]):
                    self._take(item, outcome)
                    bar.advance()
                for bucket, signals in self._batches.rest():
                    self._compute(bucket, signals)
        self._memory.keep({})
        return self._encoded(sources)

    def _recall(self, sources: Mapping[str, Source]) -> None:
        """Looks up what is known without decoding anything."""
        views = set(self._views.values())
        files = {item: self._channel.file_keys(source, views) for item, source in sources.items()}
        signals = self._memory.store.signals(key for keys in files.values() for key in keys.values())
        for item, keys in files.items():
            for name, view in self._views.items():
                if view in keys and keys[view] in signals:
                    self._keys[name, item] = self._cache_keys[name].key(signals[keys[view]])
        self._memory.load(set(self._keys.values()))

    def _jobs(self, sources: Iterable[str]) -> dict[str, set[View]]:
        """Returns what must be decoded: by id, in which views. A signal known to be in two files is read from one."""
        jobs: dict[str, set[View]] = {}
        planned: set[Key] = set()
        for item in sources:
            for name, view in self._views.items():
                key = self._keys.get((name, item))
                if item not in self._unreadable and (key is None or not (key in planned or self._memory.settled(key))):
                    jobs.setdefault(item, set()).add(view)
                    planned |= {key} if key else set()
        return jobs

    def _decode(self, job: tuple[str, Source, set[View]]) -> tuple[str, _Decoded | UserError]:
        """In a thread: decodes a source, and finds where to remember its signals if it did not change meanwhile."""
        item, source, views = job
        before = self._channel.file_keys(source, views)
        try:
            signals = self._channel.decode(source, views)
        except UserError as error:
            return item, error
        return item, _Decoded(signals, before if before == self._channel.file_keys(source, views) else {})

    def _take(self, item: str, outcome: _Decoded | UserError) -> None:
        """Adds the signals of one source to the batches, and computes those that are due."""
        if isinstance(outcome, UserError):
            self._unreadable[item] = str(outcome)
            return
        self._decoded += 1
        self._memory.note({key: outcome.signals[view].sha256 for view, key in outcome.files.items()})
        for view, signal in outcome.signals.items():
            keys = {name: self._cache_keys[name].key(signal.sha256) for name, own in self._views.items() if own == view}
            self._keys |= {(name, item): key for name, key in keys.items()}
            self._memory.load(key for key in keys.values() if not (key in self._waiting or self._memory.settled(key)))
            missing = {
                name: key for name, key in keys.items() if not (key in self._waiting or self._memory.settled(key))
            }
            if missing:
                self._waiting |= set(missing.values())
                bucket = view, signal.rate, signal.data.shape, tuple(missing)
                for due, signals in self._batches.add(bucket, signal):
                    self._compute(due, signals)

    def _compute(self, bucket: _Bucket, signals: Sequence[Signal]) -> None:
        """Runs the encoders on a batch and keeps their outputs."""
        prepared: Prepared = {}
        new: dict[Key, Features] = {}
        for name in bucket[-1]:
            new |= self._forward(name, signals, prepared)
            self._waiting -= {self._cache_keys[name].key(signal.sha256) for signal in signals}
        self._memory.keep(new)

    def _forward(self, name: str, signals: Sequence[Signal], prepared: Prepared) -> dict[Key, Features]:
        keys = [self._cache_keys[name].key(signal.sha256) for signal in signals]
        outputs: Outputs | None = None
        try:
            with torch.inference_mode():
                outputs = self._channel.forward(self._encoders[name], signals, self._device, prepared)
        except UserError as error:
            if len(signals) == 1:
                self._memory.refused[keys[0]] = str(error)
                return {}
            alone = [self._forward(name, [signal], {}) for signal in signals]
            return {key: features for one in alone for key, features in one.items()}
        except (RuntimeError, MemoryError) as error:
            if len(signals) == 1 or not _out_of_memory(error):
                raise
        if outputs is None:  # outside of the handler, whose traceback holds the memory of the attempt
            half = len(signals) // 2
            self._batches.size = min(self._batches.size, half)
            prepared.clear()
            return self._forward(name, signals[:half], {}) | self._forward(name, signals[half:], {})
        self._computed += len(signals)
        return dict(zip(keys, _rows(name, outputs, len(signals)), strict=True))

    def _encoded(self, sources: Iterable[str]) -> Encoded:
        features: dict[str, dict[str, Features]] = {name: {} for name in self._encoders}
        failures: dict[str, dict[str, str]] = {name: {} for name in self._encoders}
        memory = self._memory
        for item in sources:
            for name in self._encoders:
                key = self._keys.get((name, item))
                if key in memory.done:
                    features[name][item] = memory.done[key]
                else:
                    failures[name][item] = memory.refused[key] if key in memory.refused else self._unreadable[item]
        return Encoded(
            features=features,
            failures=failures,
            unreadable=dict(self._unreadable),
            decoded=self._decoded,
            computed=self._computed,
        )


def _out_of_memory(error: BaseException) -> bool:
    """Returns whether an error says that memory ran out, on a GPU or on the host."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)


def _rows(name: str, outputs: Outputs, count: int) -> list[Features]:
    """Splits a batch of outputs."""
    arrays = {}
    for output, values in outputs.items():
        array = values.detach().cpu().numpy().astype(np.float32)
        if array.ndim < 1 or len(array) != count:
            raise ValueError(f'{name} gave "{output}" of shape {array.shape} for {count} signals; one row each is due.')
        array.setflags(write=False)
        arrays[output] = array
    return [{output: array[row] for output, array in arrays.items()} for row in range(count)]
