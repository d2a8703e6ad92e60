"""Encoding sound: right, once, and never with anything dropped."""

from __future__ import annotations

import io
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console
from torch import Tensor

from vggsound_omni import progress
from vggsound_omni.encoders.encoder import Outputs
from vggsound_omni.features import FeatureStore, encoding
from vggsound_omni.features.encoding import Pass
from vggsound_omni.features.modality import Sounds
from vggsound_omni.media import read_audio, sinc_resample, write_wav

from .shared import TOLERANCE, Ear, Squeamish, distance, hear, no_file_larger_than, opening, sound


def test_the_encoder_hears_the_mean_of_the_channels_at_its_rate(sounds: dict[str, Path], store: FeatureStore) -> None:
    ears = [Ear("at 16 kHz", 16_000), Ear("at 22 kHz", 22_050), Ear("at 8 kHz", 8_000)]
    got = hear(sounds, ears, store)
    for ear in ears:
        assert list(got.features[ear.card.name]) == list(sounds), "in the order of the files"
        for item, path in sounds.items():
            stereo = read_audio(path, mono=False)
            mono = torch.from_numpy(stereo.samples.mean(0, keepdims=True, dtype=np.float64).astype(np.float32))
            with torch.inference_mode():
                expected = ear.audio(sinc_resample(mono, stereo.sample_rate, ear.audio_input.sample_rate))
            for output, values in expected.items():
                array = got.features[ear.card.name][item][output]
                assert array.dtype == np.float32
                assert array.shape == values.shape[1:]
                np.testing.assert_allclose(array, values[0], rtol=0, atol=TOLERANCE * float(values.abs().max()))


def test_the_batch_changes_nothing_but_rounding(sounds: dict[str, Path], tmp_path: Path) -> None:
    ears = [Ear("ear"), Ear("other", 8_000)]
    one, three, many = (hear(sounds, ears, FeatureStore(tmp_path / str(n)), batch_size=n) for n in (1, 3, 16))
    assert distance(one, three) < TOLERANCE
    assert distance(one, many) < TOLERANCE


def test_equal_lengths_share_batches(sounds: dict[str, Path], store: FeatureStore) -> None:
    ear = Ear()
    hear(sounds, [ear], store, batch_size=2)
    assert sorted(ear.batches) == [(1, 8_000), (1, 8_000), (1, 16_000), (1, 16_000), (1, 32_000), (2, 16_000)]


def test_a_file_is_decoded_once_for_all_encoders_and_then_never_again(
    sounds: dict[str, Path], store: FeatureStore
) -> None:
    ears = [Ear("one"), Ear("two", 8_000), Ear("three", 22_050)]
    with opening() as opened:
        first = hear(sounds, ears, store)
    assert opened == {path.name: 1 for path in sounds.values()}
    assert (first.decoded, first.computed) == (7, 21)
    with opening() as opened:
        second = hear(sounds, [Ear("one"), Ear("two", 8_000), Ear("three", 22_050)], FeatureStore(store.root))
    assert opened == {}
    assert (second.decoded, second.computed) == (0, 0)
    assert distance(first, second) == 0
    for path in sounds.values():
        path.chmod(0o640)  # the node has changed, and so might have the content
    third = hear(sounds, ears, store)
    assert (third.decoded, third.computed) == (7, 0)


def test_another_checkpoint_or_a_new_encoder_costs_its_own_features_only(
    sounds: dict[str, Path], store: FeatureStore
) -> None:
    hear(sounds, [Ear()], store)
    again = Ear()
    again.card = replace(again.card, checkpoint_sha256="1" * 64)
    got = hear(sounds, [again, Ear("new")], store)
    assert (got.decoded, got.computed) == (7, 14)
    old = Ear()
    got = hear(sounds, [old, again, Ear("new", 8_000)][::2], store)
    assert old.batches == []
    assert (got.decoded, got.computed) == (7, 7), "another rate is another front end"


def test_the_window_cuts_and_addresses(sounds: dict[str, Path], store: FeatureStore) -> None:
    ear = Ear()
    whole = hear(sounds, [ear], store, window=None)
    half = hear(sounds, [ear], store, window=0.5)
    assert half.computed == 5, "the clips of half a second are as they were"
    assert whole.features["ear"]["clip4"]["patches"].shape == (247, 32)
    assert {rows["patches"].shape for rows in half.features["ear"].values()} == {(59, 32)}
    assert np.abs(whole.features["ear"]["clip4"]["embedding"] - half.features["ear"]["clip4"]["embedding"]).max() > 0.01
    assert hear(sounds, [ear], store, window=None).decoded == 0
    assert hear(sounds, [ear], store, window=0.5).decoded == 0


def test_the_same_sound_in_two_files_is_computed_once(sounds: dict[str, Path], store: FeatureStore) -> None:
    ear = Ear()
    copies = {"a": sounds["clip0"], "b": sounds["clip0"].with_name("copy.wav"), "c": sounds["clip0"]}
    copies["b"].write_bytes(copies["a"].read_bytes())
    got = hear(copies, [ear], store)
    assert got.computed == 1
    assert list(got.features["ear"]) == ["a", "b", "c"]
    with opening() as opened:
        hear(copies, [Ear("new")], store)
    assert sum(opened.values()) == 1, "known to be the same, one of them is enough"


def test_a_changed_file_gets_its_own_features(sounds: dict[str, Path], store: FeatureStore) -> None:
    path = sounds["clip0"]
    before = hear({"a": path}, [Ear()], store)
    kept = path.stat()
    write_wav(path, sound(99, 1.0), "FLOAT")
    os.utime(path, ns=(kept.st_atime_ns, kept.st_mtime_ns))
    assert path.stat().st_size == kept.st_size
    after = hear({"a": path}, [Ear()], store)
    assert distance(before, after) > 0.01


def test_files_that_cannot_be_decoded_are_told_by_id_and_the_others_stand(
    sounds: dict[str, Path], store: FeatureStore, tmp_path: Path
) -> None:
    bad = {"gone": tmp_path / "gone.wav", "text": tmp_path / "text.wav", "cut": tmp_path / "cut.wav"}
    bad["text"].write_text("this is no sound, whatever its name says")
    bad["cut"].write_bytes(sounds["clip0"].read_bytes()[:3000])
    for _ in range(2):
        got = hear({"gone": bad["gone"]} | sounds | bad, [Ear("one"), Ear("two", 8_000)], store)
        for name in ("one", "two"):
            assert list(got.features[name]) == list(sounds)
            assert got.failures[name].keys() == bad.keys()
            assert "no such file" in got.failures[name]["gone"]
            assert "not a media file" in got.failures[name]["text"]
            assert "truncated" in got.failures[name]["cut"]


def test_an_encoder_may_refuse_a_clip_and_only_that_clip_fails_for_it(tmp_path: Path, store: FeatureStore) -> None:
    files = {f"clip{n}": tmp_path / f"{n}.wav" for n in range(4)}
    for n, path in enumerate(files.values()):
        audio = sound(n, 1.0, rate=16_000)
        audio.samples[:, 0] = n != 2
        write_wav(path, audio, "FLOAT")
    got = hear(files, [Squeamish("squeamish"), Ear()], store)
    assert got.failures == {"squeamish": {"clip2": "begins with nothing."}, "ear": {}}
    assert list(got.features["squeamish"]) == ["clip0", "clip1", "clip3"]
    assert list(got.features["ear"]) == list(files)


def test_damaged_features_are_computed_again(sounds: dict[str, Path], store: FeatureStore) -> None:
    first = hear(sounds, [Ear()], store)
    (data,) = store.root.glob("ear-*/*.data")
    content = bytearray(data.read_bytes())
    content[len(content) // 2] ^= 0xFF
    data.write_bytes(content)
    second = hear(sounds, [Ear()], FeatureStore(store.root))
    assert (second.decoded, second.computed) == (1, 1)
    assert distance(first, second) < TOLERANCE
    assert hear(sounds, [Ear()], FeatureStore(store.root)).decoded == 0


def test_signals_that_wait_do_not_pile_up(
    sounds: dict[str, Path], store: FeatureStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = hear(sounds, [Ear()], FeatureStore(tmp_path / "other"))
    ear = Ear()
    monkeypatch.setattr(encoding, "_HELD_BYTES", 0)
    assert distance(hear(sounds, [ear], store), expected) < TOLERANCE
    assert {batch for batch, _ in ear.batches} == {1}
    ear.batches.clear()
    monkeypatch.undo()
    monkeypatch.setattr(encoding, "_BATCH_BYTES", 2 * 22_050 * 4)
    hear(sounds, [ear], FeatureStore(tmp_path / "third"))
    assert max(batch for batch, _ in ear.batches) == 2


def test_a_store_that_cannot_be_written_to_costs_a_sentence(sounds: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("where a folder should be")
    text = io.StringIO()
    store, console = FeatureStore(tmp_path / "file"), Console(file=text, width=300)
    got = Pass(Sounds(8.0), [Ear()], store, console, batch_size=1).run(sounds)
    assert list(got.features["ear"]) == list(sounds)
    assert text.getvalue().count("cannot be written to") == 1


def test_a_disk_that_is_full_costs_a_sentence(sounds: dict[str, Path], store: FeatureStore, tmp_path: Path) -> None:
    expected, text = hear(sounds, [Ear()], FeatureStore(tmp_path / "other")), io.StringIO()
    console = Console(file=text, width=300)
    with no_file_larger_than(4096):
        got = Pass(Sounds(8.0), [Ear()], store, console, batch_size=1).run(sounds)
    assert distance(got, expected) < TOLERANCE
    assert text.getvalue().count("cannot be written to") == 1
    again = hear(sounds, [Ear()], store)
    assert distance(again, expected) < TOLERANCE, "what was cut short is computed again"


def test_a_cache_that_cannot_be_read_is_computed_again(sounds: dict[str, Path], store: FeatureStore) -> None:
    expected = hear(sounds, [Ear()], store)
    for path in store.root.glob("*/*.index"):
        path.unlink()
        path.mkdir()  # root may read whatever chmod forbids
    assert distance(hear(sounds, [Ear()], FeatureStore(store.root)), expected) < TOLERANCE


@pytest.mark.parametrize(("patience", "terminal", "shown"), [(60, True, False), (0, True, True), (0, False, False)])
def test_progress_shows_on_a_terminal_when_it_takes_long(
    sounds: dict[str, Path],
    store: FeatureStore,
    monkeypatch: pytest.MonkeyPatch,
    patience: float,
    terminal: bool,
    shown: bool,
) -> None:
    monkeypatch.setattr(progress, "PATIENCE", patience)
    text = io.StringIO()
    console = Console(file=text, force_terminal=terminal, force_interactive=terminal, width=100)
    Pass(Sounds(8.0), [Ear()], store, console).run(sounds)
    assert ("Encoding sound" in text.getvalue()) == shown
    assert bool(text.getvalue()) == shown


def test_an_encoder_that_breaks_its_contract_is_named(sounds: dict[str, Path], store: FeatureStore) -> None:
    class Sum(Ear):
        def audio(self, samples: Tensor) -> Outputs:
            return {"embedding": super().audio(samples)["embedding"].sum(0)}

    with pytest.raises(ValueError, match=r'sum gave "embedding" of shape \(32,\) for 3 signals'):
        hear(sounds, [Sum("sum")], store)
    with pytest.raises(ValueError, match="different names"):
        hear(sounds, [Ear(), Ear()], store)
