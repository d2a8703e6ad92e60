"""Rendering: deterministic, in bounds, and true to its own truth."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from tests.suites.over import over
from vggsound_omni.suites.foleyworld import (
    CLASSES,
    FPS,
    FRAME_SIZE,
    SAMPLE_RATE,
    render,
    render_audio,
    render_frames,
    scene,
)
from vggsound_omni.suites.foleyworld.program import solo
from vggsound_omni.suites.foleyworld.render import contacts

DIGEST = """
import hashlib
from vggsound_omni.suites.foleyworld import render, scene
rendered = render(scene("test", "main", 4))
print(hashlib.sha256(rendered.samples.tobytes() + rendered.frames.tobytes()).hexdigest())
"""


def test_another_process_renders_the_same_bytes() -> None:
    rendered = render(scene("test", "main", 4))
    here = hashlib.sha256(rendered.samples.tobytes() + rendered.frames.tobytes()).hexdigest()
    there = subprocess.run([sys.executable, "-c", DIGEST], capture_output=True, text=True, check=True)
    assert there.stdout.strip() == here


def test_shapes_ranges_and_the_grid_of_16_bits() -> None:
    rendered = render(scene("test", "bgm", 2))
    assert rendered.samples.shape == (8 * SAMPLE_RATE,)
    assert rendered.samples.dtype == np.float32
    assert np.abs(rendered.samples).max() <= 0.951
    assert np.array_equal(rendered.samples * 2**15, np.round(rendered.samples * 2**15))
    assert rendered.frames.shape == (8 * FPS, FRAME_SIZE, FRAME_SIZE, 3)
    assert rendered.frames.dtype == np.uint8


def test_in_conflict_the_sound_is_that_of_the_text_and_the_picture_another_s_with_the_same_acts() -> None:
    found = next(one for i in range(20) if CLASSES[(one := scene("test", "conflict", i)).forbidden[0]].impact)
    (source,) = found.sources
    consistent = replace(found, sources=(replace(source, shown_as=None),))
    assert source.shown_as is not None
    acted = replace(found, sources=(replace(source, sound_class=source.shown_as, shown_as=None),))
    assert np.array_equal(render_audio(found), render_audio(consistent))
    assert not np.array_equal(render_audio(found), render_audio(acted))
    for frame, other in zip(render_frames(found, 64, 5), render_frames(acted, 64, 5), strict=True):
        assert np.array_equal(frame, other)
    assert contacts(found) == contacts(acted) != {}


def test_a_silent_act_is_seen_and_not_heard() -> None:
    found = next(one for i in range(40) if (one := scene("test", "natural", i)).cell.startswith("acting"))
    (silent,) = (source for source in found.sources if source.on_screen)
    still = replace(found, sources=tuple(replace(s, events=()) if s is silent else s for s in found.sources))
    assert np.array_equal(render_audio(found), render_audio(still))
    moving = zip(render_frames(found, 64, 5), render_frames(still, 64, 5), strict=True)
    assert sum(not np.array_equal(one, other) for one, other in moving) >= 3


def test_arrays_need_no_codec_no_torch_and_no_terminal() -> None:
    code = (
        "import sys; from vggsound_omni.suites.foleyworld import render, scene; render(scene('train', 'main', 0)); "
        "print([m for m in ('av', 'torch', 'rich', 'soundfile', 'soxr', 'matplotlib') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_fewer_frames_a_second_are_a_subset() -> None:
    drawn = scene("test", "main", 1)
    every = list(render_frames(drawn, 64))
    fifth = list(render_frames(drawn, 64, fps=5))
    assert len(fifth) == 40
    assert all(np.array_equal(a, b) for a, b in zip(fifth, every[::5], strict=True))


def test_music_lies_at_its_gain_under_the_scene() -> None:
    drawn = scene("test", "bgm", 0)
    assert drawn.music is not None
    # Soft enough for the peak guard to leave all three alone.
    soft = replace(drawn, sources=tuple(replace(source, gain_db=-24.0) for source in drawn.sources))
    without = render_audio(replace(soft, music=None)).astype(np.float64)
    loud = render_audio(replace(soft, music=replace(drawn.music, gain_db=-6.0))) - without
    quiet = render_audio(replace(soft, music=replace(drawn.music, gain_db=-12.0))) - without
    assert 20 * np.log10(rms(loud) / rms(without)) == pytest.approx(-6, abs=0.05)
    assert 20 * np.log10(rms(loud) / rms(quiet)) == pytest.approx(6, abs=0.05)


@over("name", list(CLASSES))
def test_sound_begins_at_the_first_onset_and_not_before(name: str) -> None:
    drawn = solo(name, 1)
    samples = render_audio(drawn).astype(np.float64)
    first = drawn.sources[0].events[0].onset
    before = samples[: int((first - 0.005) * SAMPLE_RATE)]
    noise = 10 ** (drawn.room.noise_db / 20)
    assert rms(before) < 2.5 * noise
    during = samples[int(first * SAMPLE_RATE) : int((drawn.sources[0].events[0].end + 0.1) * SAMPLE_RATE)]
    assert rms(during) > 2 * noise


def test_what_is_out_of_frame_does_not_show() -> None:
    drawn = scene("test", "natural", 0)
    silent = replace(drawn, sources=())
    assert all(
        np.array_equal(a, b) for a, b in zip(render_frames(drawn, 48, 5), render_frames(silent, 48, 5), strict=True)
    )


def rms(samples: npt.NDArray[np.floating]) -> float:
    return float(np.sqrt(np.mean(np.square(samples))))
