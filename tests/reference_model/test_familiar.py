"""The model says which words and pictures are not of its world."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from reference_model.components import Components
from reference_model.conditioning.familiar import Familiar, fit
from reference_model.conditioning.video import FRAME_FPS, FRAME_PIXELS
from reference_model.generator import WEIGHTS
from vggsound_omni.media import read_frames
from vggsound_omni.suites.foleyworld.suite import FoleyWorld


@pytest.fixture(scope="module")
def components() -> Components:
    return Components.load(WEIGHTS)


def still(picture: np.ndarray) -> Tensor:
    """A video of one picture of any size: the middle square, scaled."""
    side = min(picture.shape[:2])
    top, left = ((length - side) // 2 for length in picture.shape[:2])
    square = torch.from_numpy(picture[top : top + side, left : left + side].copy()).permute(2, 0, 1)[None].float()
    small = torch.nn.functional.interpolate(square, (FRAME_PIXELS, FRAME_PIXELS), mode="bilinear", antialias=True)
    return small.permute(0, 2, 3, 1).round().clamp(0, 255).byte().expand(4, -1, -1, -1)


def plain() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    greys = {f"grey {level}": np.full((64, 64, 3), level, np.uint8) for level in (0, 128, 255)}
    return {"noise": rng.integers(0, 256, (64, 64, 3)).astype(np.uint8), **greys}


def photographs() -> list[np.ndarray]:
    """Pieces of two photographs, from the whole to a detail."""
    from sklearn.datasets import load_sample_images

    pieces = ((0, 0, 427), (0, 213, 427), (0, 106, 427), (100, 100, 200), (200, 300, 120))
    images = load_sample_images().images
    return [image[top : top + side, left : left + side] for image in images for top, left, side in pieces]


def test_pictures_of_another_world_are_told_from_foleyworld(components: Components) -> None:
    for name, picture in plain().items():
        assert not components.pictures.knows(components.video, still(picture)), name
    found = [components.pictures.knows(components.video, still(picture)) for picture in photographs()]
    assert sum(found) <= 3, "of ten"


def test_scenes_as_they_are_coded_are_of_foleyworld(components: Components) -> None:
    suite = FoleyWorld()
    for item in (suite.items()[k] for k in (0, 1, 400, 500, 600)):
        frames = read_frames(suite.media(item).video or Path(), FRAME_FPS, FRAME_PIXELS, 8.0)
        assert components.pictures.knows(components.video, torch.from_numpy(frames)), item.stratum


def test_the_limit_lies_above_every_held_out_picture(components: Components, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    videos = [torch.from_numpy(rng.integers(0, 64, (4, 64, 64, 3)).astype(np.uint8)) for _ in range(12)]
    found = fit(components.video, videos[:8], videos[8:])
    assert all(found.knows(components.video, frames) for frames in videos[8:])
    assert not found.knows(components.video, 255 - videos[0])
    found.save(tmp_path)
    assert Familiar.load(tmp_path).limit == pytest.approx(found.limit)


def test_words_that_were_never_seen_are_named_once_and_in_order(components: Components) -> None:
    assert components.text.unknown("A dog barks; an oboe, a ZITHER and an oboe.") == ["oboe", "zither"]
    assert components.text.unknown("") == []


def test_the_generator_says_both(caplog: pytest.LogCaptureFixture) -> None:
    from reference_model.generator import Omni2Sound
    from vggsound_omni.protocol import Audio, Request

    model = Omni2Sound(steps=1)
    request = Request(id="clip", task="t2a", duration=1.0, text="A zither.", video=None, seed=0)
    with caplog.at_level(logging.WARNING):
        (made,) = model.generate([request])
    assert isinstance(made, Audio)
    assert 'clip: this model has never seen the words "zither"' in caplog.text
    assert "picture" not in caplog.text
