"""Scores sounds again: the few that are published with a row, or all of a row from a folder.

What the bundled networks say of these sounds must be what the row claims. Published sounds are coded as Opus, which
moves scores of single items; :data:`TOLERANCES` says how far they may be moved.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from vggsound_omni.errors import UserError
from vggsound_omni.features import FeatureStore, features_dir, sound_hash
from vggsound_omni.features.extract import extract
from vggsound_omni.media import read_audio, write_flac
from vggsound_omni.metrics import metric_of, title_of
from vggsound_omni.runs.heard import OTHERS_ASKED, OWN, Spectrum, alone, correlation, spectrum
from vggsound_omni.runs.measure import Measured, applying, measure
from vggsound_omni.runs.plan import Plan, make_plan
from vggsound_omni.runs.result import Score
from vggsound_omni.runs.score import sources_of
from vggsound_omni.suites.suite import Item

from .identity import bound, is_older
from .reading import LARGEST_SOUND, read_bytes
from .sounds import decode
from .submission import Submission


class Tolerance(NamedTuple):
    """How far a claimed score may be from what the published sound scores."""

    better: float
    worse: float
    share: float = 0.0  # of the larger of the two scores, added to either


TOLERANCES: dict[str, Tolerance] = {
    "kl": Tolerance(0.1, 0.1, share=0.5),
    "pq": Tolerance(3.6, 1.9),
    "ce": Tolerance(3.0, 1.8),
    "cu": Tolerance(3.5, 2.5),
    "pc": Tolerance(0.9, 0.9),
    "ms_clap": Tolerance(0.08, 0.13),
    "la_clap": Tolerance(0.10, 0.14),
    "ib": Tolerance(0.15, 0.16),
    "ds": Tolerance(1.6, 0.9),
}
"""By metric; 1.25 times the most that Opus was seen to move an item's score (``benchmarks/board_tolerance.py``, and one
sound of ``ref``). docs/board.md has the table. A metric that was not measured is not compared on coded sounds."""
LINES_TOLERANCE = 2.0
"""How many times these are taken of a reference line, which takes no rank: of sounds that are fitted to a network, as
those of ``attack`` are, coding undoes more."""
_ROUNDING = 1e-3  # of a score, and of 1: what machines, threads and batches may change if the same sounds are scored
_LENGTH_ERROR = 0.1  # seconds by which a coded sound may be longer or shorter than was asked


class Agreement(NamedTuple):
    """One metric of a row beside what its sounds score."""

    key: str
    claimed: float | None
    rescored: float | None
    items_off: int  # single items whose score differs by more than rounding
    agrees: bool


class Rescored(NamedTuple):
    """A whole row, scored again."""

    agreements: tuple[Agreement, ...]
    findings: tuple[str, ...]  # sounds that are missing or are not the row's

    @property
    def agrees(self) -> bool:
        """Whether the sounds are the row's and score what it claims."""
        return not self.findings and all(one.agrees for one in self.agreements)


@lru_cache(maxsize=8)
def _plan(suite: str, track: str) -> Plan:
    return make_plan(suite, track)


@lru_cache(maxsize=1)
def _store(root: Path) -> FeatureStore:
    return FeatureStore(root)  # one for all rows, so that its index is read once


def score_sounds(
    plan: Plan, items: Sequence[Item], sounds: Mapping[str, Path], encoder_set: str, keys: Collection[str] | None = None
) -> Measured:
    """Scores some items' sounds, as ``omni-bench score`` does.

    Args:
        plan: of the track.
        items: whose sounds.
        sounds: files by the items' ids.
        encoder_set: one that ships.
        keys: of the metrics; None: all.
    """
    chosen = [one for key, one in bound(encoder_set).items() if keys is None or key in keys]
    wanted = applying(chosen, plan.track, plan.all_items)
    sources = sources_of(plan.suite, list(items), sounds)
    store = _store(features_dir())
    extracted = extract(wanted, sources, window=plan.track.window, console=Console(quiet=True), store=store)
    return measure(chosen, plan.track, plan.all_items, [item.id for item in items], extracted)


def agrees(key: str, claimed: float, found: float, *, line: bool = False) -> bool:
    """Returns whether an item's claimed score can be that of a sound which, coded as Opus, scores ``found``.

    Args:
        key: of the metric.
        claimed: by the row.
        found: of the published sound.
        line: whether the row is a reference line.
    """
    allowed = TOLERANCES[key]
    metric = metric_of(key)
    more = found - claimed if metric is not None and metric.better == "lower" else claimed - found
    extra = allowed.share * max(abs(claimed), abs(found))
    times = LINES_TOLERANCE if line else 1.0
    return -times * allowed.worse - extra <= more <= times * allowed.better + extra


def published_sounds(row: Submission, root: Path, *, baseline: bool, line: bool = False) -> Iterator[str]:
    """Yields what is wrong with the published sounds of a row that is otherwise well.

    Args:
        row: it has passed :func:`.checks.problems`, and its sounds are there.
        root: the leaderboard.
        baseline: whether the sounds may be recordings.
        line: whether it is a reference line.
    """
    plan = _plan(row.suite.name, row.track)
    items = [item for item in plan.items if item.id in row.samples]
    with tempfile.TemporaryDirectory(prefix="omni-bench-board-") as scratch:
        sounds: dict[str, Path] = {}
        for item in items:
            audio = decode(read_bytes(root / "audio" / f"{row.samples[item.id].sha256}.opus", LARGEST_SOUND))
            asked = _seconds(plan, item)
            if abs(audio.duration - asked) > _LENGTH_ERROR + 0.01 * asked:
                yield f"The sound of {item.id} lasts {audio.duration:.2f} s, not {asked:g} s."
                continue
            sounds[item.id] = Path(scratch) / f"{item.id}.flac"
            write_flac(sounds[item.id], audio)
        if not sounds:
            return
        there = [item for item in items if item.id in sounds]
        try:
            found = score_sounds(plan, there, sounds, row.encoder_set, TOLERANCES)
            copied = [] if baseline else _copies(plan, there, sounds)
        except UserError as error:
            yield f"Its published sounds cannot be scored: {error}"
            return
    for item_id in copied:
        yield f"The sound of {item_id} is the item's own recording."
    for item_id, again in found.items.items():
        for key, claimed in _claimed(row, item_id):
            if key in again and not agrees(key, claimed, again[key], line=line):
                yield (
                    f"{title_of(key)} of {item_id} is given as {claimed:.4g}; "
                    f"its published sound scores {again[key]:.4g}."
                )


def _claimed(row: Submission, item_id: str) -> Iterator[tuple[str, float]]:
    """Yields what a row claims of an item, by metrics in today's version."""
    place = row.ids.index(item_id)
    for key, column in row.items.items():
        claimed = column[place]
        if claimed is not None and key in TOLERANCES and not is_older(row.scores[key], key, row.encoder_set):
            yield key, claimed


def _seconds(plan: Plan, item: Item) -> float:
    """Returns how long an item's sound is to be."""
    return item.duration if plan.track.window is None else min(item.duration, plan.track.window)


def _copies(plan: Plan, items: Sequence[Item], sounds: Mapping[str, Path]) -> list[str]:
    """Returns the items whose sound is their own recording."""

    def recording(item: Item, seconds: float) -> Spectrum:
        path = plan.suite.media(item).audio
        assert path is not None, "all items of a suite that the board takes have a recording"
        return spectrum(read_audio(path, mono=False), seconds)

    found = []
    for item in items:
        seconds = _seconds(plan, item)
        heard = spectrum(read_audio(sounds[item.id], mono=False), seconds)
        # Other recordings are rendered only for a suspect, so that most rows wait for none.
        if correlation(heard, recording(item, seconds)) > OWN and alone(
            heard, [recording(other, seconds) for other in _others(plan, items)]
        ):
            found.append(item.id)
    return found


def _others(plan: Plan, items: Sequence[Item]) -> list[Item]:
    others = [item for item in plan.items if item not in items][:OTHERS_ASKED]
    plan.suite.check(others)
    return others


def rescore(row: Submission, folder: Path) -> Rescored:
    """Scores a whole row again.

    Args:
        row: it has passed :func:`.checks.problems`.
        folder: all sounds of the row, as ``ID.flac`` or ``ID.wav``.

    Raises:
        UserError: no folder, or the row is of a suite or track that there is not.
    """
    if not folder.is_dir():
        raise UserError(f"{folder} is no folder; --sounds takes one with ID.flac or ID.wav of every scored item.")
    plan = _plan(row.suite.name, row.track)
    findings: list[str] = []
    sounds: dict[str, Path] = {}
    hashes = dict(zip(row.ids, row.sounds, strict=True))
    for item in plan.items:
        if item.id not in hashes:
            continue
        found = _file(folder, item.id, hashes[item.id])
        if isinstance(found, Path):
            sounds[item.id] = found
        else:
            findings.append(found)
    if not sounds:
        return Rescored((), tuple(findings))
    items = [item for item in plan.items if item.id in sounds]
    again = score_sounds(plan, items, sounds, row.encoder_set)
    agreements = [
        _agreement(row, one.metric.key, row.scores[one.metric.key], again)
        for one in applying(list(bound(row.encoder_set).values()), plan.track, plan.all_items)
        if one.metric.key in row.scores and not is_older(row.scores[one.metric.key], one.metric.key, row.encoder_set)
    ]
    return Rescored(tuple(agreements), tuple(findings))


def _file(folder: Path, item_id: str, sha256: str) -> Path | str:
    """Returns the sound of an item, or why it cannot be had."""
    for path in (folder / f"{item_id}.flac", folder / f"{item_id}.wav"):
        if path.is_file():
            try:
                audio = read_audio(path, mono=False)
            except UserError as error:
                return str(error)
            found = sound_hash(audio.samples, audio.sample_rate)
            return path if found == sha256 else f"{path.name} has the hash {found[:12]}, and the row {sha256[:12]}."
    return f"There is no {item_id}.flac or {item_id}.wav in {folder}."


def _agreement(row: Submission, key: str, claimed: Score, again: Measured) -> Agreement:
    column = dict(zip(row.ids, row.items.get(key, ()), strict=False))
    off = sum(
        not _equal(column.get(item_id), single.get(key))
        for item_id, single in again.items.items()
        if item_id in column or key in single
    )
    value = again.scores[key].value
    same = _equal(claimed.value, value) and off <= len(column) // 100
    return Agreement(key, claimed.value, value, off, same)


def _equal(one: float | None, other: float | None) -> bool:
    return one == other if one is None or other is None else abs(one - other) <= _ROUNDING * max(1.0, abs(one))


def matching(submissions: Mapping[str, Submission], folder: Path) -> str:
    """Finds the row whose sounds lie in a folder, by the hashes of its published items' sounds, and returns its place.

    Raises:
        UserError: none, or several that only ROW can tell apart.
    """
    found = []
    for place, row in submissions.items():
        hashes = dict(zip(row.ids, row.sounds, strict=False))
        # A name that leads elsewhere is no item's, and is never opened.
        ids = [item_id for item_id in row.samples if item_id in hashes and Path(item_id).name == item_id]
        if ids and all(isinstance(_file(folder, item_id, hashes[item_id]), Path) for item_id in ids):
            found.append(place)
    if len(found) != 1:
        told = f"{' and '.join(found[:4])} hold" if found else "No row holds"
        raise UserError(f"{told} the sounds in {folder}; name the row's file.")
    return found[0]
