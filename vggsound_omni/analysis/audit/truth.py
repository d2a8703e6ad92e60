"""Metrics against the truth of items: true shift, true classes, true share on screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from vggsound_omni.metrics import Metric
from vggsound_omni.stats.correlation import spearman
from vggsound_omni.suites.suite import Item

from .outcomes import Finding, Verdict
from .swaps import Labels, jaccard

Scores = Mapping[str, Mapping[str, float]]
"""Scores of single items, by id and metric."""
OF_CLASSES = ("kl", "ms_clap", "la_clap")
"""Metrics that ask which classes a clip holds, by whichever encoder."""

_SLOPE = (0.7, 1.3)
"""Seconds of DS a second of true shift."""
_BEND = 0.15
"""The most seconds by which the mean DS of any shift may be off the line through all: an encoder that finds only some
shifts is right at these and wrong in between."""
_RANKS = 0.5
"""Least Spearman correlation, clip by clip, of a metric and what it measures."""
_CONCORDANCE = 0.75
"""Least share of pairs that are in the right order."""
_FEWEST = 12
"""Items below which correlations over clips say nothing."""


def known(items: Sequence[Item]) -> bool:
    """Returns whether the truth of these items is known, and they are enough to say something."""
    return len(items) >= _FEWEST and all(item.truth is not None for item in items)


def impact_seen(item: Item) -> bool:
    """Returns whether something strikes something in the picture, so that picture and sound share a moment."""
    return item.truth is not None and any(event.on_screen and event.impact for event in item.truth.events)


def on_screen_share(item: Item) -> float:
    """Returns the share of the sound whose source is in the picture, 0 to 1: energy, by level and duration."""
    if item.truth is None:
        return 0.0
    energy = {True: 0.0, False: 0.0}
    for event in item.truth.events:
        energy[event.on_screen] += 10 ** (event.level_db / 10) * (event.end - event.onset)
    music = item.truth.music
    heard = sum(energy.values()) * (1 + 10 ** (music.level_db / 10) if music else 1)
    return energy[True] / heard if heard else 0.0


def shift_against_ds(items: Sequence[Item], by_shift: Mapping[float, Scores]) -> Iterator[Finding]:
    """Yields DS of each clip against the shift that it was given; nothing if no impact is seen.

    Args:
        items: with truth.
        by_shift: scores by |shift| in seconds, 0 included.
    """
    numbers: dict[str, float] = {}
    groups = {"all": [item.id for item in items], "impacts": [item.id for item in items if impact_seen(item)]}
    if not groups["impacts"]:
        return
    for group, ids in groups.items():
        shifts = np.repeat(list(by_shift), len(ids))
        found = np.array([scores[item_id]["ds"] for scores in by_shift.values() for item_id in ids])
        slope, intercept = np.polyfit(shifts, found, 1)
        numbers |= {
            f"slope_{group}": float(slope),
            f"intercept_{group}": float(intercept),
            f"spearman_{group}": spearman(shifts.tolist(), found.tolist()) or 0.0,
            f"bend_{group}": float(np.abs((found - intercept - slope * shifts).reshape(-1, len(ids)).mean(1)).max()),
            f"clips_{group}": float(len(ids)),
        }
    slope, start, ranks, bend = (numbers[f"{name}_impacts"] for name in ("slope", "intercept", "spearman", "bend"))
    yield Finding(
        key="shift",
        title="true shift",
        metric="ds",
        numbers=numbers,
        verdict=_verdict(_SLOPE[0] <= slope <= _SLOPE[1] and ranks >= _RANKS and bend <= _BEND),
        sentence=f"A second of shift costs {slope:.2f} s of DS if an impact is seen, and no shift {start:.2f} s; "
        f"no shift is more than {bend:.2f} s off that line; Spearman {ranks:+.2f} over clips.",
    )


def classes_against(metric: Metric, labels: Labels, swaps: Sequence[tuple[Mapping[str, str], Scores]]) -> Finding:
    """Returns a metric of pairs, clip by clip, against how far the classes heard are those of the item.

    Args:
        metric: which.
        labels: true classes by id.
        swaps: whose clip each item got, and the scores.
    """
    match = np.array([jaccard(labels[i], labels[source[i]]) for source, _ in swaps for i in sorted(labels)])
    found = np.array([scores[i][metric.key] for _, scores in swaps for i in sorted(labels)])
    sign = 1 if metric.better == "higher" else -1
    ranks = spearman(match.tolist(), found.tolist()) or 0.0
    return Finding(
        key=f"classes_{metric.key}",
        title="true class match",
        metric=metric.key,
        numbers={
            "spearman": ranks,
            "pairs": float(len(match)),
            **_means(found, {"mean_none_shared": match == 0, "mean_all_shared": match == 1}),
        },
        verdict=_verdict(sign * ranks >= _RANKS),
        sentence=f"{metric.title} goes with the share of classes that a clip and its item have in common: "
        f"Spearman {ranks:+.2f} over {len(match)} pairs.",
    )


def share_against_ib(items: Sequence[Item], scores: Scores) -> Iterator[Finding]:
    """Yields IB of the references against the share of their sound on screen; nothing if all shares are equal.

    Most shares are 0 or 1, so ranks are full of ties; what counts is concordance: how often, of two clips with
    different shares, the one with more on screen has the higher IB (0.5 is chance).
    """
    share = np.array([on_screen_share(item) for item in items])
    if np.ptp(share) == 0:
        return
    found = np.array([scores[item.id]["ib"] for item in items])
    more = share[:, None] > share[None, :]
    concordance = float((found[:, None] > found[None, :])[more].mean())
    yield Finding(
        key="on_screen",
        title="true share on screen",
        metric="ib",
        numbers={
            "concordance": concordance,
            "spearman": spearman(share.tolist(), found.tolist()) or 0.0,
            "clips": float(len(items)),
            **_means(found, {"mean_all_on_screen": share == 1, "mean_none_on_screen": share == 0}),
        },
        verdict=_verdict(concordance >= _CONCORDANCE),
        sentence=f"Of two clips, the one with more of its sound on screen has the higher IB "
        f"{100 * concordance:.0f} % of the time ({len(items)} references).",
    )


def _means(found: np.ndarray, parts: Mapping[str, np.ndarray]) -> dict[str, float]:
    """Returns the means over those parts that have any clip."""
    return {name: float(found[part].mean()) for name, part in parts.items() if part.any()}


def _verdict(passed: bool) -> Verdict:  # noqa: FBT001 - it is all there is to say
    return "pass" if passed else "fail"
