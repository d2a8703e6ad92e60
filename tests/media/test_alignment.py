"""Sound stays where the picture is, whatever the container does to its timestamps."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from vggsound_omni.media import read_audio, read_frames

from .coding import CLICK, FPS, KINDS, SECONDS, Kind, click, code, when

RATES = [48_000, 16_000]


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_a_click_is_found_where_it_was_coded(tmp_path: Path, kind: Kind, rate: int) -> None:
    path = code(tmp_path, kind, rate=rate)
    audio = read_audio(path)
    assert abs(when(audio.samples, audio.sample_rate) - CLICK) < 0.0002
    if kind.picture:
        frames = read_frames(path, FPS)
        assert int(frames.mean(axis=(1, 2, 3)).argmax()) == round(CLICK * FPS)


@pytest.mark.parametrize("rate", [48_000, 44_100, 16_000])
def test_a_click_in_vorbis_is_found_where_it_was_coded(tmp_path: Path, rate: int) -> None:
    path = tmp_path / "click.ogg"
    soundfile.write(path, click(rate)[0], rate, format="OGG", subtype="VORBIS")
    audio = read_audio(path)
    assert abs(when(audio.samples, rate) - CLICK) < 0.0002
    assert 0 <= round(SECONDS * rate) - audio.samples.shape[1] <= 128


def test_raw_aac_declares_no_delay_so_its_priming_stays(tmp_path: Path) -> None:
    audio = read_audio(code(tmp_path, Kind("aac", "aac", form="adts")))
    assert when(audio.samples, 48_000) - CLICK == pytest.approx(1024 / 48_000, abs=0.0002)


@pytest.mark.parametrize(
    "kind", [k for k in KINDS if not (k.suffix == "mkv" and k.sound == "aac") and k.suffix != "avi"], ids=str
)
def test_as_many_samples_come_out_as_went_in(tmp_path: Path, kind: Kind) -> None:
    assert read_audio(code(tmp_path, kind)).samples.shape == (1, round(SECONDS * 48_000))


@pytest.mark.parametrize("kind", [k for k in KINDS if k.picture and k.suffix != "avi"], ids=str)
@pytest.mark.parametrize("late", [0.3, 1.25])
def test_sound_that_starts_late_is_preceded_by_silence(tmp_path: Path, kind: Kind, late: float) -> None:
    audio = read_audio(code(tmp_path, kind, sound_start=late))
    assert abs(when(audio.samples, 48_000) - CLICK - late) < 0.00101
    assert np.abs(audio.samples[:, : round((late - 0.05) * 48_000)]).max() < 1e-3


@pytest.mark.parametrize("kind", [Kind("mkv", "flac", "libx264", "matroska"), Kind("ts", "aac", "libx264", "mpegts")])
def test_time_zero_is_the_first_picture(tmp_path: Path, kind: Kind) -> None:
    path = code(tmp_path, kind, picture_start=0.4)
    audio, frames = read_audio(path), read_frames(path, FPS)
    assert abs(when(audio.samples, 48_000) - (CLICK - 0.4)) < 0.001
    assert int(frames.mean(axis=(1, 2, 3)).argmax()) == round(CLICK * FPS)


def test_a_hole_in_the_sound_is_silence(tmp_path: Path) -> None:
    whole = code(tmp_path, Kind("mkv", "flac", "libx264", "matroska"))
    holed = tmp_path / "holed.mkv"
    with av.open(str(whole)) as source, av.open(str(holed), "w") as target:
        streams = {s.index: target.add_stream_from_template(s) for s in source.streams}
        for packet in source.demux():
            time = float((packet.pts or 0) * packet.time_base)
            if packet.size and not (packet.stream.type == "audio" and 0.5 < time < 1.5):
                packet.stream = streams[packet.stream_index]
                target.mux(packet)
    audio = read_audio(holed)
    assert abs(when(audio.samples, 48_000) - CLICK) < 0.001
    assert audio.duration == pytest.approx(SECONDS, abs=0.001)


def test_only_the_first_seconds_are_read_on_request(tmp_path: Path) -> None:
    path = code(tmp_path, KINDS[0])
    np.testing.assert_array_equal(read_audio(path, seconds=2.5).samples, read_audio(path).samples[:, :120_000])
    assert len(read_frames(path, 10, seconds=2.5)) == 25
