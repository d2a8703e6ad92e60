"""Studies: models x tracks x seeds in one TOML file, and the runs that follow from it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt, ValidationError

from vggsound_omni.encoders.encoder import Kit, Precision
from vggsound_omni.errors import UserError, first_problem, unknown_name
from vggsound_omni.io import reading
from vggsound_omni.protocol import Fit
from vggsound_omni.tracks import load_track, track_names

from .naming import slug
from .plan import RunOptions

Seeds = Annotated[tuple[StrictInt, ...], Field(min_length=1)]
Tracks = Annotated[tuple[str, ...], Field(min_length=1)]
ALL = "all"
"""In place of a list of tracks: every one."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Entry(_Part):
    """One model of a study."""

    model: str  # as on the command line: a name, file.py:factory, dir:PATH ...
    arguments: dict[str, str | bool | int | float] = {}
    tracks: Tracks | Literal["all"] | None = None  # in place of the study's
    seeds: Seeds | None = None  # likewise
    without: tuple[Literal["video", "text"], ...] = ()
    fit: tuple[Fit, ...] = ()
    batch_size: int | None = None
    timeout: float | None = None


class Study(_Part):
    """What a study file says."""

    suite: str = "foleyworld"
    tracks: Tracks | Literal["all"]
    seeds: Seeds = (0,)
    models: Annotated[dict[str, str | Entry], Field(min_length=1)]  # by what tables call them
    output: Path | None = None  # None: runs/ and the name of the file
    limit: int | None = None
    encoders: str | None = None
    kit: Kit = "omni"
    precision: Precision = "float32"
    batch_size: int | None = None
    timeout: float = 600.0
    max_failures: Annotated[int, Field(ge=0)] = 0

    def folder(self, path: Path) -> Path:
        """Returns where the runs of a study file are."""
        return self.output or Path("runs") / slug(path.stem)


@dataclass(frozen=True, kw_only=True)
class StudyRun:
    """One run of a study."""

    model: str  # what tables call it
    track: str
    seed: int
    options: RunOptions

    def __str__(self) -> str:
        return f"{self.model} on {self.track}, seed {self.seed}"


def read_study(path: Path) -> Study:
    """Reads a study file.

    Raises:
        UserError: it cannot be read, is not TOML, or says what it must not; one sentence.
    """
    with reading(path):
        content = path.read_bytes()
    try:
        raw = tomllib.loads(content.decode("utf-8"))
    except ValueError as error:
        raise UserError(f"{path} is not TOML: {error}.") from error
    _check_keys(path, raw, Study)
    models = raw.get("models")
    for name, entry in models.items() if isinstance(models, dict) else ():
        if isinstance(entry, dict):
            _check_keys(path, entry, Entry, f" of the model {name}")
            _check_lists(path, entry)
    _check_lists(path, raw)
    try:
        return Study.model_validate(raw)
    except ValidationError as error:
        raise UserError(f"{path}: {first_problem(error)}.") from error


def study_runs(path: Path, study: Study) -> list[StudyRun]:
    """Returns the runs of a study, all of them checked, in the order in which they are done.

    The first seed of all models comes first, so that a study that is stopped early can be compared.

    Args:
        path: of the study file; the default folder has its name.
        study: what it says.

    Raises:
        UserError: there is no such track, a seed is out of range, or two models would share a folder.
    """
    entries = {name: _entry(entry) for name, entry in study.models.items()}
    folders: dict[str, str] = {}
    for name in entries:
        other = folders.setdefault(slug(name), name)
        if other != name:
            raise UserError(
                f'{path}: the models "{other}" and "{name}" would share the folder {slug(name)}; rename one.'
            )
    found = [run for name, entry in entries.items() for run in _of_model(path, study, name, entry)]
    seeds = list(dict.fromkeys(seed for run in found for seed in [run.seed]))
    return sorted(found, key=lambda run: seeds.index(run.seed))  # stable


def _entry(entry: str | Entry) -> Entry:
    return Entry(model=entry) if isinstance(entry, str) else entry


def _of_model(path: Path, study: Study, name: str, entry: Entry) -> Iterator[StudyRun]:
    output, tracks = study.folder(path), entry.tracks or study.tracks
    for track in track_names() if tracks == ALL else dict.fromkeys(tracks):
        load_track(track)
        for seed in dict.fromkeys(entry.seeds or study.seeds):
            options = RunOptions(
                suite=study.suite,
                track=track,
                model=entry.model,
                name=name,
                arguments={key: _text(value) for key, value in entry.arguments.items()},
                seed=seed,
                without=entry.without,
                fit=entry.fit,
                limit=study.limit,
                batch_size=entry.batch_size or study.batch_size,
                timeout=entry.timeout or study.timeout,
                output=output / slug(name) / track / f"seed{seed}",
            )
            yield StudyRun(model=name, track=track, seed=seed, options=options)


def _text(value: str | float) -> str:
    """Returns an argument as it is written on the command line."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _check_keys(path: Path, raw: Mapping[str, Any], kind: type[_Part], where: str = "") -> None:
    for key in raw:
        if key not in kind.model_fields:
            raise unknown_name(f"key{where} in {path}", key, kind.model_fields)


def _check_lists(path: Path, raw: Mapping[str, Any]) -> None:
    seeds, tracks = raw.get("seeds", [0]), raw.get("tracks", ALL)
    if not isinstance(seeds, list) or not seeds:
        raise UserError(f"{path}: seeds is {seeds!r}; write a list of whole numbers, such as seeds = [0, 1, 2].")
    wrong = next((seed for seed in seeds if isinstance(seed, bool) or not isinstance(seed, int)), None)
    if wrong is not None:
        raise UserError(
            f"{path}: {wrong!r} among the seeds is not a whole number; write for example seeds = [0, 1, 2]."
        )
    if tracks != ALL and not (isinstance(tracks, list) and tracks):
        raise UserError(f'{path}: tracks is {tracks!r}; write a list such as tracks = ["t2a", "v2a"], or "all".')
