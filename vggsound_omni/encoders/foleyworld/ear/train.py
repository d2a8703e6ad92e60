"""Trains the ear: ``python -m vggsound_omni.encoders.foleyworld.ear.train``.

Half of the clips of the train split teach what begins and what lasts; the other half, on which those trees are asked,
teaches what is heard at all. Limits are set on the validation split. Sounds and features are kept in the cache, so that
the same command again goes on where it stopped.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from itertools import product
from pathlib import Path

import click
import numpy as np
import torch
from rich.console import Console
from rich.progress import track

from vggsound_omni.encoders.foleyworld.weights import WEIGHTS, store
from vggsound_omni.suites.foleyworld import Scene

from .events import Limits, Opinion, Trees, act_probabilities, assigned, opinions, span_log_odds, summary, told
from .examples import NOTHING, Examples, examples
from .forest import Forest
from .grow import forest, grown
from .hearing import Heard
from .names import NAMES, SPANS
from .reach import likeness
from .scenes import shards
from .scores import levels, scores, true_levels
from .spectra import Floats

_BATCH = 25
_LEVELLED = 500
"""Train scenes on which levels are measured."""
_KIND = "event detector of hand-made features, spectral flux and boosted trees"


@click.command()
@click.option("--scenes", default=4000, show_default=True, help="Scenes of the train split.")
@click.option("--jobs", type=int, help="Processes that render and extract.  [default: all cores]")
@click.option("--trees", default=100, show_default=True, help="Trees of each output.")
@click.option("--out", type=click.Path(path_type=Path), default=WEIGHTS, help="Where weights are written.")
def main(scenes: int, jobs: int | None, trees: int, out: Path) -> None:
    """Trains the ear on FoleyWorld's train split and sets its limits on the validation split."""
    console = Console()
    taught = examples(shards("train", scenes, jobs), changed=True, jobs=jobs)
    first = np.arange(len(taught.clips)) % 2 == 0
    found = grow(taught.part(first), taught.part(~first), trees)
    heard, truth = validation(jobs)
    said = [opinions(found, one) for one in track(heard, description="Hearing the validation split")]
    limits = levelled(found, chosen(heard, said, truth), jobs)
    held_out = judged(heard, said, truth, limits)
    for name, value in held_out.items():
        console.print(f"{name}: {value:.3f}", highlight=False)
    arrays = found.arrays() | likeness(taught).arrays()
    tensors = {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in arrays.items()}
    facts = {
        "kind": _KIND,
        "parameters": sum(one.numbers for one in (found.acts, found.spans, found.heard)),
        "trained_on": f"FoleyWorld train, {scenes} scenes and {len(taught.clips) - scenes} sounds of no class",
        "held_out": held_out,
        "limits": asdict(limits),
    }
    console.print(str(store(out, "ear", tensors, facts)), highlight=False)


def grow(first: Examples, second: Examples, trees: int) -> Trees:
    """Grows all trees: those of candidates and segments on the first examples, those of clips on the second."""
    steps = track(range(2 + len(SPANS) + len(NAMES)), description="Growing trees")
    next(iter_steps := iter(steps))
    weight = np.where(first.acts == NOTHING, 0.7, 1.0).astype(np.float32)
    acts = forest([grown(first.candidates, first.acts, trees, weight)])
    flat, truth = first.segments.reshape(-1, first.segments.shape[-1]), first.active.reshape(-1, len(SPANS))
    some = np.arange(len(flat)) % 2 == 0
    lasting = []
    for k in range(len(SPANS)):
        next(iter_steps)
        lasting.append(grown(flat[some], truth[some, k].astype(np.intp), trees))
    spans = forest(lasting)
    features = np.concatenate((second.clips, summaries(acts, spans, second)), axis=1)
    whole = []
    for k in range(len(NAMES)):
        next(iter_steps)
        whole.append(grown(features, second.heard[:, k].astype(np.intp), trees))
    for _ in iter_steps:
        pass
    return Trees(acts=acts, spans=spans, heard=forest(whole))


def summaries(acts: Forest, spans: Forest, taught: Examples) -> Floats:
    """(clips, features): what candidates and segments of each clip say together."""
    said = act_probabilities(acts, taught.candidates)
    log_odds = span_log_odds(spans, taught.segments)
    order = np.argsort(taught.owner, kind="stable")
    borders = np.searchsorted(taught.owner[order], np.arange(1, len(taught.clips)))
    by_clip = np.split(said[order], borders)
    return np.stack([summary(own, span) for own, span in zip(by_clip, log_odds, strict=True)])


def validation(jobs: int | None) -> tuple[list[Heard], list[list[Scene]]]:
    """Returns the validation split, heard in batches, with its scenes."""
    heard, truth = [], []
    for shard in shards("validation", jobs=jobs):
        sounds, scenes = shard.samples(), shard.scenes()
        for k in range(0, len(sounds), _BATCH):
            heard.append(Heard(sounds[k : k + _BATCH]))
            truth.append(scenes[k : k + _BATCH])
    return heard, truth


def chosen(heard: list[Heard], said: list[list[Opinion]], truth: list[list[Scene]]) -> Limits:
    """Returns the limits with the best F1 of classes with counts."""
    best, found = -1.0, None
    grid = list(product((0.2, 0.3, 0.4, 0.5), (0.3, 0.4, 0.5), (0.3, 0.4, 0.5, 0.6), (0.0, 0.5, 1.0)))
    for acts, spans, onset, borrowed in track(grid, description="Setting limits"):
        limits = Limits(acts=acts, spans=spans, onset=onset, borrowed=borrowed)
        score = judged(heard, said, truth, limits)
        total = score["F1 of classes with counts, one source"] + score["F1 of classes with counts, mixtures"]
        total += 0.2 * score["music right"]
        if total > best:
            best, found = total, limits
    assert found is not None
    return found


def levelled(trees: Trees, limits: Limits, jobs: int | None) -> Limits:
    """Returns the limits with the levels of each class, as they are measured on some train scenes."""
    above: dict[str, list[float]] = {name: [] for name in NAMES}
    for shard in track(shards("train", _LEVELLED, jobs), description="Measuring levels"):
        sounds, scenes = shard.samples(), shard.scenes()
        for k in range(0, len(sounds), _BATCH):
            heard = Heard(sounds[k : k + _BATCH])
            for events, scene in zip(_events(heard, opinions(trees, heard), limits), scenes[k:], strict=False):
                measured, truth = levels(events), true_levels(scene)
                for name in measured.keys() & truth.keys():
                    above[name].append(measured[name] - truth[name])
    return replace(limits, levels=tuple(round(float(np.median(above[name] or [0.0])), 2) for name in NAMES))


def judged(heard: list[Heard], said: list[list[Opinion]], truth: list[list[Scene]], limits: Limits) -> dict[str, float]:
    """Returns the scores under given limits."""
    events = [rows for one, own in zip(heard, said, strict=True) for rows in _events(one, own, limits)]
    onsets = [rows for one in heard for rows in one.onsets]
    return scores([scene for batch in truth for scene in batch], onsets, events)


def _events(heard: Heard, said: list[Opinion], limits: Limits) -> list[Floats]:
    return told(heard, said, assigned(heard, said, limits), limits)


if __name__ == "__main__":
    main()
