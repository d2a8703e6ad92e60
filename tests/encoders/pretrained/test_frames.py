"""Which frames the field's video encoders see, and which pixels of them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.media.coding import Kind, code
from vggsound_omni.encoders.pretrained.frames import centre_square, normalised, three_squares
from vggsound_omni.errors import UserError
from vggsound_omni.media import field_frames as frames_module
from vggsound_omni.media import frames as frames_of_users
from vggsound_omni.media import read_frames
from vggsound_omni.media.field_frames import output_frames_before, read_field_frames, resized

from .inputs_video import make_video

MP4 = Kind("mp4", None, "libx264")
MKV = Kind("mkv", None, "libx264", "matroska")
WEBM = Kind("webm", None, "libvpx")


def greys(levels: list[int], height: int = 48, width: int = 64) -> list[np.ndarray]:
    return [np.full((height, width, 3), level, np.uint8) for level in levels]


def read_levels(path: Path, rate: float, step: int, seconds: float | None = None) -> list[int]:
    (frames,) = read_field_frames(path, [rate], seconds, side=None)
    return [int(level) for level in np.rint(frames.numpy().mean(axis=(1, 2, 3)) / step)]


@pytest.mark.parametrize(
    ("height", "width", "size"),
    [
        (240, 320, (224, 298)),
        (320, 240, (298, 224)),
        (360, 640, (224, 398)),
        (101, 57, (396, 224)),
        (225, 227, (224, 225)),
    ],
)
def test_the_short_side_is_224_and_the_long_one_is_cut_to_whole_pixels(
    height: int, width: int, size: tuple[int, int]
) -> None:
    assert resized(torch.zeros(2, height, width, 3, dtype=torch.uint8)).shape == (2, *size, 3)


def test_frames_of_the_right_size_keep_every_bit() -> None:
    frames = torch.from_numpy(make_video("square_8s")[0][:2])
    once = resized(frames)
    assert resized(once).data_ptr() == once.data_ptr()


def test_scaling_is_in_whole_numbers_not_float_rounded_afterwards() -> None:
    """The figures that the goldens' notes give for the two, and for PIL, which also counts in whole numbers."""
    picture = make_video("square_8s")[0][100]
    ours = resized(torch.from_numpy(picture)).numpy().astype(int)
    pil = np.asarray(Image.fromarray(picture).resize((298, 224), Image.Resampling.BICUBIC)).astype(int)
    channels_first = torch.from_numpy(picture).movedim(-1, 0)[None].float()
    scaled = torch.nn.functional.interpolate(channels_first, size=(224, 298), mode="bicubic", antialias=True)
    rounded = scaled[0].clamp(0, 255).round().movedim(0, -1).numpy().astype(int)
    assert (ours != pil).mean() < 0.002
    assert 0.05 < (ours != rounded).mean() < 0.12
    assert np.abs(ours - rounded).max() >= 4


def test_a_constant_picture_stays_constant() -> None:
    for level in (0, 1, 127, 255):
        assert (resized(torch.full((1, 333, 517, 3), level, dtype=torch.uint8)) == level).all()


@pytest.mark.parametrize(("width", "left"), [(298, 37), (299, 38), (301, 38), (225, 0), (227, 2)])
def test_half_a_pixel_of_the_centre_goes_to_the_even_side(width: int, left: int) -> None:
    columns = torch.arange(width).expand(224, width)[..., None].expand(-1, -1, 3)
    assert centre_square(columns)[0, 0, 0] == left
    assert centre_square(columns.transpose(0, 1))[0, 0, 0] == left


@pytest.mark.parametrize(("width", "starts"), [(224, [0, 0, 0]), (299, [0, 38, 75]), (398, [0, 87, 174])])
def test_three_squares_run_along_the_long_side(width: int, starts: list[int]) -> None:
    columns = torch.arange(width).expand(2, 224, width)[..., None].expand(-1, -1, -1, 3)
    squares = three_squares(columns)
    assert squares.shape == (3, 2, 224, 224, 3)
    assert squares[:, 0, 0, 0, 0].tolist() == starts
    assert three_squares(columns.transpose(1, 2))[:, 0, 0, 0, 0].tolist() == starts


def test_normalised_puts_channels_first() -> None:
    frames = torch.tensor([0, 255, 51], dtype=torch.uint8).expand(2, 4, 5, 3)
    pixels = normalised(frames, (0.5, 0.5, 0.2), (0.5, 0.25, 0.1))
    assert pixels.shape == (2, 3, 4, 5)
    torch.testing.assert_close(pixels[0, :, 0, 0], torch.tensor([-1.0, 2.0, 0.0]))


@given(
    st.lists(st.integers(1, 900), min_size=1, max_size=30),
    st.sampled_from([Fraction(1, 2), Fraction(25), Fraction(30000, 1001), Fraction(8)]),
)
def test_frame_k_is_the_last_picture_whose_time_rounds_to_k_or_less(gaps: list[int], fps: Fraction) -> None:
    times = [Fraction(sum(gaps[:n]), 300) for n in range(len(gaps) + 1)]
    counts = [output_frames_before(time, fps) for time in times]
    for k in range(counts[-1]):
        by_rule = max(n for n, time in enumerate(times) if (time * fps * 2 + 1) // 2 <= k)
        by_count = next(n for n, count in enumerate(counts[1:]) if k < count)
        assert by_rule == by_count


def test_half_a_frame_a_second_gives_the_pictures_before_each_odd_second(tmp_path: Path) -> None:
    """Of 25 a second 24, 74, 124 and 174, where a viewer at 0, 2, 4 and 6 s sees 0, 50, 100 and 150."""
    lit = {24: 50, 74: 100, 124: 150, 174: 200}
    path = code(tmp_path, MP4, pictures=greys([lit.get(k, 0) for k in range(200)]))
    assert read_levels(path, 0.5, 50) == [1, 2, 3, 4]
    assert [round(frame.mean() / 50) for frame in read_frames(path, 0.5)] == [0, 0, 0, 0]


@pytest.mark.parametrize("kind", [MP4, MKV, WEBM], ids=str)
def test_the_rate_of_the_file_gives_every_picture_once(tmp_path: Path, kind: Kind) -> None:
    path = code(tmp_path, kind, pictures=greys([5 * k for k in range(50)]))
    assert read_levels(path, 25, 5) == list(range(50))
    assert read_levels(path, 25, 5, seconds=1.0) == list(range(25))


def test_several_rates_at_once_are_each_rate_alone(tmp_path: Path) -> None:
    path = code(tmp_path, MP4, pictures=greys([2 * k for k in range(110)]), times=[k / 30 for k in range(110)])
    together = read_field_frames(path, [25, 0.5, 8], side=32)
    for rate, frames in zip([25, 0.5, 8], together, strict=True):
        (alone,) = read_field_frames(path, [rate], side=32)
        assert torch.equal(alone, frames)
    assert [len(frames) for frames in together] == [91, 2, 29]


@pytest.mark.parametrize("kind", [MP4, MKV], ids=str)
def test_variable_rates_follow_the_times(tmp_path: Path, kind: Kind) -> None:
    path = code(tmp_path, kind, pictures=greys([0, 50, 100, 150, 200]), times=[0.0, 0.1, 0.5, 0.56, 1.199])
    assert read_levels(path, 10, 50)[:12] == [0, 1, 1, 1, 1, 2, 3, 3, 3, 3, 3, 3]


@pytest.mark.parametrize("rate", [25, 0.5])
def test_a_single_picture_is_one_frame(tmp_path: Path, rate: float) -> None:
    path = code(tmp_path, MP4, pictures=greys([100]))
    assert read_levels(path, rate, 100) == [1]


@pytest.mark.parametrize(("height", "width"), [(48, 64), (96, 64), (47, 63), (33, 101)])
def test_shapes_are_kept_and_sides_scaled(tmp_path: Path, height: int, width: int) -> None:
    path = code(tmp_path, WEBM, pictures=greys([90, 90], height, width))
    ((frames,), (scaled,)) = read_field_frames(path, [25], side=None), read_field_frames(path, [25])
    assert frames.shape == (2, height, width, 3)
    assert torch.equal(scaled, resized(frames))
    assert min(scaled.shape[1:3]) == 224


def test_phone_videos_are_upright_unless_read_as_the_kit_does(tmp_path: Path) -> None:
    path = code(tmp_path, MP4, pictures=greys([90, 90], 48, 64), turned=90)
    assert read_field_frames(path, [25], side=None)[0].shape == (2, 64, 48, 3)
    assert read_field_frames(path, [25], side=None, upright=False)[0].shape == (2, 48, 64, 3)


def test_what_has_no_picture_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sound.mp4"
    with pytest.raises(UserError, match="no such file"):
        read_field_frames(path, [25])
    with pytest.raises(ValueError, match="positive"):
        read_field_frames(path, [25, 0])


def test_frames_that_memory_cannot_hold_are_refused_before_they_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = code(tmp_path, MP4, pictures=greys([5 * k for k in range(50)]))
    monkeypatch.setattr(frames_module, "MOST_FRAME_BYTES", 20 * 224 * 298 * 3)
    with pytest.raises(UserError, match=r"21 frames of 298 x 224 pixels take .* GiB, and at most .* cut it into clips"):
        read_field_frames(path, [25.0])
    (frames,) = read_field_frames(path, [25.0], 0.8)
    assert len(frames) == 20


def test_a_picture_too_long_and_thin_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = code(tmp_path, MP4, pictures=greys([0, 5], height=16, width=640))
    monkeypatch.setattr(frames_module, "MOST_PIXELS", 224 * 224 * 39)
    with pytest.raises(UserError, match=r"640 x 16 pixels is too long and thin to be scaled to 224 pixels"):
        read_field_frames(path, [25.0])


def test_more_pictures_than_any_camera_takes_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = code(tmp_path, MP4, pictures=greys([5 * k for k in range(50)]))
    monkeypatch.setattr(frames_of_users, "MOST_PICTURES", 49)
    monkeypatch.setattr(frames_of_users, "MOST_PICTURES_A_SECOND", 10)
    for seconds in (None, 2.0):
        with pytest.raises(UserError, match="more pictures a second than any camera takes"):
            read_field_frames(path, [50.0], seconds)
