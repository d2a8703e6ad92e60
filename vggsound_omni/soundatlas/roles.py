"""Who does what: describers see, captioners hear, checkers say yes or no. Anything with these methods may."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from .clips import Clip
from .drafts import Draft, Event
from .servers import Usage

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a describer makes of a silent clip."""

    context: str | None  # None: nothing that could sound, or no answer
    problem: str | None = None  # why there is no answer
    usage: Usage = field(default_factory=Usage)


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What a captioner makes of a clip."""

    draft: Draft | None
    problem: str | None = None  # why there is none
    usage: Usage = field(default_factory=Usage)


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What a checker says of one event."""

    yes: bool | None  # None: neither yes nor no
    usage: Usage = field(default_factory=Usage)


class Describer(Protocol):
    """Compresses vision to language: nobody after it sees a frame."""

    identity: str

    def describe(self, clip: Clip) -> Seen:
        """Describes the silent clip."""


class Captioner(Protocol):
    """Writes down what is heard."""

    identity: str

    def caption(
        self, clip: Clip, samples: Samples, context: str | None, draft: Draft | None, reasons: Sequence[str]
    ) -> Heard:
        """Captions a clip.

        Args:
            clip: which.
            samples: its sound, mono at 16 kHz.
            context: what is seen, a hint that may be wrong; None: nothing.
            draft: a junior's, for a senior; None: there is none.
            reasons: why the senior is asked.
        """


class Checker(Protocol):
    """Says of each event whether it is heard."""

    identity: str

    def check(self, clip: Clip, samples: Samples, event: Event) -> Checked:
        """Checks one event of a caption, from the sound alone."""
