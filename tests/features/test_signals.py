"""Sound as encoders get it: decoded once, kept within bounds, prepared as each of them declares."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console
from torch import Tensor

from vggsound_omni.encoders.encoder import Outputs
from vggsound_omni.errors import UserError
from vggsound_omni.features import FeatureStore, signals, sound_hash
from vggsound_omni.features.encoding import Pass
from vggsound_omni.features.modality import Sounds
from vggsound_omni.features.signals import Signal, SoundReader, SoundView
from vggsound_omni.media import read_audio, sinc_resample, write_wav

from .shared import Ear, hear, opening, sound


class Listener(Ear):
    """Keeps what it was given."""

    def audio(self, samples: Tensor) -> Outputs:
        self.given = samples.clone()
        return {"embedding": samples.reshape(len(samples), -1)[:, :4]}


@pytest.fixture
def stereo(tmp_path: Path) -> Path:
    """Two seconds in stereo, off centre."""
    audio = sound(0, 2.0, 2, 16_000)
    audio.samples[:] = audio.samples * 0.5 + 0.1
    write_wav(tmp_path / "a.wav", audio, "FLOAT")
    return tmp_path / "a.wav"


def test_a_reader_that_keeps_decodes_a_file_once(stereo: Path) -> None:
    reader, view = SoundReader(keep=True), SoundView(seconds=1.5)
    first = reader.read(stereo, view)
    assert first.data.shape == (24_000,)
    stereo.unlink()
    assert reader.read(stereo, view) is first
    with pytest.raises(UserError, match=r"a\.wav"):
        reader.read(stereo, SoundView(seconds=1.0))


def test_what_does_not_fit_in_memory_is_decoded_again(stereo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signals, "_KEPT_BYTES", 4 * 23_999)
    for reader in (SoundReader(keep=True), SoundReader()):
        with opening() as opened:
            for _ in range(2):
                assert reader.read(stereo, SoundView(seconds=1.5)).data.shape == (24_000,)
        assert opened["a.wav"] == 2


def test_large_encoders_one_after_the_other_share_what_is_kept(stereo: Path, tmp_path: Path) -> None:
    reader = SoundReader(keep=True)
    with opening() as opened:
        for number, rate in enumerate((16_000, 8_000, 16_000)):
            ear = Listener(f"ear {number}", rate)
            hear({"a": stereo}, [ear], FeatureStore(tmp_path / "store"), 1.5, batch_size=1, reader=reader)
            assert ear.given.shape == (1, round(1.5 * rate))
    assert opened["a.wav"] == 1


@pytest.mark.parametrize(("whole", "window"), [(False, None), (True, 1.0)])
def test_a_file_that_is_wanted_whole_has_a_longest_length(
    stereo: Path, store: FeatureStore, monkeypatch: pytest.MonkeyPatch, whole: bool, window: float | None
) -> None:
    monkeypatch.setattr(signals, "_LONGEST", 1.5)
    got = hear({"a": stereo}, [Ear("ear", whole=whole)], store, window)
    assert got.unreadable == {"a": f"{stereo}: is longer than 0 minutes, and it is encoded whole; cut it."}
    assert hear({"a": stereo}, [Ear("another")], store, 1.0).unreadable == {}


def test_sound_is_prepared_in_the_order_that_the_input_states(stereo: Path, store: FeatureStore) -> None:
    """Channels, mean, sample rate, length."""
    mono = Listener("mono", 8_000, remove_dc=True, seconds=0.5)
    both = Listener("both", 8_000, channels="all", whole=True)
    plain = Listener("plain", 8_000)
    hear({"a": stereo}, [mono, both, plain], store, window=1.0)
    samples = torch.from_numpy(read_audio(stereo, mono=False).samples)
    assert torch.allclose(both.given, sinc_resample(samples, 16_000, 8_000)[None], atol=1e-6)
    cut = samples[:, :16_000].mean(0, keepdim=True)
    assert torch.allclose(plain.given, sinc_resample(cut, 16_000, 8_000), atol=1e-6)
    assert torch.allclose(mono.given, sinc_resample(cut - cut.mean(), 16_000, 8_000)[:, :4_000], atol=1e-6)


def test_views_of_one_file_are_decoded_each_once(stereo: Path, store: FeatureStore) -> None:
    with opening() as opened:
        hear({"a": stereo}, [Ear("cut"), Ear("cut too", 8_000), Ear("whole", whole=True)], store, window=1.0)
    assert opened["a.wav"] == 2


def test_a_signal_may_be_made_by_a_function(stereo: Path, store: FeatureStore) -> None:
    samples = read_audio(stereo).samples[0]
    made = 0

    def make() -> Signal:
        nonlocal made
        made += 1
        return Signal(samples, 16_000, sound_hash(samples, 16_000))

    ear = Listener()
    got = hear({"file": stereo, "made": make}, [ear], store, None)
    assert (got.computed, made) == (1, 1), "they hold one sound"
    np.testing.assert_array_equal(got.features["ear"]["made"]["embedding"], samples[:4])
    hear({"made": make}, [ear], store, None)
    assert made == 2, "what is no file cannot be recognised before it is made"


def test_one_large_encoder_goes_on_without_a_cache_and_says_so_once(sounds: Mapping[str, Path], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("where a folder should be")
    for folder, said in (("other", 0), ("file", 1)):
        console = Console(record=True, width=300, file=io.StringIO())
        channel = Sounds(8.0, SoundReader(keep=True))
        got = Pass(channel, [Ear()], FeatureStore(tmp_path / folder), console, batch_size=1).run(sounds)
        assert list(got.features["ear"]) == list(sounds)
        assert console.export_text().count("cannot be written to") == said
