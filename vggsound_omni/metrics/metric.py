"""What a metric is: what it needs, how it is computed from that, and how its numbers are to be read.

A metric declares its needs; everything else follows from them: which encoders run and on which side, on which tracks
and suites it applies, what the audit, the tables and the documentation say of it. Adding one is a file in this folder
and a line in :mod:`.registry`, or an entry point in the group ``vggsound_omni.metrics``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, NamedTuple, get_args

from vggsound_omni.errors import UserError, unknown_name

from .estimate import Estimate, Floats

Side = Literal["generated", "reference", "video", "text"]
"""The generated sound; the item's recording; the item's picture; its caption."""
SIDES: tuple[Side, ...] = get_args(Side)
Part = Literal["events", "contacts", "music", "room"]
"""A part of an item's truth (:class:`vggsound_omni.suites.Truth`)."""
PARTS: tuple[Part, ...] = get_args(Part)
Better = Literal["higher", "lower"]
Effect = Literal["worsens", "still", "open"]
"""What a corruption must do to a metric: worsen it with severity, leave it, or either."""
Baseline = Literal["shuffled", "noise", "spread"]


@dataclass(frozen=True)
class Samples:
    """Sound as samples: a list with one (samples,) float32 array an item, mono."""

    side: Side
    sample_rate: int = 16_000  # Hz


@dataclass(frozen=True)
class Encoded:
    """An encoder's output: one (items, ...) float32 array, or a list of arrays if ``ragged``."""

    role: str  # which kind of encoder: "tagger"; each encoder set says which of its encoders plays the role
    output: str  # "logits", "embedding", ...
    side: Side
    ragged: bool = False  # outputs of different items may differ in shape


@dataclass(frozen=True)
class Compared:
    """What a synchroniser makes of the generated sound and the picture: one :class:`Offsets`."""

    role: str


@dataclass(frozen=True)
class TruthOf:
    """A part of each item's truth: a list with one entry an item. Items without any truth are left out."""

    part: Part


class Offsets(NamedTuple):
    """A synchroniser's opinion of every item."""

    logits: Floats  # (items, windows, offsets)
    seconds: tuple[float, ...]  # what each logit stands for; positive: the sound is late


Need = Samples | Encoded | Compared | TruthOf


def samples(side: Side, sample_rate: int = 16_000) -> Samples:
    """Needs sound as samples, mono at ``sample_rate`` Hz; ``side`` is "generated" or "reference"."""
    if side not in ("generated", "reference"):
        raise unknown_name("side with samples", side, ("generated", "reference"))
    if sample_rate <= 0:
        raise UserError(f"A sample rate of {sample_rate} Hz was asked for; it must be positive.")
    return Samples(side, sample_rate)


def encoded(role: str, output: str, side: Side, *, ragged: bool = False) -> Encoded:
    """Needs an output of the encoder that plays ``role`` in the encoder set."""
    if side not in SIDES:
        raise unknown_name("side", side, SIDES)
    return Encoded(role, output, side, ragged)


def compared(role: str) -> Compared:
    """Needs what the synchroniser in ``role`` makes of sound and picture."""
    return Compared(role)


def truth(part: Part) -> TruthOf:
    """Needs a part of the items' truth."""
    if part not in PARTS:
        raise unknown_name("part of an item's truth", part, PARTS)
    return TruthOf(part)


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric."""

    key: str  # as in result.json and on the command line: "ms_clap"
    title: str  # as the field writes it: "MS-CLAP"
    unit: str
    better: Better | None  # None where neither is
    per_item: bool  # whether a single item has a score, and the set the mean of them
    summary: str  # what it asks of the generated clips, as one question
    needs: tuple[Need, ...]
    compute: Callable[..., Estimate]  # takes one column for each need, in their order; raises MetricError
    minimum: int = 1  # items below which there is no score
    fewest: int = 2  # items from which two systems can be compared by it
    bounds: tuple[float | None, float | None] = (None, None)  # of the value, and of an item's score
    implausible: float | None = None  # above this an item's score never was, where it has no upper bound
    version: int = 1  # raised when the same features would give another value
    yardstick: Baseline = "noise"  # the audit's unit: the distance from the references to this baseline
    expect: Mapping[str, Effect] = field(default_factory=lambda: MappingProxyType({}))  # by corruption; else open

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}(@[a-z0-9-]{1,40})?", self.key):
            raise UserError(f'The metric key "{self.key}" must be of small letters, digits and "_", at most 40.')
        for need in self.needs:
            if not isinstance(need, Need):
                raise UserError(
                    f'The metric "{self.key}" needs {need!r}; a need is made by samples(), encoded(), compared() or '
                    "truth()."
                )
        if not self.needs:
            raise UserError(f'The metric "{self.key}" declares no need; it could compute nothing.')

    @property
    def roles(self) -> tuple[str, ...]:
        """Roles of the encoders it needs, each once."""
        return tuple(dict.fromkeys(need.role for need in self.needs if isinstance(need, Encoded | Compared)))

    @property
    def sides(self) -> frozenset[Side]:
        """What of an item it looks at."""
        found: set[Side] = set()
        for need in self.needs:
            match need:
                case Samples(side=side) | Encoded(side=side):
                    found.add(side)
                case Compared():
                    found |= {"generated", "video"}
        return frozenset(found)

    @property
    def needs_truth(self) -> bool:
        """Whether it reads the items' truth."""
        return any(isinstance(need, TruthOf) for need in self.needs)


WORSENS: Effect = "worsens"
STILL: Effect = "still"
DAMAGE = ("added_noise", "band_limit", "clipping", "mp3", "aac", "opus", "dropouts", "decimation")
"""Corruptions of the audit that damage a clip technically."""
ORDER_ONLY = MappingProxyType(dict.fromkeys(("swap_across", "swap_within", "time_shift"), STILL))
"""What leaves the set of clips as it was, so that a metric of the set, or of single clips, must not move."""
