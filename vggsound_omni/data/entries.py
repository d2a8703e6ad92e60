"""The items that each real suite wants, from its lists and tables, before any media are looked at."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from vggsound_omni.errors import UserError, unknown_name
from vggsound_omni.io import reading
from vggsound_omni.suites.suite import check_id, without_control

from .annotations import Annotation, by_id, read_annotations
from .checks import Limits
from .lists import merge_labels, read_labels
from .local_clips import vggsound_id
from .packaged.cc0_animals import PACKAGE as CC0_ANIMALS
from .packaged.source import Package
from .packaged.tuxpaint_stamps import PACKAGE as TUXPAINT_STAMPS
from .problems import Problem
from .tables import as_text, read_table
from .texts import mended


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One wanted item."""

    id: str
    clip: str  # the id of its media; several items may share them
    stratum: str = "main"
    caption: str
    captions: dict[str, str] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    provenance: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Tables:
    """The files that a suite is made of."""

    labels: Sequence[Path] = ()
    annotations: Path | None = None
    available: Path | None = None  # ids that everyone has, one a line; others are left out
    columns: Mapping[str, str] = field(default_factory=dict)
    """Columns by field, where their names are not in :data:`.annotations.FIELDS`."""
    caption: str = "audio"  # which of two captions is the text: ``audio`` or ``video``
    captions: str = "one"  # of AudioCaps: ``one`` of a clip's captions, or ``five`` items that share a clip


class Wanted(NamedTuple):
    """The items of a suite before their media are known."""

    entries: list[Entry]
    problems: list[Problem]
    name_of: Callable[[str], str | None]  # maps a file's stem to the id it stands for


def _vggsound_omni(tables: Tables) -> Wanted:
    """Takes VGGSound's test list and its annotations; without annotations, labels are the captions."""
    if not tables.labels:
        raise UserError("vggsound-omni needs VGGSound's test list: --labels vggsound_test.csv.")
    lists, problems = [], []
    for path in tables.labels:
        listed, wrong = read_labels(path)
        lists.append((path.name, listed))
        problems += wrong
    merged, disagreements = merge_labels(lists)
    problems += disagreements
    if tables.annotations is None:
        captions = {item_id: labels[0] for item_id, labels in merged.items()}
        return Wanted([_labelled(i, text, merged[i]) for i, text in captions.items()], problems, vggsound_id)
    rows, wrong = read_annotations(tables.annotations, tables.columns)
    annotations, twice = by_id([_renamed(row, vggsound_id(row.id) or row.id) for row in rows])
    problems += wrong + twice
    for item_id in sorted(annotations.keys() - merged.keys()):
        problems.append(Problem(item_id, "unknown-id", "it is annotated, but on no label list", left_out=True))
    entries = []
    for item_id, labels in merged.items():
        annotation = annotations.get(item_id)
        if annotation is None:
            problems.append(Problem(item_id, "no-annotation", "the annotations do not have it", left_out=True))
        elif not annotation.caption:
            problems.append(Problem(item_id, "no-caption", "its caption is empty or lost", left_out=True))
        else:
            entries.append(_annotated(item_id, annotation, annotation.labels or labels))
    return Wanted(entries, problems, vggsound_id)


def _labelled(item_id: str, caption: str, labels: tuple[str, ...]) -> Entry:
    captions = {"label": caption}
    provenance = {"source": "VGGSound", "caption_from": "label"}
    return Entry(id=item_id, clip=item_id, caption=caption, captions=captions, labels=labels, provenance=provenance)


def _annotated(item_id: str, annotation: Annotation, labels: tuple[str, ...]) -> Entry:
    return Entry(
        id=item_id,
        clip=item_id,
        stratum="natural" if annotation.offscreen else "main",
        caption=annotation.caption,
        captions={"label": ", ".join(labels)} if labels else {},
        labels=labels,
        provenance={"source": "VGGSound", "caption_from": "annotation", **annotation.facts},
    )


def _renamed(row: Annotation, item_id: str) -> Annotation:
    return Annotation(**(vars(row) | {"id": item_id}))


def _captioned(source: str, tables: Tables) -> Wanted:
    """Takes a table of ids and captions: Kling-Audio-Eval, and suites like Movie Gen's."""
    if tables.annotations is None:
        raise UserError(f"{source} needs a table of its items: --annotations FILE.")
    chosen, other = ("caption", "video_caption") if tables.caption == "audio" else ("video_caption", "caption")
    rows, problems = read_annotations(tables.annotations, tables.columns, ("id", chosen))
    annotations, twice = by_id(rows)
    problems += twice
    entries: list[Entry] = []
    stems: dict[str, str] = {}
    for item_id, row in sorted(annotations.items()):
        texts = {"caption": row.caption, "video_caption": row.video_caption}
        if not texts[chosen]:
            problems.append(Problem(item_id, "no-caption", f"its {chosen} is empty or lost", left_out=True))
            continue
        stems |= {re.sub(r"\.[^.]*$", "", name.rpartition("/")[2]): item_id for name in row.files.values()}
        kept = {chosen: texts[chosen]} | ({other: texts[other]} if texts[other] else {})
        entries.append(
            Entry(
                id=item_id,
                clip=item_id,
                caption=texts[chosen],
                captions=kept,
                labels=row.labels,
                provenance={"source": source, "caption_from": chosen, **row.facts},
            )
        )
    return Wanted(entries, problems, lambda stem: stems.get(stem, stem))


def _audiocaps(tables: Tables) -> Wanted:
    """Takes AudioCaps' table: ``audiocap_id,youtube_id,start_time,caption``, five rows a clip."""
    if tables.annotations is None:
        raise UserError("audiocaps needs its table of captions: --annotations test.csv.")
    rows, problems = read_annotations(tables.annotations, tables.columns)
    available = None if tables.available is None else _ids(tables.available)
    clips: dict[str, list[Annotation]] = {}
    for row in rows:
        clip = f"{row.id}_{row.start.zfill(6)}" if row.start.isdigit() else row.id
        clips.setdefault(clip, []).append(row)
    entries = []
    for clip, group in sorted(clips.items()):
        if available is not None and clip not in available and group[0].id not in available:
            problems.append(Problem(clip, "unavailable", "the list of available clips lacks it", left_out=True))
            continue
        texts = [row.caption for row in sorted(group, key=lambda row: (row.order.zfill(9), row.caption)) if row.caption]
        if not texts:
            problems.append(Problem(clip, "no-caption", "none of its captions can be read", left_out=True))
        provenance = {"source": "AudioCaps", "caption_from": "annotation"}
        for number, text in enumerate(texts if tables.captions == "five" else texts[:1], 1):
            others = {f"caption-{n}": other for n, other in enumerate(texts, 1) if n != number}
            item_id = f"{clip}-{number}" if tables.captions == "five" else clip
            entries.append(Entry(id=item_id, clip=clip, caption=text, captions=others, provenance=provenance))
    by_video = {clip[:11]: clip for clip in clips}

    def name_of(stem: str) -> str | None:
        bare = stem.removeprefix("Y") if len(stem) in (12, 19) else stem
        return vggsound_id(bare) or by_video.get(bare, bare)

    return Wanted(entries, problems, name_of)


def _packaged(tables: Tables) -> Wanted:
    """Takes the table that :mod:`.packaged.unpack` writes."""
    if tables.annotations is None:
        raise UserError("This suite is built of its package alone.")
    entries, problems = [], []
    for _, row in read_table(tables.annotations).rows:
        item_id, caption = str(row["id"]), mended(str(row["caption"]))[0]
        if row["repeats"]:
            why = f"its sound is that of {row['repeats']}"
            problems.append(Problem(item_id, "copy", why, left_out=True))
        else:
            labels, provenance = tuple(row["labels"]), row["provenance"]
            entries.append(Entry(id=item_id, clip=item_id, caption=caption, labels=labels, provenance=provenance))
    return Wanted(entries, problems, lambda stem: stem)


def _ids(path: Path) -> set[str]:
    """Returns the first column of a list, with or without a header."""
    if path.suffix.lower() != ".txt":
        return {as_text(next(iter(row.values()))) for _, row in read_table(path, ("id",)).rows}
    with reading(path):
        return {line.strip() for line in path.read_text(encoding="utf-8", errors="replace").splitlines()}


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How one of the field's suites is made."""

    name: str
    read: Callable[[Tables], Wanted]
    has_reference: bool = True  # False: the sound that its videos may carry is never used
    needs_picture: bool = True  # False: its clips may be sound alone
    package: Package | None = None  # what its clips are unpacked from; None: they are the user's
    limits: Limits = field(default_factory=Limits)  # unless told otherwise


_ANY_LENGTH = Limits(seconds=0, moving=0)
"""Short sounds, and stills."""

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe(name="vggsound-omni", read=_vggsound_omni),
        Recipe(name="kling-audio-eval", read=partial(_captioned, "Kling-Audio-Eval")),
        Recipe(name="audiocaps", read=_audiocaps, needs_picture=False),
        Recipe(name="movie-gen", read=partial(_captioned, "Movie Gen"), has_reference=False),
        Recipe(name="cc0-animals", read=_packaged, needs_picture=False, package=CC0_ANIMALS, limits=_ANY_LENGTH),
        Recipe(name="tuxpaint-stamps", read=_packaged, package=TUXPAINT_STAMPS, limits=_ANY_LENGTH),
    )
}
"""The suites that can be built, by name."""


def recipe_of(suite: str) -> Recipe:
    """Returns how a suite is made.

    Raises:
        UserError: there is no such suite; names the nearest.
    """
    if suite not in RECIPES:
        raise unknown_name("suite to build", suite, RECIPES)
    return RECIPES[suite]


def wanted(suite: str, tables: Tables) -> Wanted:
    """Returns the items that a suite wants.

    Raises:
        UserError: there is no such suite, or a table is missing or cannot be read.
    """
    recipe = recipe_of(suite)
    if tables.caption not in ("audio", "video"):
        raise unknown_name("caption", tables.caption, ("audio", "video"))
    found = recipe.read(tables)
    entries, refused = _usable(found.entries, suite)
    problems = [*found.problems, *refused]
    if not entries:
        first = f"; the first problem: {problems[0].why}" if problems else ""
        raise UserError(f"{suite}: no item of the tables can be used{first}.")
    return Wanted(entries, problems, found.name_of)


def _usable(entries: Sequence[Entry], suite: str) -> tuple[list[Entry], list[Problem]]:
    """Keeps entries whose ids can be file names, each once, with texts that a terminal can show."""
    usable: list[Entry] = []
    problems: list[Problem] = []
    seen: set[str] = set()
    for entry in entries:
        try:
            check_id(entry.id, suite)
        except UserError as error:
            problems.append(Problem(ascii(entry.id[:80]), "bad-row", str(error), left_out=True))
            continue
        name = unicodedata.normalize("NFC", entry.id).casefold()
        if name in seen:
            why = "another id differs from it only in case, and would be the same file on some systems"
            problems.append(Problem(entry.id, "duplicate", why, left_out=True))
            continue
        seen.add(name)
        usable.append(
            replace(
                entry,
                caption=without_control(entry.caption),
                captions={without_control(kind): without_control(text) for kind, text in entry.captions.items()},
                labels=tuple(without_control(label) for label in entry.labels),
            )
        )
    return usable, problems


def joined_text(first: str, second: str, template: str) -> str:
    """Joins two captions, each made a sentence before it is put into the template."""
    clean, _ = mended(template.format(caption=first.strip().rstrip(".") + ".", music=second.strip().rstrip(".")))
    return without_control(clean)
