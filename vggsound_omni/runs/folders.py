"""Scoring a folder of files against another, by name, without a suite."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from rich.console import Console

from vggsound_omni.devices import check_device
from vggsound_omni.encoders.choice import choose
from vggsound_omni.encoders.encoder import Precision, unpublished
from vggsound_omni.errors import UserError
from vggsound_omni.features import sound_hash
from vggsound_omni.features.extract import Extracted, Sources, bindings
from vggsound_omni.features.judging import Judge
from vggsound_omni.features.prefetch import prefetch
from vggsound_omni.features.signals import SoundSource
from vggsound_omni.io import content_sha256
from vggsound_omni.media import probe, read_audio
from vggsound_omni.suites.suite import Item
from vggsound_omni.tracks import Track
from vggsound_omni.wording import clean

from .anchors import AnchorSounds, anchors
from .costs import costs
from .environment import environment
from .inspection import signal_of
from .judging import askable, judge_of
from .measure import applying, measure
from .precision import drift
from .result import Counts, Failure, Result, Score, Signal, SuiteIdentity
from .score import ScoreOptions, check_options, encode, of_another_world

_LONGEST = 3600.0
"""Seconds of a file that are read; no clip is longer."""


def score_folders(generated: Path, reference: Path, console: Console, options: ScoreOptions) -> Result:
    """Scores the files of one folder against those of the same names, without their endings, in another.

    Whole files are scored. If a reference has a picture, metrics of sound and picture are computed on it. A generated
    file that cannot be read, or has no reference, is a failure; references without a generated file are failures too.

    Args:
        generated: folder of sound or video files.
        reference: the same.
        console: where progress is shown.
        options: how; without an encoder set, ``pretrained`` is used, or ``open`` if its weights are not here.

    Raises:
        UserError: no such folder, two files of one name in a folder, or no pair.
    """
    with judge_of(options.judge, None, console) as judge:
        return _scored(generated, reference, console, options, judge)


def _scored(generated: Path, reference: Path, console: Console, options: ScoreOptions, judge: Judge | None) -> Result:
    began = time.monotonic()
    check_device(options.device)
    encoders = choose(options.encoder_set, "pretrained", options.weights).encoder_set
    check_options(options, encoders)
    ours, theirs = _by_stem(generated), _by_stem(reference)
    if not ours.keys() & theirs.keys():
        raise UserError(
            f"No file in {generated} has the name of one in {reference}; files are paired by name without endings."
        )
    failures = dict.fromkeys(ours.keys() - theirs.keys(), ("missing", f"{reference} has no file of this name"))
    failures |= dict.fromkeys(theirs.keys() - ours.keys(), ("missing", f"{generated} has no file of this name"))
    items: list[Item] = []
    signals: dict[str, Signal] = {}
    pairs = sorted(ours.keys() & theirs.keys())
    looks = prefetch(lambda stem: _look(stem, ours[stem], theirs[stem]), pairs)
    for stem, (signal, item, fault) in zip(pairs, looks, strict=True):
        if signal is None or item is None:
            failures[stem] = fault
        else:
            signals[stem] = signal
            items.append(item)
    if not items:
        first = min(failures)
        raise UserError(f"Not one pair can be scored: {first}: {failures[first][1]}.")
    track = Track(name="folders", title="Two folders", order=0, task="v2a", where={}, window=None)
    bound = askable(bindings(encoders), judge)

    def extracted_of(
        some: Sequence[Item], options: ScoreOptions, others: Mapping[str, SoundSource] = MappingProxyType({})
    ) -> Extracted:
        sources = Sources(
            generated={**{item.id: ours[item.id] for item in some}, **others},
            reference={item.id: theirs[item.id] for item in some},
            video={item.id: theirs[item.id] for item in some if item.has_video},
        )
        return encode(applying(bound, track, items), sources, track, console, options)

    def scores_of(ids: Sequence[str], precision: Precision) -> dict[str, Score]:
        found = extracted_of([item for item in items if item.id in set(ids)], replace(options, precision=precision))
        return measure(bound, track, items, ids, found).scores

    moved = drift(options.precision, [item.id for item in items], scores_of)
    others = AnchorSounds({item.id: theirs[item.id] for item in items}, [item.duration for item in items])
    extracted = replace(extracted_of(items, options, others.sources), judge=judge)
    for stem, why in extracted.unreadable.items():
        if signals.pop(stem, None) is not None:
            failures[stem] = ("reference", why)
    scored = [item for item in items if item.id in signals]
    ids = [item.id for item in scored]
    found = measure(bound, track, items, ids, extracted)
    digest = hashlib.sha256()
    for stem in sorted(theirs):
        digest.update(f"{stem} {content_sha256(theirs[stem])}\n".encode())
    return Result(
        suite=SuiteIdentity(name=clean(reference.name) or "folders", version=""),
        track=track.name,
        items_sha256=digest.hexdigest(),
        encoder_set=encoders,
        kit=options.kit,
        model={"name": clean(str(generated)), "label": clean(generated.name), "arguments": {}, "card": None},
        seed=0,
        drift=moved,
        limit=None,
        counts=Counts(
            planned=len(ours.keys() | theirs.keys()), generated=len(ours), failed=len(failures), scored=len(scored)
        ),
        **found._asdict(),
        anchors=anchors(others, bound, track, items, ids, extracted, found, console),
        strata={},
        signals=signals,
        failures=[
            Failure(id=stem, rule=rule, reason=clean(reason)) for stem, (rule, reason) in sorted(failures.items())
        ],
        warnings=(*of_another_world(encoders), *unpublished(extracted.cards.values())),
        environment=environment(),
        timings={"score": round(time.monotonic() - began, 3)},
        costs=costs((), len(scored), time.monotonic() - began),
    )


def _by_stem(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise UserError(f"There is no folder {folder}.")
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.is_file() and not path.name.startswith("."):
            stem = clean(path.stem)  # it stands in results and on terminals
            if stem in found:
                raise UserError(f"{folder} has two files called {stem}: {found[stem].name} and {path.name}; leave one.")
            found[stem] = path
    if not found:
        raise UserError(f"{folder} has no files.")
    return found


def _look(stem: str, ours: Path, theirs: Path) -> tuple[Signal | None, Item | None, tuple[str, str]]:
    """Reads a pair: what is known of the sound, the item that the reference makes, or why there is neither."""
    try:
        audio = read_audio(ours, mono=False, seconds=_LONGEST)
    except UserError as error:
        return None, None, ("missing", str(error))
    try:
        medium = probe(theirs)
        if medium.audio is None:
            return None, None, ("reference", f"{theirs} has no sound")
        media = content_sha256(theirs)
    except (UserError, OSError) as error:
        return None, None, ("reference", str(error))
    item = Item(id=stem, stratum="all", duration=medium.duration, caption=None, has_video=medium.video is not None)
    return signal_of(audio, sound_hash(audio.samples, audio.sample_rate), media), item, ("", "")
