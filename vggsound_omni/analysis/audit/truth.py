"""Metrics against what FoleyWorld knows: true shift, true classes, true share on screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from vggsound_omni.metrics.catalogue import METRICS
from vggsound_omni.suites.foleyworld.classes import CLASSES
from vggsound_omni.suites.suite import Item

from .outcomes import Finding, Verdict
from .swaps import Labels, jaccard
from .verdicts import spearman

Scores = Mapping[str, Mapping[str, float]]
"""Scores of single items, by id and metric."""

_SLOPE = (0.7, 1.3)
"""Seconds of DS a second of true shift."""
_BEND = 0.15
"""Most seconds by which the mean DS of any shift may lie off the line through all: an encoder that finds only some of
them is right at these and wrong in between."""
_RANKS = 0.5
"""Least Spearman correlation, clip by clip, of a metric and what it stands for."""
_CONCORDANCE = 0.75
"""Least share of pairs that are in the right order."""


_FEWEST = 12
"""Items below which correlations over clips say nothing."""


def known(items: Sequence[Item]) -> bool:
    """Whether the truth of these items is known, and they are enough to say something."""
    return len(items) >= _FEWEST and all("world" in item.provenance for item in items)


def impact_seen(item: Item) -> bool:
    """Whether something strikes something in the picture: where picture and sound have a moment in common."""
    return any(e["on_screen"] and CLASSES[e["class"]].impact for e in item.provenance["world"]["events"])


def on_screen_share(item: Item) -> float:
    """Share of the sound whose source is in the picture, 0 to 1: each event's energy by its level and duration."""
    world = item.provenance["world"]
    energy = {True: 0.0, False: 0.0}
    for event in world["events"]:
        energy[event["on_screen"]] += 10 ** (event["gain_db"] / 10) * (event["end"] - event["onset"])
    music = world["scene"]["music"]
    heard = sum(energy.values()) * (1 + 10 ** (music["gain_db"] / 10) if music else 1)
    return energy[True] / heard if heard else 0.0


def shift_against_ds(items: Sequence[Item], by_shift: Mapping[float, Scores]) -> Finding:
    """DS of each clip against the shift that it was given.

    Args:
        items: with truth.
        by_shift: scores by |shift| in seconds, 0 included.
    """
    numbers: dict[str, float] = {}
    groups = {"all": [item.id for item in items], "impacts": [item.id for item in items if impact_seen(item)]}
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
    return Finding(
        key="shift",
        title="true shift",
        metric="ds",
        numbers=numbers,
        verdict=_verdict(_SLOPE[0] <= slope <= _SLOPE[1] and ranks >= _RANKS and bend <= _BEND),
        sentence=f"A second of shift costs {slope:.2f} s of DS where an impact is seen, and no shift {start:.2f} s; "
        f"no shift lies more than {bend:.2f} s off that line; Spearman {ranks:+.2f} over clips.",
    )


def classes_against(metric: str, labels: Labels, swaps: Sequence[tuple[Mapping[str, str], Scores]]) -> Finding:
    """A metric of pairs, clip by clip, against how far the classes heard are those of the item.

    Args:
        metric: its key.
        labels: true classes by id.
        swaps: whose clip each item got, and the scores.
    """
    match = [jaccard(labels[i], labels[source[i]]) for source, _ in swaps for i in sorted(labels)]
    found = [scores[i][metric] for _, scores in swaps for i in sorted(labels)]
    sign = 1 if METRICS[metric].direction == "higher" else -1
    ranks = spearman(match, found) or 0.0
    title = METRICS[metric].title
    return Finding(
        key=f"classes_{metric}",
        title="true class match",
        metric=metric,
        numbers={
            "spearman": ranks,
            "pairs": float(len(match)),
            "mean_none_shared": float(np.mean([f for f, m in zip(found, match, strict=True) if m == 0])),
            "mean_all_shared": float(np.mean([f for f, m in zip(found, match, strict=True) if m == 1])),
        },
        verdict=_verdict(sign * ranks >= _RANKS),
        sentence=f"{title} goes with the share of classes that a clip and its item have in common: "
        f"Spearman {ranks:+.2f} over {len(match)} pairs.",
    )


def share_against_ib(items: Sequence[Item], scores: Scores) -> Finding:
    """IB of the references against the share of their sound that is on screen.

    Most shares are 0 or 1, so ranks are full of ties; what counts is concordance: how often, of two clips with
    different shares, the one with more on screen has the higher IB (0.5 is chance).
    """
    share = np.array([on_screen_share(item) for item in items])
    found = np.array([scores[item.id]["ib"] for item in items])
    more = share[:, None] > share[None, :]
    concordance = float((found[:, None] > found[None, :])[more].mean())
    return Finding(
        key="on_screen",
        title="true share on screen",
        metric="ib",
        numbers={
            "concordance": concordance,
            "spearman": spearman(share.tolist(), found.tolist()) or 0.0,
            "clips": float(len(items)),
            "mean_all_on_screen": float(found[share == 1].mean()),
            "mean_none_on_screen": float(found[share == 0].mean()),
        },
        verdict=_verdict(concordance >= _CONCORDANCE),
        sentence=f"Of two clips, the one with more of its sound on screen has the higher IB "
        f"{100 * concordance:.0f} % of the time ({len(items)} references).",
    )


def _verdict(passed: bool) -> Verdict:  # noqa: FBT001 - it is all there is to say
    return "pass" if passed else "fail"
