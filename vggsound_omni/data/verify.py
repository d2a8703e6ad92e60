"""Verifies a built suite, and joins a published one with your media."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from vggsound_omni.errors import UserError
from vggsound_omni.suites.built import BuiltSuite
from vggsound_omni.suites.parquet import make_manifest
from vggsound_omni.suites.suite import Item, without_control

from .build import JOURNAL, Built, write_built
from .journal import Journal
from .local_clips import Clip, find_clips, vggsound_id
from .problems import Problem


def verify(path: Path, done: Callable[[int, int], object] = lambda *_: None) -> list[Problem]:
    """Hashes every file of a suite again and compares it with the manifest.

    Raises:
        UserError: it is not a suite, or its manifest was changed.
    """
    suite = BuiltSuite(path)
    problems = []
    for number, item in enumerate(suite.items(), 1):
        for kind in ("video", "audio"):
            expected = item.provenance.get(f"{kind}_sha256")
            if expected is None:
                continue
            try:
                place = suite.place(item, kind)
                found = place.sha256()
            except UserError as error:
                problems.append(Problem(item.id, "no-file", str(error), left_out=True))
                continue
            if found != expected:
                why = f"{place.name} is not the {kind} that the suite was built with"
                problems.append(Problem(item.id, "changed", why, left_out=True))
        done(number, len(suite.items()))
    return problems


def join(manifest: Path, media: Sequence[Path], out: Path, jobs: int | None = None) -> Built:
    """Joins a suite that was published without media with the media of this machine.

    Items whose media are missing or do not decode are left out. A clip that is coded differently is reported and
    stays: then ``list_sha256`` may be equal while ``items_sha256`` is not. Music is not mixed here: the WAVs with
    music (``ID-bgm``) are media like any other.

    Raises:
        UserError: it is not a manifest, or no item has media.
    """
    published = BuiltSuite(manifest)
    items = list(published.items())
    ids = {item.id for item in items}
    bases = {str(item.provenance.get("base", item.id)) for item in items} | ids
    clips, problems = find_clips(media, bases, lambda stem: stem if stem in bases else vggsound_id(stem))
    facts = Journal(out / JOURNAL).checked(sorted(clips.items()), jobs)
    found: list[Item] = []
    places: dict[str, Clip] = {}
    for item in items:
        clip, wrong = _clip(item, clips)
        fact = facts.get(item.id) or facts.get(str(item.provenance.get("base")))
        if clip is None or fact is None or fact.error:
            why = wrong or (fact.error if fact is not None else None) or "no file of it was found"
            kind = "no-file" if fact is None or not fact.error else "unreadable"
            problems.append(Problem(item.id, kind, why, left_out=True))
            continue
        places[item.id] = clip
        hashes = _hashes(item, clip)
        for name, value in hashes.items():
            if item.provenance[name] != value:
                why = f"its {name.removesuffix('_sha256')} is another file than the published suite was built with"
                problems.append(Problem(item.id, "changed", why, left_out=False))
        found.append(replace(item, provenance=item.provenance | hashes))
    if not found:
        raise UserError(f"{manifest}: no item has its media in {', '.join(str(root) for root in media)}.")
    recipe = published.manifest.recipe
    if len(found) < len(items):
        recipe = recipe | {"joined_of": published.manifest.list_sha256}
    problems = [told._replace(id=without_control(told.id), why=without_control(told.why)) for told in problems]
    built = Built(manifest=make_manifest(published.name, found, recipe), problems=problems, listed=len(items))
    write_built(out, built, places)
    return built


def _clip(item: Item, clips: dict[str, Clip]) -> tuple[Clip | None, str | None]:
    """Returns the files of an item; one with music takes its picture from its base and its sound from its own WAV."""
    base = item.provenance.get("base")
    own = clips.get(item.id)
    if base is None:
        return own, None
    under = clips.get(str(base))
    if own is None or own.audio is None:
        return None, "its sound with music is missing; build the suite with the music, or fetch its bgm folder"
    return Clip(video=own.video or (under.video if under else None), audio=own.audio), None


def _hashes(item: Item, clip: Clip) -> dict[str, str]:
    hashes = {}
    for kind in ("video", "audio"):
        place = clip.video if kind == "video" else clip.audio or clip.video
        if f"{kind}_sha256" in item.provenance and place is not None:
            hashes[f"{kind}_sha256"] = place.sha256()
    return hashes
