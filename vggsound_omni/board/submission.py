"""What is published of a run: one JSON file a model, version, suite and track. Columns keep it small."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from vggsound_omni.protocol import Task
from vggsound_omni.runs.result import Counts, Heard, Score
from vggsound_omni.suites.history import track_of_suite

SUBMISSION_VERSION = 2
LONGEST_TEXT = 2000  # characters
SAMPLES = 6  # sounds published with a submission

Text = Annotated[str, Field(max_length=LONGEST_TEXT)]
Line = Annotated[str, Field(min_length=1, max_length=200)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$")]
"""Of a model or a version: plain ASCII in small letters, so that it is a file name everywhere."""
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}(@[a-z0-9-]{1,40})?$")]
"""Of a metric, known here or not."""
Column = tuple[float | None, ...]
"""A number for each item scored, in the order of their ids; None for an item that the metric does not apply to."""
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]
Count = Annotated[int, Field(ge=0, le=10**15)]


class Strict(BaseModel):
    """Base of all parts: no unknown fields, no NaN or Infinity, no guessing of types, immutable."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True, strict=True)


class Suite(Strict):
    """Which suite."""

    name: Name
    version: Line


class Card(Strict):
    """Who made a model, and of what. Nothing may be left unsaid; a model without training says so with 0 parameters."""

    name: Name
    version: Name
    summary: Line
    tasks: tuple[Task, ...]
    licence: Line = Field(description="SPDX name of the licence of its weights, or a sentence.")
    open_weights: bool = Field(description="Whether anyone may download them.")
    training_data: tuple[Line, ...] = Field(max_length=50, description="Names of data sets.")
    overlap: Text = Field(min_length=1, description="Where training data and the suite's sources overlap.")
    parameters: Count | None = Field(None, description="Count of trained numbers; null where it is not known.")
    steps: Count | None = Field(None, description="Sampling steps.")
    candidates: Annotated[int, Field(ge=1, le=10**6)] | None = Field(
        None, description="Sounds made for each request, of which one was kept; 1 if nothing was chosen."
    )
    peak_memory: Annotated[float, Field(gt=0, le=10**5)] | None = Field(
        None, description="Most memory of the device while it generated, in GB."
    )
    url: (
        Annotated[str, Field(pattern=r"^https://[A-Za-z0-9.-]+(/[A-Za-z0-9._~/%?=&#+-]*)?$", max_length=300)] | None
    ) = None


class Who(Strict):
    """Who answers for what."""

    generated: Line = Field(description="Owns the row; a name belongs to whoever generated its first row.")
    scored: Line
    account: Line | None = Field(None, description="On the forge, of who publishes the row.")


class Withdrawal(Strict):
    """Why a row no longer ranks. It stays on the board, struck out."""

    day: Day
    reason: Text = Field(min_length=1)
    by: Line | None = Field(None, description="Who withdrew it: its owner, or the maintainers.")


class Failed(Strict):
    """An item without valid audio."""

    id: Line
    rule: Line
    reason: Text


class Sample(Strict):
    """A published sound: ``audio/SHA256.opus`` beside ``results/``."""

    sha256: Sha256 = Field(description="Of the file.")
    loudness: float | None = Field(description="Mean level in dB relative to full scale; null for silence.")


class Submission(Strict):
    """A published row."""

    schema_version: Literal[2] = 2
    suite: Suite
    track: Name
    items_sha256: Sha256 = Field(description="Over the track's items, as in result.json.")
    encoder_set: Name
    kit: Name
    model: Line = Field(description="The model string.")
    arguments: dict[Line, Line] = Field(max_length=50)
    card: Card
    who: Who
    day: Day = Field(description="When it was packed.")
    seed: Count
    supersedes: Name | None = Field(None, description="The version of this model that it takes the place of.")
    withdrawn: Withdrawal | None = None
    counts: Counts
    scores: dict[Key, Score] = Field(max_length=200)
    strata: dict[Line, dict[Key, Score]] = Field(max_length=50)
    ids: tuple[Line, ...] = Field(max_length=50_000, description="Items scored, sorted.")
    items: dict[Key, Column] = Field(description="Scores of single items, in the order of ids.")
    influence: dict[Key, Column] = Field(description="On scores of the set, in the order of ids.")
    sounds: tuple[Sha256, ...] = Field(description="SHA-256 of each decoded sound, in the order of ids.")
    failures: tuple[Failed, ...] = Field(max_length=50_000)
    samples: dict[Line, Sample] = Field(max_length=SAMPLES)
    heard: Heard | None = Field(None, description="How many sounds are those of the recordings; null where not asked.")
    warnings: tuple[Text, ...] = Field((), max_length=50, description="What a reader must know before the numbers.")
    real_time_factor: float | None = Field(description="Seconds of generating a second of sound.")
    environment: dict[Line, Line | int | None] = Field(max_length=50)

    @property
    def claimed(self) -> bool:
        """Whether nobody but who generated the sounds scored all of them."""
        return self.who.scored == self.who.generated

    @property
    def proves(self) -> str:
        """What a reader may take from the row: who scored it, and whether the answers were known."""
        if self.claimed:
            return (
                "Claimed: who generated the sounds also scored them, on items whose answers are public; the board "
                f"scored {len(self.samples)} of the sounds again."
            )
        return (
            "Rescored: somebody else scored all of its sounds; the items' answers are public, so this shows what the "
            "sounds score and not how they were made."
        )

    @property
    def place(self) -> str:
        """Its file below ``results/``."""
        return f"{self.suite.name}/{self.track}/{self.card.name}@{self.card.version}.json"

    @property
    def label(self) -> str:
        """Model and version."""
        return f"{self.card.name} {self.card.version}"


def upgraded(raw: dict[str, Any]) -> dict[str, Any]:
    """Returns a submission of schema 1, as JSON, in the form of today's; what is missing stays missing.

    Its hash was over the whole suite, and its ``profile`` is today's kit.
    """
    found = raw | {"schema_version": SUBMISSION_VERSION}
    if "profile" in found:
        found["kit"] = found.pop("profile")
    if isinstance(suite := raw.get("suite"), dict):
        found["suite"] = {key: value for key, value in suite.items() if key not in ("items_sha256", "encoder_set")}
        found |= {key: suite[key] for key in ("items_sha256", "encoder_set") if key in suite}
        if isinstance(suite.get("items_sha256"), str) and isinstance(raw.get("track"), str):
            found["items_sha256"] = track_of_suite(suite["items_sha256"], raw["track"])
    return found
