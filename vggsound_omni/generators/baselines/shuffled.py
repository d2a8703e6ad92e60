"""Real sound of the wrong item: what a model gets that knows the suite's sounds and ignores its input."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Sequence

from vggsound_omni.errors import UserError
from vggsound_omni.protocol import Audio, ModelCard, Request
from vggsound_omni.suites.suite import Item, Suite

from .lengths import cut_or_loop, sample_count
from .recordings import recording


class Shuffled:
    """Answers each item with another item's recording.

    The ids of all items that have a recording form a ring in the order of SHA-256 of seed and id, and each item gets
    the recording of the next one. So none gets its own, each recording is used once, and the pairing depends only on
    the suite and the seed, not on order, batch or limit. An item without a recording gets the next one on the ring too.
    Recordings that are shorter than the request are looped.
    """

    card = ModelCard(name="shuffled", parameters=0, extra={"silent": True})

    def __init__(self, suite: Suite, seed: int = 0) -> None:
        """Takes the suite being run; another ``seed`` gives another pairing.

        Raises:
            UserError: fewer than two items of the suite have a recording.
        """
        self._suite = suite
        self._seed = seed
        self._ring = sorted(
            ((self._key(item.id), item) for item in suite.items() if item.has_audio), key=lambda entry: entry[0]
        )
        if len(self._ring) < 2:
            raise UserError(
                f'The suite "{suite.name}" has fewer than two recordings, so none can be swapped; a manifest names '
                "them in its column audio, which may be the video file."
            )

    def generate(self, requests: Sequence[Request]) -> list[Audio]:
        """Returns other items' recordings at their own sample rate."""
        return [self._one(request) for request in requests]

    def donor(self, item_id: str) -> Item:
        """Returns the item whose recording this one gets."""
        place = bisect_right(self._ring, self._key(item_id), key=lambda entry: entry[0])
        return self._ring[place % len(self._ring)][1]

    def _one(self, request: Request) -> Audio:
        audio = recording(self._suite, self.donor(request.id), request.duration)
        count = sample_count(request.duration, audio.sample_rate)
        return Audio(samples=cut_or_loop(audio.samples, count), sample_rate=audio.sample_rate)

    def _key(self, item_id: str) -> str:
        return hashlib.sha256(f"{self._seed}\n{item_id}".encode()).hexdigest()
