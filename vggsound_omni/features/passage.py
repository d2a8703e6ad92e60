"""One pass over files or texts with all encoders of one face.

Threads decode ahead while the networks run. Signals of equal length make batches; a network that computes each row by
itself gives the same features in any batch but for float rounding, less than 1e-5 of the largest value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic

import numpy as np
import torch
from rich.console import Console

from vggsound_omni.encoders.encoder import Outputs
from vggsound_omni.errors import UserError

from . import Features, FeatureStore, FileKey, Filing, Key
from .decode import Signal, View
from .modality import Encoder, Medium, Prepared, Source
from .prefetch import Bar, ahead

_BATCH_BYTES = 2**28
"""A batch takes no more than this, but for one signal that does; pictures are large."""
_HELD_BYTES = 2**29
"""Signals that wait for others of their length take no more than this together."""


@dataclass(frozen=True, kw_only=True)
class Encoded:
    """What was encoded. For each encoder, each id is either among its features or among its failures."""

    features: dict[str, dict[str, Features]]
    """By encoder's name and id: named outputs without the batch axis, read-only."""
    failures: dict[str, dict[str, str]]
    """By encoder's name and id: why there are none, in a sentence."""
    unreadable: dict[str, str]
    """By id: why a source could not be decoded, whatever the encoder; these are failures of all of them too."""
    decoded: int
    """Files (or texts) that were read to the end."""
    computed: int
    """Signals given to encoders, summed over these; all other features came from the store."""


_Bucket = tuple[View, float, tuple[int, ...], tuple[str, ...]]
"""Signals that go in one batch: their view, rate and shape, and the encoders that still need them."""


class Pass(Generic[Source, Encoder]):
    """The state of one call."""

    def __init__(
        self,
        medium: Medium[Source, Encoder],
        encoders: Sequence[Encoder],
        store: FeatureStore,
        console: Console,
        device: str,
        batch_size: int,
    ) -> None:
        self._medium, self._store, self._console, self._device = medium, store, console, device
        self._batch_size = batch_size
        self._encoders = {encoder.card.name: encoder for encoder in encoders}
        if len(self._encoders) < len(encoders):
            raise ValueError(f"encoders must have different names, not {[one.card.name for one in encoders]}.")
        self._filings = {name: Filing(encoder, medium.face) for name, encoder in self._encoders.items()}
        self._views = {name: medium.view(encoder) for name, encoder in self._encoders.items()}
        self._keys: dict[tuple[str, str], Key] = {}
        """By encoder's name and id, as soon as the id's signal is known."""
        self._done: dict[Key, Features] = {}
        self._refused: dict[Key, str] = {}
        self._unreadable: dict[str, str] = {}
        self._buckets: dict[_Bucket, list[Signal]] = {}
        self._in_buckets: set[Key] = set()
        self._remember: dict[FileKey, str] = {}
        self._decoded = self._computed = 0
        self._writable = True

    def run(self, sources: Mapping[str, Source]) -> Encoded:
        """Encodes everything."""
        self._recall(sources)
        # A second round is rare: a file changed between being recognised and being decoded.
        while jobs := self._jobs(sources):
            with Bar(self._console, self._medium.title, len(jobs)) as bar:
                for item, outcome in ahead(self._decode, [(item, sources[item], jobs[item]) for item in jobs]):
                    self._take(item, outcome)
                    bar.advance()
                while self._buckets:
                    self._compute_fullest()
        self._keep({})
        return self._encoded(sources)

    def _recall(self, sources: Mapping[str, Source]) -> None:
        """Looks up what is known without decoding anything."""
        views = set(self._views.values())
        files = {item: self._medium.file_keys(source, views) for item, source in sources.items()}
        signals = self._store.signals(key for keys in files.values() for key in keys.values())
        for item, keys in files.items():
            for name, view in self._views.items():
                if view in keys and keys[view] in signals:
                    self._keys[name, item] = self._filings[name].key(signals[keys[view]])
        self._done |= self._store.get_many(set(self._keys.values()))

    def _jobs(self, sources: Iterable[str]) -> dict[str, set[View]]:
        """What must be decoded: by id, in which views. A signal known to be in two files is wanted of one."""
        jobs: dict[str, set[View]] = {}
        planned: set[Key] = set()
        for item in sources:
            for name, view in self._views.items():
                key = self._keys.get((name, item))
                if item not in self._unreadable and (key is None or not (key in planned or self._settled(key))):
                    jobs.setdefault(item, set()).add(view)
                    planned |= {key} if key else set()
        return jobs

    def _settled(self, key: Key) -> bool:
        return key in self._done or key in self._refused

    def _decode(self, job: tuple[str, Source, set[View]]) -> tuple[str, _Decoded | UserError]:
        """In a thread: the signals of a source, and where to remember them if it stayed as it was meanwhile."""
        item, source, views = job
        before = self._medium.file_keys(source, views)
        try:
            signals = self._medium.decode(source, views)
        except UserError as error:
            return item, error
        return item, _Decoded(signals, before if before == self._medium.file_keys(source, views) else {})

    def _take(self, item: str, outcome: _Decoded | UserError) -> None:
        """Sorts the signals of one source into buckets, and computes those that are full."""
        if isinstance(outcome, UserError):
            self._unreadable[item] = str(outcome)
            return
        self._decoded += 1
        self._remember |= {key: outcome.signals[view].sha256 for view, key in outcome.files.items()}
        for view, signal in outcome.signals.items():
            keys = {name: self._filings[name].key(signal.sha256) for name, own in self._views.items() if own == view}
            self._keys |= {(name, item): key for name, key in keys.items()}
            unknown = [key for key in keys.values() if not (key in self._in_buckets or self._settled(key))]
            self._done |= self._store.get_many(unknown)
            missing = {name: key for name, key in keys.items() if key in unknown and key not in self._done}
            if missing:
                self._in_buckets |= set(missing.values())
                bucket = view, signal.rate, signal.data.shape, tuple(missing)
                self._buckets.setdefault(bucket, []).append(signal)
                if len(self._buckets[bucket]) >= min(self._batch_size, _BATCH_BYTES // max(1, signal.data.nbytes)):
                    self._compute(bucket)
        while sum(s.data.nbytes for signals in self._buckets.values() for s in signals) > _HELD_BYTES:
            self._compute_fullest()

    def _compute_fullest(self) -> None:
        self._compute(max(self._buckets, key=lambda bucket: len(self._buckets[bucket])))

    def _compute(self, bucket: _Bucket) -> None:
        """Runs the encoders on a batch and keeps what they say."""
        signals = self._buckets.pop(bucket)
        prepared: Prepared = {}
        new: dict[Key, Features] = {}
        for name in bucket[-1]:
            new |= self._forward(name, signals, prepared)
        self._done |= new
        self._in_buckets -= {self._filings[name].key(signal.sha256) for name in bucket[-1] for signal in signals}
        self._keep(new)

    def _forward(self, name: str, signals: Sequence[Signal], prepared: Prepared) -> dict[Key, Features]:
        keys = [self._filings[name].key(signal.sha256) for signal in signals]
        try:
            with torch.inference_mode():
                outputs = self._medium.forward(self._encoders[name], signals, self._device, prepared)
        except UserError as error:
            if len(signals) == 1:
                self._refused[keys[0]] = str(error)
                return {}
            alone = [self._forward(name, [signal], {}) for signal in signals]
            return {key: features for one in alone for key, features in one.items()}
        self._computed += len(signals)
        return dict(zip(keys, _rows(name, outputs, len(signals)), strict=True))

    def _keep(self, features: Mapping[Key, Features]) -> None:
        """Puts features into the store; one that cannot be written to costs time and nothing else."""
        if not self._writable:
            return
        try:
            self._store.put_many(features)
            self._store.remember(self._remember)
            self._remember = {}
        except OSError as error:
            self._writable = False
            tell_unwritable(self._store, error, self._console)

    def _encoded(self, sources: Iterable[str]) -> Encoded:
        features: dict[str, dict[str, Features]] = {name: {} for name in self._encoders}
        failures: dict[str, dict[str, str]] = {name: {} for name in self._encoders}
        for item in sources:
            for name in self._encoders:
                key = self._keys.get((name, item))
                if key in self._done:
                    features[name][item] = self._done[key]
                else:
                    failures[name][item] = self._refused[key] if key in self._refused else self._unreadable[item]
        return Encoded(
            features=features,
            failures=failures,
            unreadable=dict(self._unreadable),
            decoded=self._decoded,
            computed=self._computed,
        )


def tell_unwritable(store: FeatureStore, error: OSError, console: Console) -> None:
    """Says that features are no longer kept, and why."""
    console.print(
        f"The feature cache {store.root} cannot be written to ({error.strerror or error}); going on without.",
        style="yellow",
        markup=False,
        highlight=False,
    )


@dataclass(frozen=True)
class _Decoded:
    signals: dict[View, Signal]
    files: dict[View, FileKey]


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
