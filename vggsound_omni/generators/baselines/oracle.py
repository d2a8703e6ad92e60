"""Two baselines that answer with a suite's own recordings: the item's own, and another's."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Sequence

import numpy as np

from vggsound_omni.errors import UserError
from vggsound_omni.generators.adapters.files import read_sound
from vggsound_omni.generators.check.conformance import BrokenRule
from vggsound_omni.protocol import Audio, ModelCard, Request
from vggsound_omni.suites.suite import Item, Suite

from .lengths import cut_or_loop, cut_or_pad, sample_count

_SLACK = 0.01  # seconds read beyond what is used, so that rounding to samples never lacks one


class Reference:
    """The ceiling: the item's own recording, cut or padded with zeros to the length asked for.

    A suite may hold items that are all but silent, so the rule ``silent`` does not apply.
    """

    card = ModelCard(name="reference", parameters=0, extra={"silent": True})

    def __init__(self, suite: Suite) -> None:
        """``suite`` is the one being run; no other generator is given it."""
        self._suite = suite
        self._items = {item.id: item for item in suite.items()}

    def generate(self, requests: Sequence[Request]) -> list[Audio]:
        """The recordings at their own rate."""
        return [self._one(request) for request in requests]

    def _one(self, request: Request) -> Audio:
        if request.id not in self._items:
            raise BrokenRule("missing", f'the suite "{self._suite.name}" has no item "{request.id}"')
        audio = recording(self._suite, self._items[request.id], request.duration)
        count = sample_count(request.duration, audio.sample_rate)
        return Audio(samples=cut_or_pad(audio.samples, count), sample_rate=audio.sample_rate)


class Shuffled:
    """Real sound of the wrong item: what a model gets that knows the suite's sounds and ignores its input.

    The ids of all items that have a recording are put in order of SHA-256 of seed and id, and each item gets the
    recording of the next one round that ring. So none gets its own, each recording is used once, and who gets which
    depends on the suite and the seed alone, not on order, batch or limit. An item without a recording gets the next
    one on the ring too. Recordings that are shorter than the request are looped.
    """

    card = ModelCard(name="shuffled", parameters=0, extra={"silent": True})

    def __init__(self, suite: Suite, seed: int = 0) -> None:
        """``suite`` is the one being run; ``seed`` chooses another pairing.

        Raises:
            UserError: fewer than two items of the suite have a recording.
        """
        self._suite = suite
        self._seed = seed
        self._ring = sorted(
            ((self._key(item.id), item) for item in suite.items() if item.has_audio), key=lambda entry: entry[0]
        )
        if len(self._ring) < 2:
            raise UserError(f'The suite "{suite.name}" has fewer than two recordings, so none can be swapped.')

    def generate(self, requests: Sequence[Request]) -> list[Audio]:
        """Other items' recordings at their own rate."""
        return [self._one(request) for request in requests]

    def donor(self, item_id: str) -> Item:
        """The item whose recording this one gets."""
        place = bisect_right(self._ring, self._key(item_id), key=lambda entry: entry[0])
        return self._ring[place % len(self._ring)][1]

    def _one(self, request: Request) -> Audio:
        audio = recording(self._suite, self.donor(request.id), request.duration)
        count = sample_count(request.duration, audio.sample_rate)
        return Audio(samples=cut_or_loop(audio.samples, count), sample_rate=audio.sample_rate)

    def _key(self, item_id: str) -> str:
        return hashlib.sha256(f"{self._seed}\n{item_id}".encode()).hexdigest()


def recording(suite: Suite, item: Item, seconds: float) -> Audio:
    """The first seconds of the item's reference recording; more than two channels are mixed to one.

    Raises:
        BrokenRule: ``missing``, it has none or none that can be read.
    """
    path = suite.media(item).audio if item.has_audio else None
    if path is None:
        raise BrokenRule("missing", f'the item "{item.id}" has no reference recording')
    audio = read_sound(path, seconds + _SLACK)
    if audio.samples.shape[0] <= 2:
        return audio
    return Audio(samples=audio.samples.mean(axis=0, keepdims=True, dtype=np.float32), sample_rate=audio.sample_rate)
