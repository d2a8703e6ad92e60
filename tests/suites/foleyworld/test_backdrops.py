from __future__ import annotations

import numpy as np
import pytest

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
    assert all(name == backdrop.name for name, backdrop in BACKDROPS.items())


@pytest.mark.parametrize("name", BACKDROPS)
class TestEveryPlace:
    def test_covers_the_frame_and_the_margin_of_the_camera(self, name: str) -> None:
        # What lay under it cannot be told from any pixel.
        for seed in range(3):
            over_black, over_white = paint(name, seed=seed, under=0.0), paint(name, seed=seed, under=1.0)
            np.testing.assert_allclose(over_black, over_white, atol=1e-5)

    def test_stays_within_the_range_of_colours(self, name: str) -> None:
        for light in (0.0, 1.0):
            for hue in (0.0, 0.35, 0.99):
                pixels = paint(name, hue, light)
                assert pixels.min() >= -1e-6
                assert pixels.max() <= 1 + 1e-6

    def test_more_light_is_brighter(self, name: str) -> None:
        brightness = [float(paint(name, light=light).mean()) for light in (0.0, 0.25, 0.5, 0.75, 1.0)]
        assert all(np.diff(brightness) > 0.01)

    def test_hue_changes_the_colours_and_not_the_shapes_alone(self, name: str) -> None:
        first, second = paint(name, hue=0.1), paint(name, hue=0.6)
        assert np.abs(first.mean(axis=(0, 1)) - second.mean(axis=(0, 1))).max() > 0.015
        assert np.abs(first - second).mean() > 0.03

    def test_each_seed_paints_another_picture_and_the_same_seed_the_same(self, name: str) -> None:
        assert np.array_equal(paint(name, seed=4), paint(name, seed=4))
        assert np.mean(np.abs(paint(name, seed=4) - paint(name, seed=5)).max(axis=2) > 0.02) > 0.03

    def test_contrast_is_moderate(self, name: str) -> None:
        # A full checkerboard of black and white has 0.5.
        luminance = paint(name, light=1.0) @ np.array([0.3, 0.59, 0.11], np.float32)
        assert 0.02 < luminance.std() < 0.24
