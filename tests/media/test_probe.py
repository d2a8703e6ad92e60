"""A file is whole or refused in one sentence."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import soundfile

from vggsound_omni.errors import UserError
from vggsound_omni.media import AudioInfo, VideoInfo, probe, read_audio, read_frames
from vggsound_omni.media.survey import survey

from .coding import FPS, KINDS, SECONDS, Kind, click, code, flash

NOISE = np.random.default_rng(0).normal(0, 0.1, (1, round(SECONDS * 48_000))).astype(np.float32)
VORBIS = Kind("ogg", "vorbis")
ADTS = Kind("aac", "aac", form="adts")


def made(folder: Path, kind: Kind) -> Path:
    if kind is not VORBIS:
        return code(folder, kind, samples=NOISE)
    soundfile.write(folder / "noise.ogg", NOISE[0], 48_000, format="OGG", subtype="VORBIS")
    return folder / "noise.ogg"


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_what_a_file_holds(tmp_path: Path, kind: Kind) -> None:
    info = probe(code(tmp_path, kind))
    assert info.duration == pytest.approx(SECONDS, abs=0.05 if kind.suffix == "avi" else 0.001)
    if kind.picture:
        assert info.video == VideoInfo(frame_rate=25.0, width=64, height=48, frames=round(SECONDS * FPS))
    else:
        assert info.video is None
    codec = {"libmp3lame": "mp3float", "libopus": "opus"}.get(kind.sound or "", kind.sound)
    assert info.audio == AudioInfo(sample_rate=48_000, channels=1, codec=codec or "")


@pytest.mark.parametrize("kind", [*KINDS, VORBIS, ADTS], ids=str)
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_a_cut_file_is_truncated(tmp_path: Path, kind: Kind, share: float) -> None:
    path = made(tmp_path, kind)
    content = path.read_bytes()
    path.write_bytes(content[: round(len(content) * share)])
    with pytest.raises(UserError) as caught:
        probe(path)
    assert str(caught.value).startswith(f"{path}: is truncated, ")
    assert str(caught.value).count(". ") == 0


@pytest.mark.parametrize("kind", [k for k in [*KINDS, VORBIS, ADTS] if k.suffix not in ("flac", "mp3")], ids=str)
def test_a_few_missing_bytes_are_seen_where_the_container_counts_them(tmp_path: Path, kind: Kind) -> None:
    path = made(tmp_path, kind)
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(UserError, match="is truncated"):
        probe(path)
    with pytest.raises(UserError, match="is truncated"):
        read_audio(path)


@pytest.mark.parametrize("size", [0xFFFFFFFF, 0x7FFFFFFF - 36])
def test_a_wav_streamed_without_a_known_length_is_whole(tmp_path: Path, size: int) -> None:
    path = code(tmp_path, Kind("wav", "pcm_s16le"))
    content = path.read_bytes()
    at = content.index(b"data") + 4
    path.write_bytes(content[:at] + struct.pack("<I", size) + content[at + 4 :])
    assert probe(path).duration == pytest.approx(SECONDS, abs=0.001)
    assert read_audio(path).duration == pytest.approx(SECONDS)


def png() -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    rows = b"".join(b"\0" + bytes(64 * 3) for _ in range(48))
    header = struct.pack(">IIBBBBB", 64, 48, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("notes.txt", b"A dog barks.\n" * 100),
        ("notes.mp4", b"A dog barks.\n" * 100),
        ("page.mp4", b"<!DOCTYPE html><html><body>404 Not Found</body></html>"),
        ("image.mp4", png()),
        ("image.png", png()),
        ("paper.pdf", b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"),
        ("list.m3u8", b"#EXTM3U\n#EXTINF:4,\nclip.ts\n"),
        ("join.mp4", b"ffconcat version 1.0\nfile clip.mp4\n"),
        ("noise.wav", np.random.default_rng(1).bytes(20_000)),
        ("zeros.wav", bytes(20_000)),
    ],
)
def test_what_is_not_media_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UserError, match="is not a media file") as caught:
        probe(path)
    assert str(path) in str(caught.value)


def test_missing_empty_and_folder_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(UserError, match="there is no such file"):
        probe(tmp_path / "none.mp4")
    with pytest.raises(UserError, match="is empty"):
        probe(tmp_path / "empty.mp4")
    with pytest.raises(UserError, match="is a folder"):
        probe(tmp_path)


def test_a_single_picture_is_no_video(tmp_path: Path) -> None:
    path = code(tmp_path, Kind("mp4", None, "libx264"), pictures=flash(1))
    with pytest.raises(UserError, match="is a still picture"):
        probe(path)


def test_a_missing_stream_is_said(tmp_path: Path) -> None:
    silent = code(tmp_path, Kind("mp4", None, "libx264"))
    blind = code(tmp_path, Kind("m4a", "aac", form="ipod"))
    assert probe(silent).audio is None
    with pytest.raises(UserError, match="has no sound"):
        read_audio(silent)
    with pytest.raises(UserError, match="has no picture"):
        read_frames(blind, 25)


def test_a_turned_picture_is_measured_upright(tmp_path: Path) -> None:
    video = probe(code(tmp_path, Kind("mp4", None, "libx264"), turned=90)).video
    assert video is not None
    assert (video.width, video.height) == (48, 64)


def test_a_variable_rate_is_the_average(tmp_path: Path) -> None:
    times = [0.0, 0.1, 0.5, 0.55, 1.249]
    video = probe(code(tmp_path, Kind("mkv", None, "libx264", "matroska"), pictures=flash(5), times=times)).video
    assert video is not None
    assert video.frame_rate == pytest.approx(5 / 1.25)


@pytest.mark.parametrize("name", ["a:b.wav", "50%25 off.wav", "hund и собака.wav", "-i.wav", "concat:x|y.wav"])
def test_odd_names_are_just_names(tmp_path: Path, name: str) -> None:
    soundfile.write(tmp_path / name, click(16_000)[0], 16_000)
    assert probe(tmp_path / name).duration == pytest.approx(SECONDS)


def recounted(content: bytes, page: int, more: int) -> bytes:
    """An Ogg file one of whose pages counts more samples, with a checksum that fits (RFC 3533, 6)."""
    starts, at = [], 0
    while at < len(content):
        starts.append(at)
        table = content[at + 27 : at + 27 + content[at + 26]]
        at += 27 + len(table) + sum(table)
    start, end = starts[page], [*starts, at][1:][page]
    (count,) = struct.unpack("<q", content[start + 6 : start + 14])
    head = content[start : start + 6] + struct.pack("<q", count + more) + content[start + 14 : start + 22]
    rest, checksum = content[start + 26 : end], 0
    for byte in head + bytes(4) + rest:
        checksum ^= byte << 24
        for _ in range(8):
            checksum = (checksum << 1 ^ (0x04C11DB7 if checksum & 1 << 31 else 0)) & 0xFFFFFFFF
    return content[:start] + head + struct.pack("<I", checksum) + rest + content[end:]


@pytest.mark.parametrize("kind", [VORBIS, Kind("opus", "libopus", form="ogg")], ids=str)
@pytest.mark.parametrize(("page", "more"), [(2, 1 << 32), (-2, 1 << 32), (-2, 480_000)])
def test_an_ogg_page_that_counts_days_is_not_believed(tmp_path: Path, kind: Kind, page: int, more: int) -> None:
    path = made(tmp_path, kind)
    whole = path.read_bytes()
    path.write_bytes(recounted(whole, page, 0))
    assert path.read_bytes() == whole, "the checksum is computed as the writer does"
    path.write_bytes(recounted(whole, page, more))
    seconds = NOISE.shape[1] / 48_000
    assert read_audio(path).duration == pytest.approx(seconds, abs=0.05), "its sound is all there"
    assert probe(path).duration == pytest.approx(seconds, abs=2.1), "one packet may claim two seconds"
    found = survey(path).sound
    assert found is not None
    assert found.end - found.start == pytest.approx(seconds, abs=0.05)
