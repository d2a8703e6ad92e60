"""What a study is: its questions, its trials by listener, and the rules by which answers will be judged.

``design.json`` holds it. It says which system is behind which sound, so it stays with the experimenter; what listeners
are given is in ``public/``, where nothing names a system. The study's id is a hash of all this, the rules of screening
included, and every answer carries it: rules cannot be changed once answers exist.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from vggsound_omni.errors import UserError
from vggsound_omni.io import replacing

VERSION = 1
"""Of ``design.json``."""
GOOD, SPOILT = "@good", "@spoilt"
"""The two sounds of a gold item: its recording, and a sound that is worse in every respect."""
Kind = Literal["pairs", "mos"]
"""What a trial is: two sounds to choose between, or one sound to score."""
Key = Literal["overall", "quality", "fit", "timing"]
Code = Annotated[str, StringConstraints(pattern="^[0-9a-f]{16}$")]
File = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{20}\.(flac|mp4)$")]
_LARGEST = 64_000_000  # bytes of a design that are read


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Question(_Frozen):
    """One question of a trial; an answer is left, right or no difference of pairs, and from 1 to 5 of one sound."""

    key: Key
    words: str


class Trial(_Frozen):
    """Two sounds of one item, or one."""

    id: Code  # opaque
    kind: Literal["practice", "main", "repeat", "gold"]  # only main trials are analysed
    item: str
    left: str  # a system, or GOOD or SPOILT
    right: str | None  # None where one sound is scored
    repeats: Code | None = None  # the main trial that a repeat asks again, sides exchanged

    @property
    def heard(self) -> tuple[str, ...]:
        """Whose sounds it plays: the left one's, then the right one's if there are two."""
        return (self.left,) if self.right is None else (self.left, self.right)


class Session(_Frozen):
    """What one listener is given, in order."""

    listener: Code  # opaque
    trials: tuple[Trial, ...]


class Screening(_Frozen):
    """The rules by which a listener is left out, fixed before the first answer."""

    gold: int = Field(ge=0)  # gold items whose recording must be preferred, or scored higher, overall
    seconds: float = Field(ge=0)  # the least median time of a main trial


class Clip(_Frozen):
    """The files of one item, by opaque names."""

    caption: str | None  # None where listeners are not shown one
    seconds: float = Field(gt=0)
    picture: File | None
    sounds: dict[str, File]  # by system, and of gold items by GOOD and SPOILT
    lufs: float | None  # loudness of all its sounds; None if all are silent


class Study(_Frozen):
    """A whole study."""

    version: Literal[1] = 1
    kind: Kind = "pairs"
    title: str
    consent: str  # what listeners agree to
    suite: str
    track: str
    items_sha256: str
    systems: tuple[str, ...] = Field(min_length=2)
    questions: tuple[Question, ...] = Field(min_length=1)
    screening: Screening
    clips: dict[str, Clip]  # by item
    sessions: tuple[Session, ...] = Field(min_length=1)
    seed: int
    simulated: bool = False  # whether answers come from simulated listeners; such a study is never published

    @model_validator(mode="after")
    def _whole(self) -> Self:
        trials = [trial for session in self.sessions for trial in session.trials]
        if len({trial.id for trial in trials}) != len(trials):
            raise ValueError("two trials have one id")
        if len({session.listener for session in self.sessions}) != len(self.sessions):
            raise ValueError("two sessions have one listener")
        for trial in trials:
            sounds = self.clips[trial.item].sounds if trial.item in self.clips else {}
            if len(trial.heard) != (2 if self.kind == "pairs" else 1) or not sounds.keys() >= set(trial.heard):
                raise ValueError(f"trial {trial.id} has no sounds")
        return self

    @property
    def id(self) -> str:
        """The study's id: the SHA-256 of its content, as 64 digits."""
        content = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()


def write_study(study: Study, folder: Path) -> None:
    """Writes ``design.json``."""
    with replacing(folder / "design.json") as path:
        path.write_text(study.model_dump_json(indent=1) + "\n", encoding="utf-8")


def read_study(folder: Path) -> Study:
    """Reads ``design.json``.

    Raises:
        UserError: it is missing, damaged, or of a later version.
    """
    path = folder / "design.json"
    try:
        if path.stat().st_size > _LARGEST:
            raise UserError(f"{path} is larger than any study.")
        raw = path.read_bytes()
    except OSError as error:
        raise UserError(f"{folder} holds no study: design.json cannot be read ({error.strerror}).") from error
    try:
        version = json.loads(raw).get("version")
        if isinstance(version, int) and version > VERSION:
            raise UserError(f"{path} was written by a later version of this program: update it.")
        return Study.model_validate_json(raw)
    except (ValueError, AttributeError, RecursionError) as error:
        why = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error).splitlines()[0]
        raise UserError(f"{path} is damaged ({why[:200]}); design the study again.") from error
