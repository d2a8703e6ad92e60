"""The picture at k / fps seconds is what a viewer sees then."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from vggsound_omni.errors import UserError
from vggsound_omni.media import read_frames

from .coding import Kind, code

MP4 = Kind("mp4", None, "libx264")
MKV = Kind("mkv", None, "libx264", "matroska")
WEBM = Kind("webm", None, "libvpx")


def greys(levels: list[int], height: int = 48, width: int = 64) -> list[npt.NDArray[np.uint8]]:
    return [np.full((height, width, 3), level, np.uint8) for level in levels]


def levels(frames: npt.NDArray[np.uint8], step: int) -> list[int]:
    return [int(level) for level in np.rint(frames.mean(axis=(1, 2, 3)) / step)]


@pytest.mark.parametrize("kind", [MP4, MKV, WEBM], ids=str)
def test_its_own_rate_gives_every_picture_once(tmp_path: Path, kind: Kind) -> None:
    path = code(tmp_path, kind, pictures=greys([5 * k for k in range(50)]))
    assert levels(read_frames(path, 25), 5) == list(range(50))


@pytest.mark.parametrize("kind", [MP4, MKV, WEBM], ids=str)
def test_timestamps_in_whole_milliseconds_still_give_every_picture(tmp_path: Path, kind: Kind) -> None:
    path = code(tmp_path, kind, pictures=greys([8 * k for k in range(30)]), times=[round(k / 30, 3) for k in range(30)])
    assert levels(read_frames(path, 30), 8)[:29] == list(range(29))


@pytest.mark.parametrize("kind", [MP4, MKV], ids=str)
def test_variable_rates_hold_each_picture_until_the_next(tmp_path: Path, kind: Kind) -> None:
    path = code(tmp_path, kind, pictures=greys([0, 50, 100, 150, 200]), times=[0.0, 0.1, 0.5, 0.55, 1.199])
    shown = levels(read_frames(path, 10), 50)
    assert shown == [0, 1, 1, 1, 1, 2, 3, 3, 3, 3, 3, 3]


@pytest.mark.parametrize(("fps", "count"), [(1, 2), (0.5, 1), (0.1, 1), (8, 16), (25, 50), (29.97, 60), (50, 100)])
def test_the_count_is_duration_times_rate_rounded(tmp_path: Path, fps: float, count: int) -> None:
    assert len(read_frames(code(tmp_path, MP4, pictures=greys([128] * 50)), fps)) == count


def test_a_rate_below_one_picks_the_picture_of_that_moment(tmp_path: Path) -> None:
    path = code(tmp_path, MP4, pictures=greys([0] * 49 + [100, 200] + [0] * 49))
    assert levels(read_frames(path, 0.5), 100) == [0, 2]


@pytest.mark.parametrize(("height", "width"), [(48, 64), (96, 64), (47, 63), (33, 101)])
@pytest.mark.parametrize("size", [None, 32, 33, 112])
def test_the_middle_square_of_the_scaled_picture_is_cut(
    tmp_path: Path, height: int, width: int, size: int | None
) -> None:
    picture = np.zeros((height, width, 3), np.uint8)
    picture[height // 2 - 8 : height // 2 + 8, width // 2 - 8 : width // 2 + 8] = 255
    frames = read_frames(code(tmp_path, WEBM, pictures=[picture] * 5), 25, size)
    assert frames.shape == (5, *((height, width) if size is None else (size, size)), 3)
    bright = np.argwhere(frames[0, :, :, 1] > 128)
    middle = (np.array(frames.shape[1:3]) - 1) / 2
    assert np.abs(bright.mean(axis=0) - middle).max() <= 1.0 * (
        1 if size is None else max(1, size / min(height, width))
    )


@pytest.mark.parametrize("turned", [90, 180, -90])
@pytest.mark.parametrize("size", [None, 48])
def test_phone_videos_are_upright(tmp_path: Path, turned: int, size: int | None) -> None:
    upright = np.zeros((48, 64, 3) if turned == 180 else (64, 48, 3), np.uint8)
    upright[: len(upright) // 2, :, 0] = 255
    lying = np.ascontiguousarray(np.rot90(upright, -turned // 90))
    frames = read_frames(code(tmp_path, MP4, pictures=[lying] * 5, turned=turned), 25, size)
    assert frames.shape[1:3] == (upright.shape[:2] if size is None else (48, 48))
    red = frames[0, :, :, 0].astype(float)
    assert red[: len(red) // 2 - 4].mean() > 200
    assert red[len(red) // 2 + 4 :].mean() < 40


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("space", [Colorspace.ITU709, Colorspace.SMPTE170M])
def test_colours_follow_the_tags_of_the_file(tmp_path: Path, space: Colorspace, full: bool) -> None:
    reach = ColorRange.JPEG if full else ColorRange.MPEG
    picture = np.tile(np.array([200, 60, 30], np.uint8), (48, 64, 1))
    path = tmp_path / "colour.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"crf": "5"})
        stream.height, stream.width, stream.pix_fmt = 48, 64, "yuv420p"
        stream.codec_context.colorspace = 1 if space == Colorspace.ITU709 else 6
        stream.codec_context.color_range = reach
        frame = VideoReformatter().reformat(
            av.VideoFrame.from_ndarray(picture, format="rgb24"),
            format="yuv420p",
            dst_colorspace=space,
            dst_color_range=reach,
        )
        for k in range(3):
            frame.pts, frame.time_base = k, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert np.abs(read_frames(path, 25).astype(int) - picture).max() <= 5


def test_a_stream_without_any_timestamps_is_counted(tmp_path: Path) -> None:
    path = code(tmp_path, Kind("h264", None, "libx264", "h264"), pictures=greys([5 * k for k in range(50)]))
    assert levels(read_frames(path, 25), 5) == list(range(50))


def test_scaling_is_the_same_on_any_number_of_threads(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    path = code(tmp_path, MP4, pictures=[rng.integers(0, 256, (96, 128, 3), np.uint8) for _ in range(10)])
    first = read_frames(path, 25, 64)
    assert all(np.array_equal(first, read_frames(path, 25, 64)) for _ in range(3))


def test_cover_art_is_no_picture(tmp_path: Path) -> None:
    sound = code(tmp_path, Kind("m4a", "aac", form="ipod"))
    covered = tmp_path / "covered.mp4"
    with av.open(str(sound)) as source, av.open(str(covered), "w") as target:
        stream = target.add_stream_from_template(source.streams.audio[0])
        cover = target.add_stream("png", rate=1)
        cover.height, cover.width, cover.pix_fmt = 48, 64, "rgb24"
        cover.disposition = av.stream.Disposition.attached_pic
        target.mux(cover.encode(av.VideoFrame.from_ndarray(greys([90])[0], format="rgb24")))
        target.mux(cover.encode(None))
        for packet in source.demux():
            if packet.size:
                packet.stream = stream
                target.mux(packet)
    with pytest.raises(UserError, match="has no picture"):
        read_frames(covered, 25)
