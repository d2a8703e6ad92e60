"""What a class of sound is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..pictures.picture import MakePicture
from ..sounds.sound import Sound
from .words import Words

Family = Literal["animals", "instruments", "things", "bangs", "weather", "machines"]
Range = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Timing:
    """How the events of one source lie in time. Ranges are drawn from uniformly."""

    count: tuple[int, int]  # events in a clip of eight seconds, fewer where they do not fit
    gap: Range  # seconds from onset to onset; drawn once for a source (its rate)
    jitter: float  # standard deviation of a single gap, relative to the rate (0: clockwork); the rate drifts as well
    length: Range  # seconds that an event lasts, at most up to the next onset
    rests: float = 0.0  # share of events left out, as a player pauses
    rhythm: bool = False  # gaps are whole, half and double beats, and strokes repeat: someone plays
    contiguous: bool = False  # events follow one another without a pause: a lasting sound that ebbs and flows

    @classmethod
    def of_strikes(cls, count: tuple[int, int], gap: Range, jitter: float = 0.1, length: Range = (0.2, 0.4)) -> Timing:
        """Returns the timing of single acts at a rate: blows, barks."""
        return cls(count=count, gap=gap, jitter=jitter, length=length)

    @classmethod
    def of_playing(cls, count: tuple[int, int], gap: Range, length: Range = (0.3, 0.6)) -> Timing:
        """Returns the timing of music that someone plays: in time, with rests."""
        return cls(count=count, gap=gap, jitter=0.0, length=length, rests=0.1, rhythm=True)

    @classmethod
    def of_spans(cls, length: Range, count: tuple[int, int] = (2, 6)) -> Timing:
        """Returns the timing of a lasting sound whose events follow one another."""
        return cls(count=count, gap=length, jitter=0.25, length=length, contiguous=True)


@dataclass(frozen=True, kw_only=True)
class SoundClass:
    """One class: where and when it sounds, how one speaks of it, how it sounds and what it looks like."""

    name: str  # VGGSound's where it has the class
    family: Family  # what it is like; conflicting pictures are drawn from the same or another
    level_db: float  # how loud it is by nature, dB relative to the loudest source that a scene could have
    places: tuple[str, ...]  # backdrops before which it can be seen, names in :data:`..backdrops.BACKDROPS`
    carries: bool = False  # heard through walls, and so indoors as well
    size: float = 1.0  # of the picture, relative to most classes'
    hues: tuple[float, float] | None = None  # plausible colours, four in five have one of them; None: any
    high_up: bool = False  # it is seen in the upper half of the picture
    timing: Timing
    impact: bool = False  # each onset is a visible contact of two things
    words: Words
    sound: Sound
    picture: MakePicture

    @property
    def lasting(self) -> bool:
        """Heard as one sound rather than as countable events."""
        return self.timing.contiguous
