"""Sound and picture of an impact fall into one frame, measured from the coded MP4 alone."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from vggsound_omni.media import read_audio, read_frames
from vggsound_omni.suites.foleyworld import CLASSES, FPS
from vggsound_omni.suites.foleyworld.program import solo
from vggsound_omni.suites.foleyworld.record import record
from vggsound_omni.suites.foleyworld.render import contacts
from vggsound_omni.suites.foleyworld.scene import Scene

IMPACTS = [name for name, c in CLASSES.items() if c.impact]
FRAME = 1 / FPS


def visible_change(frames: npt.NDArray[np.uint8], scene: Scene) -> npt.NDArray[np.float64]:
    """Mean absolute change, of full scale, from each frame to the next within the disc where the impact shows."""
    (disc,) = contacts(scene).values()
    size = frames.shape[1]
    y, x = (np.mgrid[:size, :size] + 0.5) / size
    inside = np.hypot(x - disc["x"], y - disc["y"]) < disc["radius"]
    change = np.abs(np.diff(frames.astype(np.float64), axis=0)).mean(axis=3)[:, inside].mean(axis=1) / 255
    return np.concatenate([[0.0], change])


def first_contact(change: npt.NDArray[np.float64]) -> float:
    """Seconds at which something first visibly happens: more than the drift of the camera moves, and all at once."""
    return next(k for k in range(3, len(change)) if change[k] > max(0.025, 2 * change[1:k].max())) * FRAME


def first_sound(samples: npt.NDArray[np.float32], rate: int, start: float, end: float) -> float:
    """Seconds at which the level first leaves the background that reigned before ``start``."""
    hop = rate // 500
    level = np.sqrt(np.mean(samples[: len(samples) // hop * hop].reshape(-1, hop) ** 2, axis=1))
    quiet = level[: int(start * 500)].max()
    loud = level[: int(end * 500)].max()
    return float(np.argmax(level > max(3 * quiet, 0.05 * loud))) / 500


@pytest.mark.parametrize("name", IMPACTS)
def test_sound_and_picture_of_an_impact_begin_in_the_frame_that_the_truth_says(name: str, tmp_path: Path) -> None:
    for index in (0, 4):
        scene = solo(name, index)
        record(scene, tmp_path)
        path = tmp_path / f"{scene.id}.mp4"
        audio, change = read_audio(path), visible_change(read_frames(path, FPS), scene)
        events = scene.sources[0].events
        first = events[0]
        heard = first_sound(audio.samples[0], audio.sample_rate, first.onset - 0.05, first.end)
        seen = first_contact(change)
        assert abs(heard - seen) <= FRAME, f"{scene.id}: heard at {heard:.3f} s, seen at {seen:.3f} s"
        assert abs(seen - first.onset) < 1e-6, f"{scene.id}: seen at {seen:.3f} s, truth {first.onset:.3f} s"
        for before, event in pairwise(events if index == 4 else ()):
            k = round(event.onset * FPS)
            if event.onset - before.onset >= 0.4:
                assert change[k] > 0.025
                assert change[k] > 2 * change[k - 1], f"{scene.id}: {event.onset} s, {change[k]:.3f}"
