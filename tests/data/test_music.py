"""Background music: loudness as the standard has it, mixes that keep their promises, the same bytes again."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vggsound_omni.data.backing import Backing, mixed, read_pieces
from vggsound_omni.data.loudness import k_weighting, loudness, true_peak
from vggsound_omni.data.verify import join, verify
from vggsound_omni.errors import UserError
from vggsound_omni.media import read_audio, write_wav
from vggsound_omni.protocol import Audio
from vggsound_omni.suites.built import BuiltSuite
from vggsound_omni.suites.foleyworld.music import STYLES, synthesise_music
from vggsound_omni.suites.foleyworld.scene import Music

from .conftest import IDS, Collection
from .test_build import made, told

RATE = 16_000


def sine(hertz: float, seconds: float, level_db: float = 0.0, rate: int = 48_000) -> np.ndarray:
    time = np.arange(round(seconds * rate)) / rate
    return (10 ** (level_db / 20) * np.sin(2 * np.pi * hertz * time))[None]


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Three pieces with a table in MusicCaps' form, one of them longer than a clip."""
    folder = tmp_path_factory.mktemp("music")
    styles = sorted(STYLES)
    rows = ["ytid,start_s,end_s,audioset_positive_labels,aspect_list,caption,author_id"]
    for number, name in enumerate(("-0Gj8-vB1q4", "-0SdAVK79lg", "-0vPFx-wRRI")):
        piece = Music(style=styles[number], gain_db=0.0, tempo=100.0, seed=number)
        samples = synthesise_music(piece, round((4, 8, 12)[number] * RATE))
        sound = Audio(samples=samples[None].astype(np.float32), sample_rate=RATE)
        stem = (f"[{name}]-[30-40]", name, f"{name}_30")[number]
        write_wav(folder / f"{stem}.wav", sound, "PCM_16")
        rows.append(f'{name},30,40,/m/0140xf,"[\'calm\']","A calm {styles[number]} piece, slow. It repeats.",4')
    (folder / "musiccaps.csv").write_text("\n".join([*rows, "AAAAAAAAAAA,0,10,,,Unheard.,1"]), encoding="utf-8")
    return {"music": folder, "table": folder / "musiccaps.csv"}


def backing(music: dict[str, Path], **changes: Any) -> Backing:
    fields: dict[str, Any] = {"count": 2} | music | changes
    return Backing(**fields)


def test_the_filters_are_those_of_the_standard_at_48_khz() -> None:
    (shelf_b, shelf_a), (_, pass_a) = k_weighting(48_000)
    # ITU-R BS.1770-4, tables 1 and 2.
    assert shelf_b == pytest.approx([1.53512485958697, -2.69169618940638, 1.19839281085285], abs=1e-9)
    assert shelf_a == pytest.approx([1.0, -1.69065929318241, 0.73248077421585], abs=1e-9)
    assert pass_a == pytest.approx([1.0, -1.99004745483398, 0.99007225036621], abs=1e-9)


@pytest.mark.parametrize("rate", [16_000, 22_050, 44_100, 48_000])
def test_a_full_scale_sine_of_997_hz_has_minus_3_01_lufs(rate: int) -> None:
    assert loudness(sine(997, 5, rate=rate), rate) == pytest.approx(-3.01, abs=0.05)


def test_the_gate_ignores_silence_and_two_channels_are_3_db_louder() -> None:
    tone = sine(997, 10, -20)
    padded = np.concatenate([tone, np.zeros((1, 10 * 48_000))], axis=1)
    assert loudness(padded, 48_000) == pytest.approx(loudness(tone, 48_000), abs=0.1)
    assert loudness(np.repeat(tone, 2, axis=0), 48_000) == pytest.approx(-20, abs=0.05)
    assert loudness(np.zeros((1, 48_000)), 48_000) == -np.inf
    assert loudness(tone[:, :4_800], 48_000) == -np.inf


def test_a_true_peak_lies_between_samples() -> None:
    time = np.arange(4_800) / 4
    wave = np.sin(2 * np.pi * time + np.pi / 4)[None]  # a quarter of the rate, sampled 3 dB below its crests
    assert np.abs(wave).max() == pytest.approx(10 ** (-3.01 / 20), abs=1e-3)
    assert true_peak(wave * np.hanning(4_800)) == pytest.approx(1.0, abs=0.02)


@settings(max_examples=15, deadline=None)
@given(relative=st.floats(-12, 0), level=st.floats(-40, -12), begins=st.floats(0, 1))
def test_music_has_its_drawn_loudness_and_the_mix_keeps_below_the_ceiling(
    relative: float, level: float, begins: float
) -> None:
    rng = np.random.default_rng(0)
    noise = (10 ** (level / 20) * rng.standard_normal((1, 8 * RATE))).clip(-1, 1).astype(np.float32)
    clip = Audio(samples=noise, sample_rate=RATE)
    tune = Audio(samples=sine(440, 20, -6, RATE).astype(np.float32), sample_rate=RATE)
    rule = Backing(music=Path(), table=Path(), count=1)
    mix = mixed(clip, tune, relative, begins, rule)
    assert mix.samples.shape == clip.samples.shape
    assert true_peak(mix.samples.astype(np.float64)) <= 10 ** (rule.ceiling_dbtp / 20) + 1e-6
    # The mix is one gain times clip and music: what is left after the clip is taken out is the music.
    gain = float((mix.samples * noise).sum() / (noise**2).sum())
    under = mix.samples / gain - noise
    assert loudness(under.astype(np.float64), RATE) - loudness(noise.astype(np.float64), RATE) == pytest.approx(
        relative, abs=0.3
    )
    assert np.abs(under[0, :8]).max() < 0.01 * np.abs(under).max(), "it fades in"
    assert np.abs(under[0, -8:]).max() < 0.01 * np.abs(under).max(), "it fades out"


def test_near_silence_counts_as_loud_enough_to_hear_the_music(music: dict[str, Path]) -> None:
    clip = Audio(samples=np.zeros((2, 8 * RATE), np.float32), sample_rate=RATE)
    tune = Audio(samples=sine(440, 20, -6, 44_100).astype(np.float32), sample_rate=44_100)
    mix = mixed(clip, tune, -5.0, 0.0, backing(music))
    assert loudness(mix.samples.astype(np.float64), RATE) == pytest.approx(-50, abs=0.3)
    assert len(mix.samples) == 2


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(
    collection: Collection, music: dict[str, Path], tmp_path: Path
) -> None:
    built = [
        made(collection, tmp_path / name, backing=backing(music, seed=seed))
        for name, seed in (("a", 0), ("b", 0), ("c", 1))
    ]
    mixes = [{p.name: p.read_bytes() for p in (tmp_path / name / "bgm").iterdir()} for name in "abc"]
    assert len(mixes[0]) == 2
    assert mixes[0] == mixes[1]
    assert mixes[0] != mixes[2]
    assert built[0].manifest.items_sha256 == built[1].manifest.items_sha256 != built[2].manifest.items_sha256


def test_items_with_music_say_where_it_comes_from(
    collection: Collection, music: dict[str, Path], tmp_path: Path
) -> None:
    built = made(collection, tmp_path, backing=backing(music, count=4))
    assert built.strata == {"main": 4, "natural": 2, "bgm": 4}
    assert built.manifest.recipe["music"]["relative_lu"] == (-12.0, 0.0)
    suite = BuiltSuite(tmp_path)
    for item in suite.items()[-4:]:
        base = item.id.removesuffix("-bgm")
        piece = item.provenance["music"]
        assert base in IDS[:4]
        assert item.caption == (
            f"{collection.captions[base]} In the background, music plays: {piece['caption'].rstrip('.')}."
        )
        assert -12 <= piece["relative_lu"] <= 0
        files = suite.media(item)
        assert files.video == collection.clips / f"{base}.mp4"
        assert files.audio is not None
        assert read_audio(files.audio).duration == pytest.approx(8.0, abs=0.001)
    assert verify(tmp_path) == []
    joined = join(tmp_path / "suite.parquet", [collection.clips, tmp_path / "bgm"], tmp_path / "joined", jobs=1)
    assert joined.manifest.items_sha256 == built.manifest.items_sha256


def test_musiccaps_is_read_under_the_names_that_downloaders_give(music: dict[str, Path]) -> None:
    assert [piece.id for piece in read_pieces(backing(music))] == ["-0Gj8-vB1q4", "-0SdAVK79lg", "-0vPFx-wRRI"]


def test_too_few_clips_or_no_music_is_one_sentence(
    collection: Collection, music: dict[str, Path], tmp_path: Path
) -> None:
    with pytest.raises(UserError, match="5 items with music are wanted, but only 4 clips of main have sound"):
        made(collection, tmp_path / "a", backing=backing(music, count=5))
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=r"holds no sound that musiccaps\.csv has a caption for"):
        made(collection, tmp_path / "b", backing=backing(music | {"music": tmp_path / "empty"}))


def test_a_piece_or_a_clip_that_cannot_be_read_costs_its_items_only(
    collection: Collection, music: dict[str, Path], tmp_path: Path
) -> None:
    pieces = tmp_path / "music"
    shutil.copytree(music["music"], pieces)
    whole = made(collection, tmp_path / "whole", backing=Backing(music=pieces, table=music["table"], count=4, seed=3))
    used = {item.id: item.provenance["music"]["id"] for item in whole.manifest.items if item.stratum == "bgm"}
    broken = min(used.values())
    for path in pieces.iterdir():
        if broken in path.name:
            path.write_bytes(b"RIFF" + path.read_bytes()[4:600])
    built = made(collection, tmp_path / "less", backing=Backing(music=pieces, table=music["table"], count=4, seed=3))
    lost = {item_id for item_id, piece in used.items() if piece == broken}
    assert told(built, "unreadable") == dict.fromkeys(lost, True)
    assert {item.id for item in built.manifest.items} == {item.id for item in whole.manifest.items} - lost
    assert str(tmp_path) not in (tmp_path / "less" / "report.json").read_text("utf-8")
    assert len(BuiltSuite(tmp_path / "less").items()) == len(built.manifest.items)
