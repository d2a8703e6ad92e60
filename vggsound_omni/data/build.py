"""Builds a suite from tables and media, with a report of everything that is missing and why."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from vggsound_omni.errors import UserError
from vggsound_omni.io import compute_sha256, replacing
from vggsound_omni.suites.built import MANIFEST, PLACES
from vggsound_omni.suites.parquet import Manifest, make_manifest, write_manifest
from vggsound_omni.suites.places import Place
from vggsound_omni.suites.suite import Item, without_control

from .backing import Backing, add_music
from .checks import Facts, Limits, judged
from .entries import RECIPES, Entry, Tables, wanted
from .journal import Journal
from .local_clips import Clip, find_clips
from .offscreen import Selection, select
from .problems import KINDS, Problem, counts

REPORT = "report.json"
JOURNAL = "checks.jsonl"
_STRATA = ("main", "natural", "bgm")


@dataclass(frozen=True, kw_only=True)
class Options:
    """What to build, and from what."""

    suite: str
    tables: Tables
    media: Sequence[Path]  # folders of clips, or tar shards
    out: Path
    limits: Limits = field(default_factory=Limits)
    kept: frozenset[str] = frozenset()  # kinds of problem that are reported but leave no item out
    selection: Selection | None = None  # how natural off-screen items are found; None: as the annotations say
    backing: Backing | None = None  # how music is mixed in; None: no such items
    jobs: int | None = None


@dataclass(frozen=True, kw_only=True)
class Built:
    """A suite that was built, and what is wrong with it."""

    manifest: Manifest
    problems: list[Problem]
    listed: int  # how many items the tables list

    @property
    def strata(self) -> dict[str, int]:
        """Count of items by stratum."""
        return dict(Counter(item.stratum for item in self.manifest.items))


def build(options: Options, done: Callable[[int, int], object] = lambda *_: None) -> Built:
    """Builds a suite in a folder. The same call again measures nothing twice and writes the same bytes.

    Args:
        options: what to build.
        done: called with the number of clips checked and of all clips.

    Raises:
        UserError: nothing in a table or folder can be used, or no item is left.
    """
    for kind in options.kept:
        if kind not in KINDS:
            raise UserError(f'Unknown problem "{kind}"; known are {", ".join(KINDS)}.')
    asked = wanted(options.suite, options.tables)
    clips, problems = find_clips(options.media, {entry.clip for entry in asked.entries}, asked.name_of)
    problems = asked.problems + problems
    facts = _checked(options, clips, done)
    limits = _limits(options)
    wrong = {clip: _judged(options, clip, facts[clip], limits) for clip in sorted(facts)}
    problems += [problem for found in wrong.values() for problem in found]
    problems += [
        Problem(entry.id, "no-file", f"no file of the clip {entry.clip} was found", left_out=True)
        for entry in asked.entries
        if entry.clip not in clips
    ]
    good = [e for e in asked.entries if e.clip in facts and not any(problem.left_out for problem in wrong[e.clip])]
    if not good:
        raise _nothing_left(options, problems)
    if options.selection is not None:
        good, found = select(good, options.selection)
        problems += found
    places = {entry.id: clips[entry.clip] for entry in good}
    items = [_item(entry, facts[entry.clip], options.suite) for entry in good]
    if options.backing is not None:
        mixed, sounds, unmixed = add_music(items, places, options.backing, options.out)
        items += mixed
        problems += unmixed
        places |= sounds
    items.sort(key=lambda item: (_STRATA.index(item.stratum), item.id))
    problems = [told._replace(id=without_control(told.id), why=without_control(told.why)) for told in problems]
    built = Built(
        manifest=make_manifest(options.suite, items, _recipe(options, limits)),
        problems=sorted(problems, key=lambda problem: (list(KINDS).index(problem.kind), problem)),
        listed=len(asked.entries) + sum(p.left_out and p.kind in _BEFORE for p in problems),
    )
    write_built(options.out, built, places)
    return built


_BEFORE = {"copy", "no-annotation", "no-caption", "unavailable"}
"""Kinds that drop a listed item before its media are looked for."""


def write_built(out: Path, built: Built, places: Mapping[str, Clip]) -> None:
    """Writes the manifest, the places and the report."""
    write_json(out / PLACES, {item.id: _places(places[item.id], out) for item in built.manifest.items})
    left_out = {problem.id for problem in built.problems if problem.left_out}
    write_json(
        out / REPORT,
        {
            "suite": built.manifest.name,
            "version": built.manifest.version,
            "list_sha256": built.manifest.list_sha256,
            "items_sha256": built.manifest.items_sha256,
            "listed": built.listed,
            "strata": built.strata,
            "left_out": len(left_out),
            "problems_by_kind": counts(built.problems),
            "problems": [problem._asdict() for problem in built.problems],
        },
    )
    write_manifest(out / MANIFEST, built.manifest)  # last: a folder with a manifest is complete


def write_json(path: Path, content: object) -> None:
    """Writes JSON, whole or not at all."""
    text = json.dumps(content, indent=1, ensure_ascii=False)
    try:
        coded = text.encode()
    except UnicodeEncodeError:  # a file's name that is not UTF-8
        coded = json.dumps(content, indent=1).encode()
    with replacing(path) as temporary:
        temporary.write_bytes(coded + b"\n")


def _checked(options: Options, clips: Mapping[str, Clip], done: Callable[[int, int], object]) -> dict[str, Facts]:
    seen = 0

    def told(count: int) -> None:
        nonlocal seen
        seen += count
        done(seen, len(clips))

    return Journal(options.out / JOURNAL).checked(sorted(clips.items()), options.jobs, told)


def _limits(options: Options) -> Limits:
    return replace(options.limits, needs_sound=RECIPES[options.suite].has_reference)


def _judged(options: Options, clip: str, facts: Facts, limits: Limits) -> list[Problem]:
    found = judged(clip, facts, limits, options.kept)
    needed = RECIPES[options.suite].needs_picture
    return [problem for problem in found if needed or problem.kind != "no-picture"]


def _item(entry: Entry, facts: Facts, suite: str) -> Item:
    hashes = {"video_sha256": facts.video_sha256, "audio_sha256": facts.audio_sha256}
    if not RECIPES[suite].has_reference:
        hashes["audio_sha256"] = None
    return Item(
        id=entry.id,
        stratum=entry.stratum,
        duration=facts.seconds,
        caption=entry.caption,
        captions=entry.captions,
        labels=entry.labels,
        has_video=hashes["video_sha256"] is not None,
        has_audio=hashes["audio_sha256"] is not None,
        provenance=entry.provenance | {name: value for name, value in hashes.items() if value},
    )


def _recipe(options: Options, limits: Limits) -> dict[str, Any]:
    """Everything that another builder needs to know: no times, no folders."""
    tables = [*options.tables.labels, options.tables.annotations, options.tables.available]
    return {
        "tables": [[path.name, compute_sha256(path)] for path in tables if path is not None],
        "columns": dict(options.tables.columns),
        "caption": options.tables.caption,
        "captions": options.tables.captions,
        "limits": asdict(limits),
        "kept": sorted(options.kept),
        "selection": options.selection.record() if options.selection else None,
        "music": options.backing.record() if options.backing else None,
    }


def _places(clip: Clip, out: Path) -> dict[str, dict[str, Any]]:
    return {
        kind: asdict(place) | {"path": _relative(place, out)}
        for kind in ("video", "audio")
        if (place := getattr(clip, kind)) is not None
    }


def _relative(place: Place, out: Path) -> str:
    """Returns a path relative to the suite's folder for files inside it, so that they move with it."""
    return os.path.relpath(place.path, out) if Path(place.path).is_relative_to(out.absolute()) else place.path


def _nothing_left(options: Options, problems: Sequence[Problem]) -> UserError:
    told = ", ".join(f"{kind} {number}" for kind, number in counts(problems).items())
    folders = ", ".join(str(path) for path in options.media)
    return UserError(f"{options.suite}: no item is left of {folders} ({told}); are these the clips of that list?")
