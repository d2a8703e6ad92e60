"""A FoleyWorld scene as data: who sounds, when, how loud, in the picture or out of it.

A :class:`Scene` is complete: rendering it needs nothing else, and it is the ground truth. Times are seconds from
the start of the clip. Every onset lies on the grid of video frames (multiples of 1 / :data:`FPS`), so that a
picture can show its cause in exactly the frame in which the sound begins.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

WORLD_VERSION = 2
"""Raised whenever the same seed would give different pixels or samples."""
SAMPLE_RATE = 16_000
"""Hz, mono."""
FPS = 25
"""Video frames a second."""
DURATION = 8.0
"""Seconds of a clip."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """One sounding act of a source: a blow, a bark, a wave, a span of rain."""

    onset: float  # seconds, a multiple of 1 / FPS. The sound begins here and the picture shows its cause in this frame
    duration: float  # seconds that the act lasts; a struck thing may ring on
    strength: float  # 0 (gentle) to 1 (hard): louder, brighter, larger motion
    variation: float  # 0 to 1: what differs from act to act (which key, which drum, which syllable)

    @property
    def end(self) -> float:
        """Seconds."""
        return self.onset + self.duration


@dataclass(frozen=True, kw_only=True)
class Style:
    """What is constant over a source's events, shared by its sound and its picture."""

    pitch: float  # -1 (low, large) to 1 (high, small)
    material: int  # 0, 1 or 2: which variant (wood, metal, stone; breed; model of engine), heard and seen
    brightness: float  # 0 (dull) to 1 (bright): spectral slope; free for the picture
    hue: float  # 0 to 1: colour of the picture. Silent, and unrelated to the class


@dataclass(frozen=True, kw_only=True)
class Source:
    """Something that makes a sound, or could."""

    sound_class: str  # name in :mod:`.classes`
    style: Style
    events: tuple[Event, ...]  # in order of onset; empty for a thing that is seen at rest and not heard
    on_screen: bool
    audible: bool = True  # False: its acts are seen and make no sound
    shown_as: str | None = None  # the class that the picture shows in its place, whose acts it is performed to
    rays: bool = True  # whether rays burst from each contact
    gain_db: (
        float  # level relative to the scene's loudest possible source: the class's natural level and how loud it is
    )
    x: float  # centre of the picture, 0 (left) to 1 (right)
    y: float  # 0 (top) to 1 (bottom)
    scale: float  # half the height of the picture's unit box, as a fraction of the frame's height
    flip: bool  # mirrored left to right
    seed: int  # seeds what is left to chance within the sound and the picture


@dataclass(frozen=True, kw_only=True)
class Music:
    """Music that nobody in the picture plays."""

    style: str  # a name in :data:`.music.STYLES`
    gain_db: float  # level relative to the rest of the scene (both measured as RMS over the clip)
    tempo: float  # beats a minute
    seed: int


@dataclass(frozen=True, kw_only=True)
class Room:
    """Where it sounds."""

    name: str  # a name in :data:`.room.ROOMS`
    rt60: float  # seconds until reverberation has fallen by 60 dB
    wet_db: float  # reverberation relative to the direct sound
    noise: str  # a name in :data:`.room.NOISES`
    noise_db: float  # background noise, dB relative to full scale (RMS)
    seed: int


@dataclass(frozen=True, kw_only=True)
class Setting:
    """Everything in the picture that makes no sound."""

    backdrop: str  # a name in :data:`.backdrops.BACKDROPS`
    still_life: str | None  # a silent motif in front of it, a name in :data:`.pictures.STILL_LIFES`, or None
    hue: float
    light: float  # 0 (dim) to 1 (bright)
    drift: float  # camera drift, fraction of the frame's height
    flashes: tuple[float, ...] = ()  # seconds at which something flashes that makes no sound
    seed: int


@dataclass(frozen=True, kw_only=True)
class Captions:
    """Texts that describe a scene."""

    dense: str  # sources, manner, count, order, place, what is out of frame: the benchmark's text
    paraphrase: str  # the same, in other words and another order
    plain: str  # who does what
    brief: str  # the sounds by name, without a verb
    timed: str  # when, how often, in which order
    label: str  # class names, comma separated


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Everything about one clip."""

    id: str
    split: str
    stratum: str
    cell: str  # which part of the stratum: "several" sources, a "motif-said"
    sources: tuple[Source, ...]
    music: Music | None
    room: Room
    setting: Setting
    captions: Captions
    duration: float = DURATION
    version: int = WORLD_VERSION

    @property
    def heard(self) -> tuple[Source, ...]:
        """Sources with events that make a sound."""
        return tuple(source for source in self.sources if source.events and source.audible)

    @property
    def labels(self) -> tuple[str, ...]:
        """Classes heard, sorted, each once."""
        return tuple(sorted({source.sound_class for source in self.heard}))

    @property
    def forbidden(self) -> tuple[str, ...]:
        """Classes that are seen and must not be heard, sorted."""
        shown = {source.shown_as or source.sound_class for source in self.sources if source.on_screen}
        return tuple(sorted(shown - set(self.labels)))

    def truth(self) -> dict[str, Any]:
        """Returns the scene as JSON: the program, and a flat list of all events by onset."""
        events = [
            {
                "class": source.sound_class,
                "onset": event.onset,
                "end": event.end,
                "gain_db": source.gain_db,
                "strength": event.strength,
                "on_screen": source.on_screen and source.shown_as is None,
            }
            for source in self.heard
            for event in source.events
        ]
        return {
            "events": sorted(events, key=lambda event: (event["onset"], event["class"])),
            "forbidden": list(self.forbidden),
            "scene": asdict(self),
        }
