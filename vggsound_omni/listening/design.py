"""From runs to a study: items, blocks, gold trials, repeats and files."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, pairwise
from pathlib import Path

import numpy as np

from vggsound_omni.analysis.words import called
from vggsound_omni.errors import UserError
from vggsound_omni.io import reading
from vggsound_omni.runs.folder import RunFolder
from vggsound_omni.runs.plan import Plan, make_plan
from vggsound_omni.suites import Item
from vggsound_omni.wording import without_control

from .blocks import Cell, blocks
from .given import check_title
from .questions import questions
from .sounds import match, read_sound, spoilt, write_picture, write_sounds
from .study import GOOD, SPOILT, Clip, Kind, Screening, Session, Study, Trial, write_study

_PRACTICE = 1  # items before the first that counts
_LONGEST = 10_000  # characters of what listeners agree to
_TIME = 946_684_800
"""When all files were changed: the order in which they were written says whose they are."""
CONSENT = (
    "You will hear sounds made by computer programs and say what you think of them. Your answers, how long you take, "
    "and what you write at the end are stored without your name. Answers and times may be published. You may stop at "
    "any time."
)


@dataclass(frozen=True, kw_only=True)
class DesignOptions:
    """The size of a study."""

    title: str = "Listening test"
    kind: Kind = "pairs"
    consent: str = CONSENT
    items: int = 40
    listeners: int = 20
    trials: int = 14  # of each listener, besides repeats, gold and practice
    repeats: int = 2
    gold: int = 3
    seed: int = 0
    simulated: bool = False

    def __post_init__(self) -> None:
        for name in ("items", "listeners", "trials"):
            if getattr(self, name) < 1:
                raise UserError(f"--{name} is {getattr(self, name)}; it must be at least 1.")
        if not 0 <= self.repeats <= self.trials // 2:
            raise UserError(
                f"--repeats is {self.repeats}; it must be from 0 to half of the trials, {self.trials // 2}."
            )
        if not 0 <= self.gold <= self.trials:
            raise UserError(f"--gold is {self.gold}; it must be from 0 to the trials, {self.trials}.")
        check_title(self.title)
        if not self.consent.strip() or len(self.consent) > _LONGEST:
            raise UserError(
                f"What listeners agree to has {len(self.consent)} characters; 1 to {_LONGEST} are expected."
            )

    def blocks(self, systems: int) -> list[list[Cell]]:
        """Returns who hears what: the same for the same options."""
        rng = np.random.default_rng(self.seed)
        return blocks(systems, self.items, self.listeners, self.trials, rng, self.kind)


def design(runs: Sequence[Path], out: Path, options: DesignOptions, progress: Callable[[int, int], None]) -> Study:
    """Writes a study of some runs to a folder.

    Args:
        runs: run folders of one track of one suite, a system each.
        out: a folder that does not exist, or is empty.
        options: its size.
        progress: called with items written and items in all.

    Raises:
        UserError: the runs do not belong together, too few items are finished in all of them, the folder is not empty,
            or a sound cannot be read.
    """
    if out.exists() and any(out.iterdir()):
        raise UserError(f"{out} is not empty; choose another --out.")
    folders, plan = _together(runs)
    chosen, extra = _chosen(folders, plan, options)
    drawn = options.blocks(len(folders))
    namer = _Namer()
    media = out / "public" / "media"
    media.mkdir(parents=True, exist_ok=True)
    clips: dict[str, Clip] = {}
    for number, item in enumerate([*chosen, *extra]):
        seconds = min(plan.track.window or item.duration, item.duration)
        if number < len(chosen):
            sounds = {name: read_sound(folder.audio_path(item.id), seconds) for name, folder in folders.items()}
        else:
            sounds = _gold_sounds(item, chosen[0], folders, plan, seconds, options.seed + number)
        matched, lufs = match(sounds)
        files = {name: f"{namer.name(item.id, name)[:20]}.flac" for name in sounds}
        write_sounds(media, {files[name]: sound for name, sound in sorted(matched.items())})
        picture = None
        video = plan.suite.media(item).video if plan.track.task != "t2a" else None
        if video is not None:
            picture = f"{namer.name(item.id, 'picture')[:20]}.mp4"
            write_picture(video, media / picture, seconds)
        caption = item.caption if plan.track.task != "v2a" else None
        clips[item.id] = Clip(caption=caption, seconds=seconds, picture=picture, sounds=files, lufs=lufs)
        progress(number + 1, len(chosen) + len(extra))
    for file in media.iterdir():
        os.utime(file, (_TIME, _TIME))
    shortest = min(clip.seconds for clip in clips.values())
    study = Study(
        kind=options.kind,
        title=options.title,
        consent=options.consent,
        suite=plan.suite.name,
        track=plan.track.name,
        items_sha256=plan.items_sha256,
        systems=tuple(folders),
        questions=questions(plan.track, options.kind),
        screening=Screening(gold=options.gold, seconds=shortest),
        clips=clips,
        sessions=tuple(
            _sessions(drawn, [item.id for item in chosen], [i.id for i in extra], [*folders], namer, options)
        ),
        seed=options.seed,
        simulated=options.simulated,
    )
    write_study(study, out)
    return study


def read_consent(path: Path) -> str:
    """Reads what listeners agree to.

    Raises:
        UserError: the file cannot be read, or is no text.
    """
    with reading(path):
        raw = path.read_bytes()
    try:
        return without_control(raw.decode("utf-8-sig")).strip()
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is no text in UTF-8.") from error


class _Namer:
    """Opaque names from a secret that is kept nowhere."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)

    def name(self, *parts: str | int) -> str:
        """Returns 64 hexadecimal digits for these parts."""
        return hmac.new(self._secret, repr(parts).encode(), hashlib.sha256).hexdigest()


def _together(runs: Sequence[Path]) -> tuple[dict[str, RunFolder], Plan]:
    """Returns the runs by the names of their systems, and the plan that they share."""
    if len(runs) < 2:
        raise UserError("A listening test takes two runs or more.")
    folders: dict[str, RunFolder] = {}
    first: tuple[str, str, str] | None = None
    plan: Plan | None = None
    for path in runs:
        folder = RunFolder(path)
        run, config = folder.read(), folder.config()
        model = {"name": config.model, "label": run.get("name"), "arguments": config.arguments, "card": run.get("card")}
        name = called(model, config.without)
        name = name if name not in folders else f"{name} (seed {config.seed})"
        if name in folders or name.startswith("@"):
            raise UserError(f"{path}: a second system is called {name}; name them apart with --name when they are run.")
        same = (config.suite, config.track, str(run["items_sha256"]))
        first = first or same
        for what, one, other in zip(("suites", "tracks", "items"), first, same, strict=True):
            if one != other:
                raise UserError(f"{runs[0]} and {path} are of different {what}: {one[:40]} and {other[:40]}.")
        plan = plan or make_plan(config.suite, config.track)
        if not plan.is_of(run):
            raise UserError(f"The suite {config.suite} has changed since the run in {path} began; run it again.")
        folders[name] = folder
    assert plan is not None
    return folders, plan


def _chosen(folders: Mapping[str, RunFolder], plan: Plan, options: DesignOptions) -> tuple[list[Item], list[Item]]:
    """Returns the items that are tested, and those of gold and practice trials, at random."""
    finished = [
        {item_id for item_id, record in folder.records().items() if record.status == "done"}
        for folder in folders.values()
    ]
    common = set.intersection(*finished)
    there = [item for item in plan.all_items if item.id in common]
    wanted = options.items + options.gold + _PRACTICE
    if len(there) < wanted:
        raise UserError(
            f"{len(there)} items are finished in all runs, and {wanted} are needed: {options.items}, {options.gold} "
            f"for gold trials and {_PRACTICE} for practice; lower --items, or run more."
        )
    order = np.random.default_rng([options.seed, 1]).permutation(len(there))[:wanted]
    drawn = [there[index] for index in order]
    return drawn[: options.items], drawn[options.items :]


def _gold_sounds(
    item: Item, other: Item, folders: Mapping[str, RunFolder], plan: Plan, seconds: float, seed: int
) -> dict[str, np.ndarray]:
    """Returns an item's recording, or a system's sound if it has none, and a sound that is clearly worse."""
    any_system = next(iter(folders.values()))

    def sound(of: Item) -> np.ndarray:
        recording = plan.suite.media(of).audio if of.has_audio else None
        return read_sound(recording or any_system.audio_path(of.id), seconds)

    good = sound(item)
    return {GOOD: good, SPOILT: spoilt(good, sound(other), np.random.default_rng(seed))}


def _sessions(
    drawn: Sequence[Sequence[Cell]],
    items: Sequence[str],
    extra: Sequence[str],
    systems: Sequence[str],
    namer: _Namer,
    options: DesignOptions,
) -> list[Session]:
    rng = np.random.default_rng([options.seed, 2])
    sessions = []
    for listener, block in enumerate(drawn):
        codes = (namer.name("trial", listener, number)[:16] for number in count())
        main = [
            Trial(
                id=next(codes),
                kind="main",
                item=items[cell.item],
                left=systems[cell.left],
                right=None if cell.right is None else systems[cell.right],
            )
            for cell in block
        ]
        trials = list(main)
        gold = [trial for known in _known(extra[: options.gold], "gold", codes, rng, options) for trial in known]
        if options.kind == "mos":
            gold = [gold[index] for index in rng.permutation(len(gold))]
        for n, at in enumerate(_spread(len(main), len(gold), rng)):
            trials.insert(at + n, gold[n])
        early = rng.permutation(max(len(main) // 2, options.repeats))[: options.repeats]
        for index in sorted(early):
            again = main[index]
            place = int(rng.integers(len(trials) - len(trials) // 4, len(trials) + 1))
            sides = (again.left, None) if again.right is None else (again.right, again.left)
            fields = {"id": next(codes), "kind": "repeat", "left": sides[0], "right": sides[1], "repeats": again.id}
            trials.insert(place, again.model_copy(update=fields))
        (practice,) = _known(extra[options.gold :], "practice", codes, rng, options)
        sessions.append(Session(listener=namer.name("listener", listener)[:16], trials=(*practice, *trials)))
    return sessions


def _spread(trials: int, number: int, rng: np.random.Generator) -> list[int]:
    """Returns increasing places, one at random in each of so many equal parts of a session."""
    edges = np.linspace(0, trials, number + 1)
    return [int(rng.integers(int(low), max(int(high), int(low) + 1))) for low, high in pairwise(edges)]


def _known(
    items: Sequence[str], kind: str, codes: Iterator[str], rng: np.random.Generator, options: DesignOptions
) -> list[list[Trial]]:
    """Returns for each item the trials of its recording against its spoilt sound: one of both, or one of each.

    In pairs the recording is as often on the left as on the right, so that who always answers alike is found.
    """
    sides = rng.permutation(np.arange(len(items)) % 2) if len(items) > 1 else rng.integers(2, size=len(items))
    found = []
    for item, side in zip(items, sides, strict=True):
        one, other = (GOOD, SPOILT) if side else (SPOILT, GOOD)
        heard = [(one, other)] if options.kind == "pairs" else [(one, None), (other, None)]
        fields = [{"kind": kind, "item": item, "left": left, "right": right} for left, right in heard]
        found.append([Trial.model_validate({"id": next(codes)} | of_trial) for of_trial in fields])
    return found
