"""The ceiling: the item's own recording."""

from __future__ import annotations

from collections.abc import Sequence

from vggsound_omni.generators.check.conformance import ConformanceError
from vggsound_omni.protocol import Audio, ModelCard, Request
from vggsound_omni.suites.suite import Suite

from .lengths import cut_or_pad, sample_count
from .recordings import recording


class Oracle:
    """Answers each item with its own recording, cut or padded with zeros to the requested length.

    A suite may hold items that are all but silent, so the rule ``silent`` does not apply.
    """

    card = ModelCard(name="oracle", parameters=0, extra={"silent": True})

    def __init__(self, suite: Suite) -> None:
        """Takes the suite being run."""
        self._suite = suite
        self._items = {item.id: item for item in suite.items()}

    def generate(self, requests: Sequence[Request]) -> list[Audio]:
        """Returns the recordings at their own sample rate.

        Raises:
            ConformanceError: ``missing``, the item has no recording or none that can be read.
        """
        return [self._one(request) for request in requests]

    def _one(self, request: Request) -> Audio:
        if request.id not in self._items:
            raise ConformanceError("missing", f'the suite "{self._suite.name}" has no item "{request.id}"')
        audio = recording(self._suite, self._items[request.id], request.duration)
        count = sample_count(request.duration, audio.sample_rate)
        return Audio(samples=cut_or_pad(audio.samples, count), sample_rate=audio.sample_rate)
