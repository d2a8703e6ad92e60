"""Encoding pictures and texts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from rich.console import Console

from vggsound_omni.encoders.encoder import TextEncoder
from vggsound_omni.features import FeatureStore, holdings
from vggsound_omni.features.encoding import Pass
from vggsound_omni.features.modality import Texts
from vggsound_omni.features.signals import PictureView, read_pictures
from vggsound_omni.media import read_frames, write_mp4

from .shared import TOLERANCE, Ear, Eye, Reader, hear, opening, see, sound


def moving(seconds: float, fps: float = 25) -> npt.NDArray[np.uint8]:
    """A picture whose every frame differs clearly from the others."""
    rng = np.random.default_rng(1)
    return rng.integers(0, 256, (round(seconds * fps), 1, 1, 3), np.uint8).repeat(64, 1).repeat(64, 2)


@pytest.mark.parametrize("window", [None, 1.0, 1.1, 1.2, 5.0])
@pytest.mark.parametrize("seconds", [0.04, 1.0, 1.08, 1.2, 1.24])
def test_thinned_frames_are_what_the_rate_alone_gives(tmp_path: Path, seconds: float, window: float | None) -> None:
    path = tmp_path / "clip.mp4"
    write_mp4(path, moving(seconds), 25, None)
    views = [PictureView(fps, 32, seconds=window) for fps in (25, 12.5, 5, 2.5, 1, 0.5)]
    found = read_pictures(path, views)
    assert found.keys() == set(views)
    for view, signal in found.items():
        np.testing.assert_array_equal(signal.data, read_frames(path, view.fps, 32, window))


def test_a_picture_is_decoded_once_for_rates_that_divide_evenly(tmp_path: Path, store: FeatureStore) -> None:
    files = {f"clip{n}": tmp_path / f"clip{n}.mp4" for n in range(3)}
    for path in files.values():
        write_mp4(path, moving(2.0), 25, sound(0, 2.0, rate=16_000))
    eyes = [Eye("5 fps", 5, 32), Eye("25 fps", 25, 32), Eye("1 fps", 1, 32)]
    with opening() as opened:
        got = see(files, eyes, store)
    assert opened == {path.name: 1 for path in files.values()}
    assert got.computed == 3, "one picture in three files"
    for eye in eyes:
        frames = read_frames(files["clip0"], eye.video_input.fps, 32)
        with torch.inference_mode():
            expected = eye.video(torch.from_numpy(frames)[None])
        for output, values in expected.items():
            np.testing.assert_allclose(got.features[eye.card.name]["clip2"][output], values[0], rtol=TOLERANCE)
    with opening() as opened:
        assert see(files, [Eye("5 fps", 5, 32), Eye("25 fps", 25, 32)], store).decoded == 0
    assert opened == {}
    with opening() as opened:
        see(files, [Eye("small", 25, 16), Eye("uneven", 10, 32)], store)
    assert opened == {path.name: 2 for path in files.values()}, "two views that share nothing"
    assert hear(files, [Ear()], store).computed == 1, "sound and picture of a file are known apart"


def test_pictures_that_are_none_fail_by_id(sounds: dict[str, Path], store: FeatureStore) -> None:
    got = see(sounds, [Eye("eye", 5, 32)], store)
    assert got.failures["eye"].keys() == sounds.keys()
    assert all("has no picture" in reason for reason in got.failures["eye"].values())


def test_texts_are_read_once(store: FeatureStore) -> None:
    texts = {"a": "a bad cab", "b": "", "c": "jigä\0", "d": "a bad cab"}
    encoders: list[TextEncoder] = [Reader()]
    got = Pass(Texts(), encoders, store, Console(quiet=True)).run(texts)
    assert got.computed == 3
    assert list(got.features["reader"]) == ["a", "b", "c", "d"]
    assert got.features["reader"]["d"]["embedding"].tolist() == [3, 2, 1, 1, 0, 0, 0, 0, 0, 0]
    assert got.features["reader"]["c"]["embedding"].tolist() == [0, 0, 0, 0, 0, 0, 1, 0, 1, 1]
    assert Pass(Texts(), encoders, FeatureStore(store.root), Console(quiet=True)).run(texts).computed == 0
    (holding,) = holdings(store.root)
    assert holding.entries == 3


def test_an_encoder_may_want_a_cut_of_its_own(tmp_path: Path, store: FeatureStore) -> None:
    write_mp4(tmp_path / "clip.mp4", moving(2.0), 25, None)
    short, whole = Eye("short", 25, 32, seconds=0.4), Eye("whole", 25, 32)
    see({"clip": tmp_path / "clip.mp4"}, [short, whole], store, window=1.0)
    assert (short.batches, whole.batches) == ([(1, 10, 32, 32, 3)], [(1, 25, 32, 32, 3)])
