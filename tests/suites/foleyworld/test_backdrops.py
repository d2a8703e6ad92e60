"""Backdrops: they cover the frame, and only the seed decides what they look like."""

from __future__ import annotations

import numpy as np

from tests.suites.over import over
from vggsound_omni.suites.foleyworld.backdrops import BACKDROPS
from vggsound_omni.suites.foleyworld.canvas import Canvas, FloatArray

SIZE = 96
MARGIN = int(np.ceil(0.06 * SIZE)) + 1


def paint(name: str, hue: float = 0.3, light: float = 0.8, seed: int = 0, under: float = 0.5) -> FloatArray:
    side = SIZE + 2 * MARGIN
    pixels = np.full((side, side, 3), under, np.float32)
    BACKDROPS[name].draw(Canvas.framing(pixels, SIZE, MARGIN), hue, light, np.random.default_rng(seed))
    return pixels


def test_there_is_a_choice_of_places_indoors_and_outdoors() -> None:
    outdoors = [backdrop.outdoors for backdrop in BACKDROPS.values()]
    assert sum(outdoors) >= 5
    assert len(outdoors) - sum(outdoors) >= 5


@over("name", BACKDROPS)
def test_a_place_covers_the_frame_and_the_margin_of_the_camera(name: str) -> None:
    # What lay under it cannot be told from any pixel.
    for seed in range(3):
        over_black, over_white = paint(name, seed=seed, under=0.0), paint(name, seed=seed, under=1.0)
        np.testing.assert_allclose(over_black, over_white, atol=1e-5)


@over("name", BACKDROPS)
def test_a_place_stays_within_the_range_of_colours(name: str) -> None:
    for hue, light in ((0.0, 0.0), (0.35, 1.0), (0.99, 1.0)):
        pixels = paint(name, hue, light)
        assert pixels.min() >= -1e-6
        assert pixels.max() <= 1 + 1e-6


@over("name", BACKDROPS)
def test_each_seed_paints_another_picture_and_the_same_seed_the_same(name: str) -> None:
    assert np.array_equal(paint(name, seed=4), paint(name, seed=4))
    assert np.mean(np.abs(paint(name, seed=4) - paint(name, seed=5)).max(axis=2) > 0.02) > 0.03
