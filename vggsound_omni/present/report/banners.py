"""What a reader must know before any number: a title and a sentence each."""

from __future__ import annotations

from typing import NamedTuple

from vggsound_omni.metrics.registry import MARKS
from vggsound_omni.runs.inspection import heard_sentences
from vggsound_omni.runs.result import Result
from vggsound_omni.runs.score import blind, of_another_world


class Banner(NamedTuple):
    """One of them."""

    title: str  # empty for a warning of no special kind
    text: str


def banners(result: Result) -> list[Banner]:
    """Returns the banners of a report, the most important first; further warnings of the result come last."""
    found = [Banner("The model heard the recordings", text) for text in heard_sentences(result.heard)]
    if result.suite.name != result.encoder_set and result.encoder_set in MARKS:
        mark = f" Their metrics are marked {MARKS[result.encoder_set]}."
        found += [Banner("Stand-in encoders", text + mark) for text in of_another_world(result.encoder_set)]
    found += [Banner("Not the whole request", text) for text in blind(result.without)]
    if result.limit is not None:
        text = f"The first {result.limit} items of the track only: not comparable with published numbers."
        found.append(Banner("Trial run", text))
    said = " ".join(banner.text for banner in found)
    return found + [Banner("", text) for text in result.warnings if text not in said]
