"""What stands in front hides no contact; flashes that make no sound look like contacts and lie elsewhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vggsound_omni.suites.foleyworld.canvas import Canvas
from vggsound_omni.suites.foleyworld.pictures import Foreground, Glints
from vggsound_omni.suites.foleyworld.program import solo
from vggsound_omni.suites.foleyworld.render import contacts, render_frames
from vggsound_omni.suites.foleyworld.scene import Scene

SIZE = 80


def drawn(scene: Scene, t: float) -> np.ndarray:
    """The foreground and the flashes alone, on grey: where they are."""
    pixels = np.full((SIZE, SIZE, 3), 0.5, np.float32)
    canvas = Canvas.framing(pixels, SIZE, 0)
    discs = list(contacts(scene).values())
    Foreground(scene.setting, discs).draw(canvas)
    Glints(scene.setting, discs).draw(canvas, t)
    covered: np.ndarray = np.abs(pixels - 0.5).max(axis=2) > 0.01
    return covered


def with_flashes(scene: Scene) -> Scene:
    return replace(scene, setting=replace(scene.setting, flashes=(1.0, 3.0, 5.0)))


@pytest.mark.parametrize("name", ["hammering nails", "door slamming", "footsteps", "playing drum kit"])
def test_neither_covers_a_contact(name: str) -> None:
    rows, columns = (np.mgrid[:SIZE, :SIZE] + 0.5) / SIZE
    for index in range(12):
        scene = with_flashes(solo(name, index))
        (disc,) = contacts(scene).values()
        inside = np.hypot(columns - disc["x"], rows - disc["y"]) < disc["radius"] - 1 / SIZE
        for t in (1.0, 3.0, 5.0):
            assert not (drawn(scene, t) & inside).any()


def test_some_scenes_have_a_foreground_and_most_do_not() -> None:
    share = np.mean([drawn(solo("dog barking", index), 0.0).any() for index in range(60)])
    assert 0.2 < share < 0.6


def test_a_flash_lasts_as_long_as_the_rays_of_a_contact() -> None:
    scene = solo("dog barking", 3)
    dark, lit = (
        [int(frame.astype(int).sum()) for frame in render_frames(one, 48)]
        for one in (replace(scene, setting=replace(scene.setting, flashes=())), with_flashes(scene))
    )
    changed = [k for k, (one, other) in enumerate(zip(dark, lit, strict=True)) if one != other]
    assert changed == [start + k for start in (25, 75, 125) for k in range(5)]


def test_rays_burst_only_from_sources_that_have_them() -> None:
    scene = solo("hammering nails", 2)
    source = scene.sources[0]
    frame = round(source.events[0].onset * 25)

    def shot(rays: bool) -> np.ndarray:
        one = replace(scene, sources=(replace(source, rays=rays),))
        return next(image for k, image in enumerate(render_frames(one)) if k == frame)

    assert (shot(True) != shot(False)).any()
