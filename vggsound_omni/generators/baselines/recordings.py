"""A suite's own recordings, for the baselines that answer with them."""

from __future__ import annotations

import numpy as np

from vggsound_omni.generators.adapters.answer_file import read_sound
from vggsound_omni.generators.check.conformance import ConformanceError
from vggsound_omni.protocol import Audio
from vggsound_omni.suites.suite import Item, Suite

_SLACK = 0.01  # seconds read beyond what is used, so that rounding to samples never lacks one


def recording(suite: Suite, item: Item, seconds: float) -> Audio:
    """Returns the first seconds of the item's recording; more than two channels are mixed to one.

    Raises:
        ConformanceError: ``missing``, it has none or none that can be read.
    """
    path = suite.media(item).audio if item.has_audio else None
    if path is None:
        raise ConformanceError("missing", f'the item "{item.id}" has no reference recording')
    audio = read_sound(path, seconds + _SLACK)
    if audio.samples.shape[0] <= 2:
        return audio
    return Audio(samples=audio.samples.mean(axis=0, keepdims=True, dtype=np.float32), sample_rate=audio.sample_rate)
