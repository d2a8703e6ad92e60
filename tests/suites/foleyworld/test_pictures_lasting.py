"""Pictures of animals, weather and machines, and silent motifs, judged by their pixels."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from tests.suites.over import over
from vggsound_omni.suites.foleyworld.backdrops import BACKDROPS
from vggsound_omni.suites.foleyworld.canvas import Canvas, FloatArray
from vggsound_omni.suites.foleyworld.classes import CLASSES
from vggsound_omni.suites.foleyworld.pictures.picture import MakePicture
from vggsound_omni.suites.foleyworld.pictures.still_lifes import STILL_LIFES
from vggsound_omni.suites.foleyworld.scene import FPS, Event, Style

PICTURES = {name: sound_class.picture for name, sound_class in CLASSES.items() if not sound_class.impact}
COUNTABLE = [name for name in PICTURES if not CLASSES[name].lasting]
LASTING = [name for name in PICTURES if CLASSES[name].lasting]
SIZE, MARGIN, SCALE = 96, 6, 0.3
START = 12
"""Frame of the first onset."""


def style(material: int = 0, hue: float = 0.1, pitch: float = 0.0) -> Style:
    return Style(pitch=pitch, material=material, brightness=0.5, hue=hue)


def tightest(name: str, strengths: Sequence[float]) -> tuple[Event, ...]:
    """Events as close together as the class allows, each as long as it can be."""
    timing = CLASSES[name].timing
    gap = int(np.ceil(timing.gap[0] * (1 - timing.jitter) * FPS))
    length = gap if timing.contiguous else min(round(timing.length[1] * FPS), gap)
    return tuple(
        Event(onset=(START + i * gap) / FPS, duration=length / FPS, strength=strength, variation=0.37 * i % 1)
        for i, strength in enumerate(strengths)
    )


def film(
    make: MakePicture, look: Style, events: Sequence[Event], frames: range, seed: int = 0, ground: float = 0.6
) -> FloatArray:
    """(frames, box height, box width, 3): the picture's own box, on plain grey."""
    side = SIZE + 2 * MARGIN
    background = np.full((side, side, 3), ground, np.float32)
    picture = make(look, events, np.random.default_rng(seed))
    picture.still(Canvas.framing(background, SIZE, MARGIN).at(0.5, 0.5, SCALE))
    shots = []
    for k in frames:
        pixels = background.copy()
        picture.draw(Canvas.framing(pixels, SIZE, MARGIN).at(0.5, 0.5, SCALE), k / FPS)
        shots.append(pixels)
    near, far = round(MARGIN + (0.5 - SCALE) * SIZE), round(MARGIN + (0.5 + SCALE) * SIZE)
    return np.stack(shots)[:, near:far, near:far]


@cache
def changes(name: str, material: int) -> tuple[tuple[Event, ...], npt.NDArray[np.float64]]:
    """Three events, and the mean absolute change of the box from each frame to the next; entry k leads to frame k."""
    events = tightest(name, (0.6, 0.9, 0.5))
    last = round(events[-1].end * FPS) + 45
    shots = film(PICTURES[name], style(material), events, range(last))
    return events, np.concatenate([[0.0], np.abs(np.diff(shots, axis=0)).mean(axis=(1, 2, 3))])


def frame_of(seconds: float) -> int:
    return round(seconds * FPS)


@over("material", range(3))
@over("name", COUNTABLE)
def test_each_onset_is_the_first_frame_to_show_a_countable_act(name: str, material: int) -> None:
    events, change = changes(name, material)
    for event in events:
        onset = frame_of(event.onset)
        assert change[onset] > 0.012
        assert change[onset] > 2 * change[onset - 1]


@over("material", range(3))
@over("name", LASTING)
def test_a_lasting_sound_begins_in_the_frame_of_its_first_onset_and_swells_again_at_each(
    name: str, material: int
) -> None:
    events, change = changes(name, material)
    first = frame_of(events[0].onset)
    assert change[first] > 0.012
    assert change[first] > 8 * change[:first].max()
    # Falling rain is another picture in every frame; how it swells is seen below.
    for event in events[1:] if name != "raining" else ():
        onset = frame_of(event.onset)
        assert change[onset] > 1.2 * np.median(change[onset + 3 : frame_of(event.end) - 1])


@over("material", range(3))
def test_rain_thickens_in_the_frame_of_each_onset(material: int) -> None:
    events = tightest("raining", (0.6, 0.9, 0.5))
    onsets = [frame_of(event.onset) for event in events]
    shots = film(PICTURES["raining"], style(material), events, range(onsets[-1] + 1))
    wet = np.abs(shots - shots[0]).mean(axis=(1, 2, 3))
    assert wet[: onsets[0]].max() == 0
    assert all(wet[onset] > 1.3 * wet[onset - 1] for onset in onsets)


@over("material", range(3))
@over("name", PICTURES)
def test_it_rests_before_the_first_event_and_after_the_last(name: str, material: int) -> None:
    events, change = changes(name, material)
    first, last = frame_of(events[0].onset), frame_of(events[-1].end)
    smallest = min(change[frame_of(event.onset)] for event in events)
    assert change[:first].max() < 0.15 * smallest
    # Smoke and sparks may drift on for a second.
    assert change[last + 25 :].max() < 0.15 * smallest


SMALL = ("mosquito buzzing",)


@over("name", PICTURES)
def test_without_events_it_is_seen_at_rest(name: str) -> None:
    shots = film(PICTURES[name], style(), (), range(0, 96, 8))
    assert np.abs(shots - 0.6).max(axis=3).mean() > (0.02 if name in SMALL else 0.03)
    assert np.abs(np.diff(shots, axis=0)).mean(axis=(1, 2, 3)).max() < 0.015


@over("name", PICTURES)
def test_the_same_seed_gives_the_same_pixels_in_any_order_of_frames(name: str) -> None:
    events = tightest(name, (0.7, 0.5))
    frames = range(START - 2, START + 12)
    forwards = film(PICTURES[name], style(1), events, frames, seed=3)
    backwards = film(PICTURES[name], style(1), events, frames[::-1], seed=3)
    assert np.array_equal(forwards, backwards[::-1])


@over("name", PICTURES)
def test_hue_and_chance_colour_it(name: str) -> None:
    events = tightest(name, (0.7,))
    frames = range(START, START + 1)
    plain = film(PICTURES[name], style(hue=0.1), events, frames)
    coloured = np.abs(film(PICTURES[name], style(hue=0.6), events, frames) - plain).mean()
    assert coloured > (0.0015 if name in SMALL else 0.01)
    others = [film(PICTURES[name], style(hue=0.1), events, frames, seed=seed) for seed in (1, 2, 3)]
    assert max(np.abs(other - plain).mean() for other in others) > 0.004


@over("ground", [0.0, 1.0])
@over("name", PICTURES)
def test_colours_stay_within_range_on_black_and_on_white(name: str, ground: float) -> None:
    for material in range(3):
        events = tightest(name, (1.0, 1.0))
        shots = film(PICTURES[name], style(material), events, range(START - 1, START + 16), ground=ground)
        assert shots.min() >= -1e-5
        assert shots.max() <= 1 + 1e-5


@over("name", STILL_LIFES)
def test_a_silent_motif_moves_a_little_and_never_abruptly(name: str) -> None:
    shots = film(STILL_LIFES[name].make, style(), (), range(100))
    change = np.abs(np.diff(shots, axis=0)).mean(axis=(1, 2, 3))
    assert 0 < change.max() < 0.008
    assert np.abs(shots - shots[0]).max() > 0.1
    assert np.abs(shots[0] - 0.6).max(axis=2).mean() > 0.05


def test_there_are_silent_motifs_for_both_places_with_a_clause_each() -> None:
    assert {"student reading", "coffee table"} <= set(STILL_LIFES)
    assert {BACKDROPS[place].outdoors for motif in STILL_LIFES.values() for place in motif.places} == {False, True}
    for name, motif in STILL_LIFES.items():
        assert motif.name == name
        assert len({BACKDROPS[place].outdoors for place in motif.places}) == 1
        assert len(set(motif.phrases)) >= 4
        assert all(phrase[0].islower() and not phrase.endswith(".") for phrase in motif.phrases)
