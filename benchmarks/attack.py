"""How far each metric of truth is won by trying: fakes for the ear, found once, and then climbed item by item.

    python -m benchmarks.attack search [--draws 240] [--steps 60]    # finds the recipes that `attack` ships with
    python -m benchmarks.attack climb [--tracks t2a v2a ...] [--queries 500] [--guides event_f1 ...] [--fakes FILE]
    python -m benchmarks.attack cover [--tries 1000] [--recipes 3] [--classes "dog barking" ...] [--out FILE]

``search`` tries bursts at random and climbs from the best of each class, by the ear's probabilities: more than a system
that is scored by it is told. ``climb`` is the literal attack: of each item it changes recipes and levels and keeps what
scores better by the truth that the request lets guess, never by the item's own. Its table holds the recordings,
``grammar``, the fakes as they are, and the fakes climbed, all scored by the items' truth. ``cover`` asks what Coverage
costs: it climbs recipes towards the examples of a class, by their distances, and counts how many of its 150 they reach.
The first recipe of each class goes to a file, with which ``climb`` then begins. With ``--guides event_f1 likeness`` it
asks for what a rank takes as well.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track as progress

from vggsound_omni.encoders.foleyworld.ear.encoder import EarEncoder
from vggsound_omni.encoders.foleyworld.ear.events import Opinion, opinions
from vggsound_omni.encoders.foleyworld.ear.hearing import Heard
from vggsound_omni.encoders.foleyworld.ear.names import ACTS, NAMES, SPANS
from vggsound_omni.generators.baselines import fakes
from vggsound_omni.generators.baselines.attack import Attack
from vggsound_omni.generators.baselines.fakes import PARTS, Floats, acts, composed, lasting
from vggsound_omni.generators.baselines.grammar import Grammar
from vggsound_omni.generators.baselines.guess import guessed
from vggsound_omni.io import replacing
from vggsound_omni.metrics import METRICS, MetricError, Tags, coverage, likeness
from vggsound_omni.protocol import Request, Task, Video
from vggsound_omni.stats.distances import squares
from vggsound_omni.suites.foleyworld import SAMPLE_RATE, Scene, render_audio, render_frames, scene
from vggsound_omni.suites.foleyworld.scene import FPS
from vggsound_omni.suites.foleyworld.suite import FoleyWorld
from vggsound_omni.suites.suite import Truth
from vggsound_omni.tracks import load_track

F64 = NDArray[np.float64]
Rng = np.random.Generator
KEYS = ("event_f1", "av_f1", "onset_f1", "hits", "timing", "count", "order", "leak", "level")
GUIDES = ("event_f1", "av_f1", "onset_f1")
"""Metrics by which an item is climbed unless others are asked for, those of them that its track has."""
TRACKS = ("t2a", "v2a", "vt2a", "offscreen", "conflict", "bgm")
SECONDS, ONSETS = 4.0, (0.4, 1.0, 1.7, 2.3, 3.1)
"""Of a clip in which a recipe is tried, and when its bursts begin."""
ENOUGH = 7.0
"""Value from which a recipe is good enough."""
AT_ONCE = 4
_HEARD = 0.05
"""Weight of the ear's word where recipes are fitted to examples, whose distances move by some tenths."""


# Recipes.


def clip(kind: str, recipe: F64, rng: Rng) -> Floats:
    """A recipe alone, over faint noise."""
    count = int(SECONDS * SAMPLE_RATE)
    made = acts(recipe, ONSETS, count, rng) if kind == "acts" else lasting(recipe, 0.0, SECONDS, count, rng)
    return (0.5 * made + 0.0015 * rng.standard_normal(count)).astype(np.float32)


def values(kind: str, candidates: Floats, said: Opinion) -> dict[str, float]:
    """How well a clip passes for each class: log-odds over those of others, and the share of bursts that are named."""
    odds = np.log(np.clip(said.heard, 1e-4, 0.9999) / np.clip(1 - said.heard, 1e-4, 0.9999))
    found = {}
    for name in ACTS if kind == "acts" else SPANS:
        own = NAMES.index(name)
        found[name] = float(min(odds[own], 3) - 0.7 * max(np.delete(odds, own).max(), -3))
        if kind == "acts":
            by = said.acts[:, ACTS.index(name)]
            named = [by[np.abs(candidates[:, 0] - onset) < 0.06].max(initial=0) for onset in ONSETS]
            found[name] += 3 * float(np.mean(named))
    return found


def search(draws: int, steps: int, file: Path, seed: int = 0) -> None:
    """Finds recipes and writes them."""
    trees, rng = EarEncoder().trees, np.random.default_rng(seed)
    best: dict[str, tuple[float, F64]] = {}

    def tried(kind: str, points: Sequence[F64]) -> None:
        heard = Heard(np.stack([clip(kind, point, rng) for point in points]))
        for point, candidates, said in zip(points, heard.candidates, opinions(trees, heard), strict=True):
            for name, value in values(kind, candidates, said).items():
                if name not in best or value > best[name][0]:
                    best[name] = value, point

    for kind in ("acts", "spans"):
        for _ in progress(range(0, draws, AT_ONCE), description=f"Trying {kind}"):
            extreme = rng.random((AT_ONCE, PARTS)) < 0.25
            tried(kind, list(np.where(extreme, rng.integers(0, 2, extreme.shape), rng.random(extreme.shape))))
        for _ in progress(range(steps), description=f"Climbing {kind}"):
            for name in ACTS if kind == "acts" else SPANS:
                if best[name][0] < (ENOUGH if kind == "acts" else ENOUGH - 3):
                    tried(kind, [changed(best[name][1], rng) for _ in range(AT_ONCE)])
    _write(file, {name: best[name][1] for name in NAMES})
    for name in NAMES:
        print(f"{name}: {best[name][0]:.1f}")


def cover(classes: Sequence[str], tries: int, recipes: int, file: Path | None) -> None:
    """Prints how many examples of each class recipes reach that are fitted to be near them, and writes the first."""
    ear, first = EarEncoder(), dict(fakes.recipes())
    print("| class | tries a recipe | recipes | examples reached | with 25 variations of each |\n|---|---|---|---|---|")
    for name in classes:
        reached: list[set[int]] = []
        varied: set[int] = set()
        for seed in progress(range(recipes), description=name):
            rng = np.random.default_rng(seed)
            point, own = _towards(ear, name, tries, rng)
            reached.append(own)
            if not seed:
                first[name] = np.round(point, 3)
            varied |= own.union(*(_reached(ear, name, _slightly(point, rng), rng)[1] for _ in range(25)))
            print(f"| {name} | {tries} | {seed + 1} | {len(set.union(*reached))} | {len(varied)} |", flush=True)
    if file is not None:
        _write(file, first)


def _write(file: Path, recipes: Mapping[str, F64]) -> None:
    told = {name: np.round(recipes[name], 3).tolist() for name in NAMES}
    with replacing(file) as path:
        path.write_text(json.dumps({"version": 1, "recipes": told}) + "\n", encoding="utf-8")


def _read(file: Path | None) -> dict[str, F64]:
    if file is None:
        return dict(fakes.recipes())
    return {name: np.array(one) for name, one in json.loads(file.read_text(encoding="utf-8"))["recipes"].items()}


def _towards(ear: EarEncoder, name: str, tries: int, rng: Rng) -> tuple[F64, set[int]]:
    """Climbs from a shipped recipe, or what is drawn at random, to the examples of a class; each seed to others."""
    best, kept, found = -np.inf, fakes.recipes()[name], set[int]()
    for step in range(tries):
        drawn = step < tries // 10
        point = rng.random(PARTS) if drawn and step else kept if not step else changed(kept, rng)
        value, near = _reached(ear, name, point, rng)
        if value >= best:
            best, kept, found = value, point, near
    return kept, found


def _slightly(point: F64, rng: Rng) -> F64:
    return np.clip(point + rng.normal(0, 0.02, PARTS), 0, 1)


def _reached(ear: EarEncoder, name: str, point: F64, rng: Rng) -> tuple[float, set[int]]:
    """What a recipe is worth, and which examples its bursts are near.

    The worth is what the ear says, as in :func:`search`, less how far the bursts lie from the nearest example, in units
    of its reach, on average.
    """
    known, act = ear.likeness, ACTS.index(name)
    heard = Heard(clip("acts", point, rng)[None])
    (candidates,), (around,), (said,) = heard.candidates, heard.around_onsets(), opinions(ear.trees, heard)
    own = [int(np.abs(candidates[:, 0] - at).argmin()) for at in ONSETS] if len(candidates) else []
    own = [k for k, at in zip(own, ONSETS, strict=False) if abs(candidates[k, 0] - at) < 0.06]
    examples = np.flatnonzero(known.acts == act)
    if not own:
        return -np.inf, set()
    apart = squares(known.points[examples].astype(np.float32), known.placed(around[own]))
    ratio = np.sqrt(apart / known.reach[examples, None])
    missed = 3.0 * (len(ONSETS) - len(own))
    far = float((ratio.min(0).sum() + missed) / len(ONSETS))
    return _HEARD * values("acts", candidates, said)[name] - far, set(examples[(ratio < 1).any(1)].tolist())


def changed(recipe: F64, rng: Rng) -> F64:
    """A recipe, some numbers of which are others."""
    width = float(rng.choice([0.03, 0.1, 0.25]))
    return np.clip(recipe + (rng.random(PARTS) < 0.4) * rng.normal(0, width, PARTS), 0, 1)


# Items.


def scored(
    ear: EarEncoder, sounds: Sequence[Floats], truths: Sequence[Truth], keys: Sequence[str]
) -> list[dict[str, float]]:
    """Scores of each clip by its truth, of those metrics that apply to it."""
    heard = {name: output.numpy() for name, output in ear.audio(torch.from_numpy(np.stack(sounds))).items()}
    found: list[dict[str, float]] = [{} for _ in sounds]
    for k, truth in enumerate(truths):
        for key in keys:
            output = METRICS[key].needs[0].output  # type: ignore[union-attr]
            numbers = heard[output][k : k + 1]
            column = Tags(numbers, ear.classes) if output == "events" else numbers
            try:
                found[k][key] = METRICS[key].compute(column, [truth]).value
            except MetricError:
                continue
    return found


def climbed(
    ear: EarEncoder, truth: Truth, count: int, queries: int, keys: Sequence[str], start: Mapping[str, F64], rng: Rng
) -> Floats:
    """The best of so many sounds by a guessed truth."""
    names = [*sorted({event.sound_class for event in truth.events}), *(["music"] if truth.music else [])]
    gains: dict[str, float] = dict.fromkeys(names, 0.0)
    using = {name: start[name] for name in names}
    best, kept = -1.0, composed(truth, count, rng, gains, using)
    for _ in range(0, queries, AT_ONCE):
        points = []
        for _ in range(AT_ONCE):
            name = names[int(rng.integers(len(names)))] if names else ""
            more = {**using, name: changed(using[name], rng)} if names else {}
            points.append((more, {**gains, name: gains.get(name, 0.0) + rng.normal(0, 3)}))
        sounds = [kept] if best < 0 else [composed(truth, count, rng, level, recipe) for recipe, level in points]
        guide = scored(ear, sounds, [truth] * len(sounds), keys)
        marks = [float(np.mean(list(one.values()))) if one else 0.0 for one in guide]
        top = int(np.argmax(marks))
        if marks[top] >= best:
            if best >= 0:
                using, gains = points[top]
            best, kept = marks[top], sounds[top]
        if best >= 1 - 1e-6:
            break
    return kept


@dataclass(frozen=True, kw_only=True)
class Drawn(Video):
    """The picture of a scene as it is drawn, not coded."""

    scene: Scene

    def frames(self, fps: float, size: int | None = None) -> NDArray[np.uint8]:
        """(frames, size, size, 3)."""
        return np.stack(list(render_frames(self.scene, size=size or 160, fps=round(fps))))


def request(scene: Scene, task: Task) -> Request:
    """What a system is given of a scene."""
    video = None if task == "t2a" else Drawn(path=Path(), frame_rate=FPS, seconds=scene.duration, scene=scene)
    text = None if task == "v2a" else scene.captions.dense
    return Request(
        id=scene.id, task=task, duration=scene.duration, text=text, video=video, seed=crc32(scene.id.encode())
    )


def alike(
    ear: EarEncoder, recordings: Sequence[Floats], made: Sequence[Floats], truths: Sequence[Truth]
) -> list[float]:
    """Likeness and Coverage: what a rank takes."""
    there, here = ([ear.audio(torch.from_numpy(one[None])) for one in sounds] for sounds in (recordings, made))
    counts = np.concatenate([one["likeness"].numpy() for one in here])
    near = [np.concatenate([one["examples"].numpy() for one in heard]) for heard in (there, here)]
    return [likeness.evaluate(counts, truths).value, coverage.evaluate(*near).value]


def table(
    name: str, items: int, queries: int, wanted: Sequence[str], start: Mapping[str, F64], console: Console
) -> list[str]:
    """The lines of one track."""
    track, ear, known = load_track(name), EarEncoder(), {item.id: item for item in FoleyWorld().items()}
    (stratum,) = track.strata
    scenes = [scene("test", stratum, k) for k in range(items)]
    asked = [request(one, track.task) for one in scenes]
    chosen = [known[one.id] for one in scenes]
    count = round(scenes[0].duration * SAMPLE_RATE)
    truths = [item.truth for item in chosen if item.truth is not None]
    keys = [key for key in KEYS if track.task != "t2a" or not METRICS[key].with_video]
    guides = [key for key in wanted if key in (*keys, "likeness")]
    sounds = {"oracle": [np.asarray(render_audio(one), np.float32) for one in scenes]}
    if track.task != "v2a":
        sounds["grammar"] = [one.samples[0] for one in Grammar().generate(asked)]
    sounds["attack -m steps=0"] = [one.samples[0] for one in Attack(steps=0).generate(asked)]
    work = progress(asked, description=f"Climbing {name}", console=console)
    sounds[f"{queries} queries"] = [
        climbed(ear, guessed(one), count, queries, guides, start, np.random.default_rng(one.seed)) for one in work
    ]
    lines = []
    for system, made in sounds.items():
        scores = scored(ear, made, truths, keys)
        means = {key: [one[key] for one in scores if key in one] for key in KEYS}
        cells = [f"{np.mean(numbers):.2f}" if numbers else "" for numbers in means.values()]
        cells += [f"{value:.2f}" for value in alike(ear, sounds["oracle"], made, truths)]
        lines.append(f"| {name} | {system} | {' | '.join(cells)} |")
    return lines


def main() -> None:
    """Runs one part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = parser.add_subparsers(dest="part", required=True)
    one = parts.add_parser("search")
    one.add_argument("--draws", type=int, default=240)
    one.add_argument("--steps", type=int, default=60)
    one.add_argument("--out", type=Path, default=Path(fakes.__file__).with_name("fakes.json"))
    one = parts.add_parser("climb")
    one.add_argument("--tracks", nargs="+", default=TRACKS, choices=TRACKS)
    one.add_argument("--items", type=int, default=24)
    one.add_argument("--queries", type=int, default=500)
    one.add_argument("--guides", nargs="+", default=GUIDES, choices=(*KEYS, "likeness"))
    one.add_argument("--fakes", type=Path, help="Recipes to begin with.  [default: those that attack ships with]")
    one = parts.add_parser("cover")
    one.add_argument("--tries", type=int, default=1000)
    one.add_argument("--recipes", type=int, default=3)
    one.add_argument("--classes", nargs="+", default=ACTS, choices=ACTS)
    one.add_argument("--out", type=Path)
    given = parser.parse_args()
    if given.part == "cover":
        cover(given.classes, given.tries, given.recipes, given.out)
        return
    if given.part == "search":
        search(given.draws, given.steps, given.out)
        return
    console, titles = Console(stderr=True), [METRICS[key].title for key in (*KEYS, "likeness", "coverage")]
    print(f"| track | system | {' | '.join(titles)} |\n|{'---|' * (len(titles) + 2)}")
    for name in given.tracks:
        start = _read(given.fakes)
        print("\n".join(table(name, given.items, given.queries, given.guides, start, console)), flush=True)


if __name__ == "__main__":
    main()
