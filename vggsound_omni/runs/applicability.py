"""Which metrics apply to a track of a suite, and why the others do not: derived from what they need."""

from __future__ import annotations

from collections.abc import Sequence

from vggsound_omni.metrics import Metric
from vggsound_omni.metrics.metric import Judged
from vggsound_omni.suites.suite import Item
from vggsound_omni.tracks.track import CLASSES, Track


def why_not(metric: Metric, track: Track, items: Sequence[Item]) -> str | None:
    """Returns why a metric does not apply, or None if it does.

    Args:
        metric: by its needs.
        track: what the generator is given, and what the track rules out.
        items: those of the track, or those of them that are run.
    """
    for side in sorted(metric.sides):
        if side in track.not_applicable:
            return track.not_applicable[side]
    if metric.sorts and CLASSES in track.not_applicable:
        return track.not_applicable[CLASSES]
    watches = "video" in metric.sides or metric.with_video
    if watches and track.task == "t2a":
        return "no video is given"
    if watches and not any(item.has_video for item in items):
        return "the suite has no video"
    if "reference" in metric.sides and not any(item.has_audio for item in items):
        return "the suite has no reference recordings"
    if "text" in metric.sides and not any(item.caption for item in items):
        return "the suite has no captions"
    if metric.needs_labels and not any(item.labels for item in items):
        return "the suite's items have no labels"
    if metric.needs_truth and not any(item.truth is not None for item in items):
        return "the truth of the suite's items is not known"
    if any(isinstance(need, Judged) for need in metric.needs) and not any(
        item.truth or item.labels or item.caption for item in items
    ):
        return "nothing says what should be heard"
    if metric.only and not any(item.truth is not None and metric.only.applies(item.truth) for item in items):
        return f"it is about {metric.only.what}, and there are none"
    return None


def notes(metric: Metric, track: Track) -> list[str]:
    """Returns what a reader must know of a metric on a track."""
    return [track.notes[side] for side in sorted(metric.sides) if side in track.notes]
