"""Pictures of impacts: the thing struck moves in exactly the frame of an onset, and at no time before it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.suites.over import over
from vggsound_omni.suites.foleyworld.canvas import Canvas, FloatArray
from vggsound_omni.suites.foleyworld.classes import CLASSES
from vggsound_omni.suites.foleyworld.pictures.motion import Beats
from vggsound_omni.suites.foleyworld.pictures.picture import Picture
from vggsound_omni.suites.foleyworld.scene import FPS, Event, Style

PICTURES = {name: sound_class.picture for name, sound_class in CLASSES.items() if sound_class.impact}
SIZE, SCALE = 104, 35.0
SHORTEST_GAP = 3
"""Frames between onsets that a scene keeps at least."""


def dies_within(name: str) -> int:
    """Frames after an onset in which the thing struck may still move."""
    return 2 if name == "typing on computer keyboard" else 7


@st.composite
def styles(draw: st.DrawFn) -> Style:
    unit = st.floats(0, 1)
    return Style(pitch=draw(st.floats(-1, 1)), material=draw(st.integers(0, 2)), brightness=draw(unit), hue=draw(unit))


@st.composite
def onsets(draw: st.DrawFn, name: str) -> list[Event]:
    """Events as a scene has them: on the grid of frames, gaps as the class allows."""
    timing = CLASSES[name].timing
    low = max(int(timing.gap[0] * (1 - timing.jitter) * FPS), SHORTEST_GAP)
    frames = draw(st.lists(st.integers(low, int(timing.gap[1] * (1 + timing.jitter) * FPS)), min_size=1, max_size=2))
    unit = st.floats(0, 1)
    return [
        Event(onset=frame / FPS, duration=0.1, strength=draw(unit), variation=draw(unit))
        for frame in np.cumsum([draw(st.integers(8, 40)), *frames]).tolist()
    ]


def plain(hue: float = 0.6, material: int = 0, pitch: float = 0.0) -> Style:
    return Style(pitch=pitch, material=material, brightness=0.5, hue=hue)


def regular(name: str, count: int = 3) -> list[Event]:
    gap = round(CLASSES[name].timing.gap[0] * FPS) / FPS
    return [Event(onset=1 + i * gap, duration=0.1, strength=0.5, variation=(0.1 + 0.37 * i) % 1) for i in range(count)]


def rendered(picture: Picture, frames: Sequence[int]) -> FloatArray:
    """(frames, height, width, 3): the picture on grey, at the scale it has in a scene."""

    def canvas(pixels: FloatArray) -> Canvas:
        return Canvas(pixels, a=complex(SCALE), b=complex(SIZE / 2, SIZE / 2))

    background = np.full((SIZE, SIZE, 3), 0.7, np.float32)
    picture.still(canvas(background))
    images = [background.copy() for _ in frames]
    for frame, image in zip(frames, images, strict=True):
        picture.draw(canvas(image), frame / FPS)
    return np.stack(images)


def contact_disc(picture: Picture) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    assert picture.contact is not None
    x, y, r = picture.contact
    rows, columns = np.mgrid[:SIZE, :SIZE] + 0.5 - SIZE / 2
    return np.hypot(columns - x * SCALE, rows - y * SCALE) <= r * SCALE


@over("name", PICTURES)
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_the_thing_struck_changes_in_the_frame_of_the_onset_and_not_before(name: str, data: st.DataObject) -> None:
    events = data.draw(onsets(name))
    picture = PICTURES[name](data.draw(styles()), events, np.random.default_rng(data.draw(st.integers(0, 99))))
    disc = contact_disc(picture)
    struck = [round(event.onset * FPS) for event in events]
    for previous, frame in zip([-1000, *struck], struck, strict=False):
        settled = max(previous + dies_within(name), frame - 6)
        images = rendered(picture, [*range(settled, frame), frame] if settled < frame else [frame - 1, frame])
        change = np.abs(np.diff(images, axis=0))[:, disc]
        assert change[-1].mean() >= 0.06
        assert np.max(change[:-1], initial=0) < 1e-3


@over("name", PICTURES)
def test_nothing_changes_at_the_contact_before_the_first_onset(name: str) -> None:
    picture = PICTURES[name](plain(), regular(name), np.random.default_rng(3))
    images = rendered(picture, range(25))[:, contact_disc(picture)]
    assert np.ptp(images, axis=0).max() < 1e-3


@over("name", PICTURES)
@over("material", range(3))
def test_a_thing_without_events_is_wholly_still(name: str, material: int) -> None:
    images = rendered(PICTURES[name](plain(material=material), [], np.random.default_rng(1)), range(0, 200, 7))
    assert np.array_equal(images, np.broadcast_to(images[:1], images.shape))


@over("name", PICTURES)
def test_the_same_seed_gives_the_same_pixels_whatever_was_drawn_before(name: str) -> None:
    def picture() -> Picture:
        return PICTURES[name](plain(), regular(name), np.random.default_rng(5))

    forward, once = rendered(picture(), range(20, 40, 3)), rendered(picture(), [38])
    assert np.array_equal(forward[-1], once[0])


@over("name", PICTURES)
def test_hue_material_and_pitch_are_seen(name: str) -> None:
    """A colour covers much of the picture; size and variant change some of it."""

    def image(style: Style) -> FloatArray:
        return rendered(PICTURES[name](style, regular(name), np.random.default_rng(0)), [20])[0]

    usual = image(plain())
    covered = np.abs(usual - 0.7).max(axis=-1) > 0.02
    assert np.mean(np.abs(image(plain(hue=0.1)) - usual).max(axis=-1)[covered] > 0.1) > 0.03
    assert np.abs(image(plain(pitch=0.9)) - usual).max() > 0.1
    if CLASSES[name].words.materials:
        looks = [usual, image(plain(material=1)), image(plain(material=2))]
        assert all(np.abs(looks[i] - looks[j]).max() > 0.1 for i, j in ((0, 1), (0, 2), (1, 2)))


@over("name", PICTURES)
def test_colours_stay_colours(name: str) -> None:
    images = rendered(PICTURES[name](plain(material=2), regular(name), np.random.default_rng(4)), range(15, 75))
    assert np.isfinite(images).all()
    assert images.min() >= 0
    assert images.max() <= 1


@settings(max_examples=60, deadline=None)
@given(
    gaps=st.lists(st.integers(SHORTEST_GAP, 60), min_size=1, max_size=5),
    strengths=st.lists(st.floats(0, 1), min_size=6, max_size=6),
)
def test_a_striker_is_down_at_onsets_and_well_above_a_frame_before(gaps: list[int], strengths: list[float]) -> None:
    frames = np.cumsum([10, *gaps])
    beats = Beats(
        [
            Event(onset=frame / FPS, duration=0.1, strength=strength, variation=0)
            for frame, strength in zip(frames, strengths, strict=False)
        ]
    )
    heights = {frame: beats.lift(frame / FPS) for frame in range(frames[-1] + 20)}
    assert all(0 <= height <= 1 for height in heights.values())
    assert [frame for frame, height in heights.items() if height < 1e-9] == list(frames)
    assert all(heights[frame - 1] > 0.25 for frame in frames)
    shocks = [beats.shock(frame / FPS) for frame in frames]
    assert np.allclose(shocks, 0.6 + 0.4 * np.array(strengths[: len(frames)]))
    assert all(beats.shock((frame - 1) / FPS) < shock for frame, shock in zip(frames, shocks, strict=True))
