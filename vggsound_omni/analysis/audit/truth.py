"""Metrics against the truth of items: true shift, true classes, true share on screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from vggsound_omni.metrics import Metric
from vggsound_omni.stats.correlation import spearman
from vggsound_omni.suites.suite import Item

from .outcomes import Finding, Verdict, by_resamples
from .swaps import Labels, jaccard

Scores = Mapping[str, Mapping[str, float]]
"""Scores of single items, by id and metric."""
Indices = NDArray[np.intp]
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
_DRAWS = 400
"""Resamples of the items."""
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
    groups = {"all": list(items), "impacts": [item for item in items if impact_seen(item)]}
    if not groups["impacts"]:
        return
    numbers: dict[str, float] = {}
    for group, members in groups.items():
        fitted = _line(by_shift, [item.id for item in members])
        numbers |= {f"{name}_{group}": number for name, number in fitted.items()}
        numbers[f"clips_{group}"] = float(len(members))
    impacts = [item.id for item in groups["impacts"]]

    def measures_seconds(chosen: Indices) -> bool:
        found = _line(by_shift, [impacts[k] for k in chosen])
        return _SLOPE[0] <= found["slope"] <= _SLOPE[1] and found["spearman"] >= _RANKS and found["bend"] <= _BEND

    slope, start, ranks, bend = (numbers[f"{name}_impacts"] for name in ("slope", "intercept", "spearman", "bend"))
    yield Finding(
        key="shift",
        title="true shift",
        metric="ds",
        numbers=numbers,
        verdict=_verdict(measures_seconds, len(impacts)),
        sentence=f"A second of shift costs {slope:.2f} s of DS if an impact is seen, and no shift {start:.2f} s; "
        f"no shift is more than {bend:.2f} s off that line; Spearman {ranks:+.2f} over clips.",
    )


def _line(by_shift: Mapping[float, Scores], ids: Sequence[str]) -> dict[str, float]:
    """Returns the line through DS of some clips against their shifts, and how far the mean of a shift is off it."""
    shifts = np.repeat(list(by_shift), len(ids))
    found = np.array([scores[item_id]["ds"] for scores in by_shift.values() for item_id in ids])
    slope, intercept = np.polyfit(shifts, found, 1)
    return {
        "slope": float(slope),
        "intercept": float(intercept),
        "spearman": spearman(shifts.tolist(), found.tolist()) or 0.0,
        "bend": float(np.abs((found - intercept - slope * shifts).reshape(-1, len(ids)).mean(1)).max()),
    }


def classes_against(metric: Metric, labels: Labels, swaps: Sequence[tuple[Mapping[str, str], Scores]]) -> Finding:
    """Returns a metric of pairs, clip by clip, against how far the classes heard are those of the item.

    Args:
        metric: which.
        labels: true classes by id.
        swaps: whose clip each item got, and the scores.
    """
    ids = sorted(labels)
    match = np.array([[jaccard(labels[i], labels[source[i]]) for i in ids] for source, _ in swaps])
    found = np.array([[scores[i][metric.key] for i in ids] for _, scores in swaps])
    sign = 1 if metric.better == "higher" else -1

    def ranks_of(chosen: Indices) -> float:
        return spearman(match[:, chosen].ravel().tolist(), found[:, chosen].ravel().tolist()) or 0.0

    ranks = ranks_of(np.arange(len(ids)))
    return Finding(
        key=f"classes_{metric.key}",
        title="true class match",
        metric=metric.key,
        numbers={
            "spearman": ranks,
            "pairs": float(match.size),
            **_means(found, {"mean_none_shared": match == 0, "mean_all_shared": match == 1}),
        },
        verdict=_verdict(lambda chosen: sign * ranks_of(chosen) >= _RANKS, len(ids)),
        sentence=f"{metric.title} goes with the share of classes that a clip and its item have in common: "
        f"Spearman {ranks:+.2f} over {match.size} pairs.",
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
    more, higher = share[:, None] > share[None, :], found[:, None] > found[None, :]

    def concordance_of(chosen: Indices) -> float:
        pairs = np.ix_(chosen, chosen)
        return float(higher[pairs][more[pairs]].mean()) if more[pairs].any() else 0.5

    concordance = concordance_of(np.arange(len(items)))
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
        verdict=_verdict(lambda chosen: concordance_of(chosen) >= _CONCORDANCE, len(items)),
        sentence=f"Of two clips, the one with more of its sound on screen has the higher IB "
        f"{100 * concordance:.0f} % of the time ({len(items)} references).",
    )


def _means(found: np.ndarray, parts: Mapping[str, np.ndarray]) -> dict[str, float]:
    """Returns the means over those parts that have any clip."""
    return {name: float(found[part].mean()) for name, part in parts.items() if part.any()}


def _verdict(passes: Callable[[Indices], bool], items: int) -> Verdict:
    rng = np.random.default_rng(0)
    return by_resamples(float(np.mean([passes(rng.integers(0, items, items)) for _ in range(_DRAWS)])))
