"""The spec of a metric: what it needs, how it is computed, and how to read its numbers.

A metric declares its needs, and everything else follows from them: which encoders run and on which side, which tracks
and suites it applies to, and what the audit, the tables and the documentation say about it. To add one, write a file in
this folder and a line in :mod:`.registry`, or an entry point in the group ``vggsound_omni.metrics``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, NamedTuple, get_args

from vggsound_omni.errors import UserError, unknown_name
from vggsound_omni.protocol import SIDES, Side
from vggsound_omni.suites.suite import Truth

from .estimate import Estimate, Floats

Part = Literal["whole", "events", "contacts", "music", "room", "silent", "forbidden"]
"""An item's truth (:class:`vggsound_omni.suites.Truth`), or a part of it."""
PARTS: tuple[Part, ...] = get_args(Part)
Better = Literal["higher", "lower"]
Effect = Literal["worsens", "still", "open"]
"""What a corruption must do to a metric: worsen it as severity rises; leave it unchanged; or either."""
Baseline = Literal["shuffled", "noise", "spread"]


@dataclass(frozen=True)
class Samples:
    """Sound as samples: a list with one mono (samples,) float32 array per item."""

    side: Side
    sample_rate: int = 16_000  # Hz


@dataclass(frozen=True)
class Encoded:
    """An encoder's output: one (items, ...) float32 array, or a list of arrays if ``ragged``."""

    role: str  # the kind of encoder: "tagger"; each encoder set assigns its encoders to roles
    output: str  # "logits", "embedding", ...
    side: Side
    ragged: bool = False  # outputs of different items may differ in shape


@dataclass(frozen=True)
class Tagged(Encoded):
    """An output with numbers about classes, of an encoder that names its classes: one :class:`Tags`."""


@dataclass(frozen=True)
class Compared:
    """A synchroniser's output for the generated sound and the video: one :class:`Offsets`."""

    role: str


@dataclass(frozen=True)
class TruthOf:
    """Each item's truth, or a part of it, up to the track's window: a list with one entry per item.

    Items without any truth are left out.
    """

    part: Part


@dataclass(frozen=True)
class KernelWidth:
    """The bandwidth that the suite stores for the encoder in this role: a float, or None if it stores none."""

    role: str


@dataclass(frozen=True)
class Labels:
    """Each item's labels: a list with one tuple per item. Items without labels are left out."""


@dataclass(frozen=True)
class Words:
    """What is said of each item: a list with its caption and its labels in one string, empty if it has neither."""


@dataclass(frozen=True)
class Judged:
    """What an audio language model says of what should be heard in the generated sounds: one :class:`Verdicts`."""


@dataclass(frozen=True)
class Rated:
    """What an audio language model answers to a user's own questions about the generated sounds: :class:`Ratings`."""


class Tags(NamedTuple):
    """What an encoder that names its classes tells of every item."""

    numbers: Floats  # (items, classes) of a tagger; (items, events, 4) of an ear, padded with rows of NaN
    classes: tuple[str, ...]  # their names


class Offsets(NamedTuple):
    """A synchroniser's logits for every item."""

    logits: Floats  # (items, windows, offsets)
    seconds: tuple[float, ...]  # the offset that each logit is for; positive: the sound is late


class Verdicts(NamedTuple):
    """Probabilities of "yes" to "is it heard?", NaN where the answer was neither yes nor no."""

    yes: Sequence[Floats]  # of each item's events; an item of which nothing is said has none
    there: Floats  # of events that are there, in recordings of FoleyWorld
    absent: Floats  # of events that are not there, in the same recordings


class Ratings(NamedTuple):
    """Probabilities of the good answer to a user's own questions."""

    numbers: Floats  # (items, questions), NaN where the answer was neither yes nor no
    keys: tuple[str, ...]  # of the questions


Need = Samples | Encoded | Compared | Labels | Words | TruthOf | KernelWidth | Judged | Rated


def samples(side: Side, sample_rate: int = 16_000) -> Samples:
    """Returns a need for sound as mono samples at ``sample_rate`` Hz; ``side`` is "generated" or "reference"."""
    if side not in ("generated", "reference"):
        raise unknown_name("side with samples", side, ("generated", "reference"))
    if sample_rate <= 0:
        raise UserError(f"The sample rate must be positive, not {sample_rate} Hz.")
    return Samples(side, sample_rate)


def encoded(role: str, output: str, side: Side, *, ragged: bool = False) -> Encoded:
    """Returns a need for an output of the encoder that has this role in the encoder set."""
    if side not in SIDES:
        raise unknown_name("side", side, SIDES)
    return Encoded(role, output, side, ragged)


def tagged(role: str, output: str, side: Side) -> Tagged:
    """Returns a need for an output about classes of the encoder in this role, together with the classes' names."""
    if side not in SIDES:
        raise unknown_name("side", side, SIDES)
    return Tagged(role, output, side)


def compared(role: str) -> Compared:
    """Returns a need for the output of the synchroniser that has this role, for sound and video."""
    return Compared(role)


def kernel_width(role: str) -> KernelWidth:
    """Returns a need for the suite's bandwidth for the encoder in this role; a suite need not have any."""
    return KernelWidth(role)


def labels() -> Labels:
    """Returns a need for the items' labels."""
    return Labels()


def words() -> Words:
    """Returns a need for what captions and labels say of the items; an item need not have any."""
    return Words()


def truth(part: Part = "whole") -> TruthOf:
    """Returns a need for the items' truth, or for a part of it."""
    if part not in PARTS:
        raise unknown_name("part of an item's truth", part, PARTS)
    return TruthOf(part)


def judged() -> Judged:
    """Returns a need for a judge's verdicts on what truth, labels or caption say of the items."""
    return Judged()


def rated() -> Rated:
    """Returns a need for a judge's answers to the user's own questions."""
    return Rated()


class Only(NamedTuple):
    """Which items a metric of truth is about."""

    applies: Callable[[Truth], bool]
    what: str  # "clips with two sources and more"


@dataclass(frozen=True, kw_only=True)
class Metric:
    """The spec of one metric."""

    key: str  # as in result.json and on the command line: "ms_clap"
    title: str  # as the field writes it: "MS-CLAP"
    unit: str
    better: Better | None  # None if neither direction is
    per_item: bool  # whether single items have scores, whose mean is the score of the set
    summary: str  # the question that it answers about the generated clips, in one sentence
    needs: tuple[Need, ...]
    compute: Callable[..., Estimate]  # takes one argument per need, in order; raises MetricError
    minimum: int = 1  # fewest items that have a score
    fewest: int = 2  # fewest items at which two systems can be compared
    bounds: tuple[float | None, float | None] = (None, None)  # of the value and of an item's score
    floor: float | None = None  # of the truth, if a value less its bias may be below it by chance: estimates are cut
    squared: bool = False  # the square of a distance: its interval is that of the root (stats.intervals.of_square)
    implausible: float | None = None  # a value that no item's score reached, if there is no upper bound
    shares: bool = False  # whether scores of items are shares, most of them 0 or 1: the interval is Wilson's
    with_video: bool = False  # whether it asks what the picture tells, so that the generator must be given one
    only: Only | None = None  # the items that it is about; None: all
    attacked: frozenset[str] = frozenset()  # encoder sets with which noise, fitted by gradient, beats the recordings
    version: int = 1  # raise it when the same features would give another value
    yardstick: Baseline = "noise"  # the audit's unit: the distance from the references to this baseline
    expect: Mapping[str, Effect] = field(default_factory=lambda: MappingProxyType({}))  # by corruption; others are open

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}(@[a-z0-9-]{1,40})?", self.key):
            raise UserError(f'The metric key "{self.key}" must have at most 40 lower-case letters, digits and "_".')
        for need in self.needs:
            if not isinstance(need, Need):
                raise UserError(
                    f'The metric "{self.key}" needs {need!r}; make a need with samples(), encoded(), tagged(), '
                    "compared(), labels(), words(), truth(), judged() or rated()."
                )
        if not self.needs:
            raise UserError(f'The metric "{self.key}" declares no needs, so it has nothing to compute from.')

    @property
    def roles(self) -> tuple[str, ...]:
        """Roles of the encoders that it needs, each once."""
        return tuple(dict.fromkeys(need.role for need in self.needs if isinstance(need, Encoded | Compared)))

    @property
    def sides(self) -> frozenset[Side]:
        """The sides of an item that it uses."""
        found: set[Side] = set()
        for need in self.needs:
            match need:
                case Samples(side=side) | Encoded(side=side):
                    found.add(side)
                case Compared():
                    found |= {"generated", "video"}
                case Judged() | Rated():
                    found.add("generated")
        return frozenset(found)

    @property
    def hears_alone(self) -> bool:
        """Whether it depends on the generated sound alone, whatever item it belongs to."""
        known = any(isinstance(need, Labels | Words | TruthOf | Judged) for need in self.needs)
        return self.sides == {"generated"} and not known

    @property
    def group(self) -> str:
        """What it compares the sound with, for the parts of tables; the first that applies."""
        if self.needs_truth:
            return "truth"
        if "reference" in self.sides:
            return "recordings"
        return "sound alone" if self.hears_alone else "picture and text"

    @property
    def needs_labels(self) -> bool:
        """Whether it needs the items' labels."""
        return any(isinstance(need, Labels) for need in self.needs)

    @property
    def needs_judge(self) -> bool:
        """Whether it needs an audio language model, which no encoder set has."""
        return any(isinstance(need, Judged | Rated) for need in self.needs)

    @property
    def is_distance(self) -> bool:
        """Whether it is a distance between the set of sounds and that of the recordings."""
        return not self.per_item and self.better == "lower" and "reference" in self.sides

    @property
    def sorts(self) -> bool:
        """Whether it takes a clip to belong to some class of a tagger."""
        return any(
            isinstance(need, Encoded) and (need.role, need.output) == ("tagger", "logits") for need in self.needs
        )

    @property
    def needs_truth(self) -> bool:
        """Whether it needs the items' truth."""
        return any(isinstance(need, TruthOf) for need in self.needs)


WORSENS: Effect = "worsens"
STILL: Effect = "still"
DAMAGE = ("added_noise", "band_limit", "clipping", "mp3", "aac", "opus", "dropouts", "decimation")
"""Corruptions of the audit that damage a clip technically."""
ORDER_ONLY = MappingProxyType(dict.fromkeys(("swap_across", "swap_within", "time_shift"), STILL))
"""Corruptions that leave the set of clips as it is, so that metrics of sets or of single clips must not move."""
