"""Audiobox Aesthetics judges as its publisher's code does, from the samples to the four scores."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from vggsound_omni.encoders.encoder import AudioEncoder
from vggsound_omni.encoders.pretrained.audiobox.port import (
    AXES,
    PUBLISHED_SCALES,
    WINDOW,
    AudioboxEncoder,
    read_scales,
    windowed,
)
from vggsound_omni.encoders.pretrained.rule import cases, golden, write_rule_checkpoint
from vggsound_omni.errors import UserError

from .hearing import apart, noise, wave
from .marks import mostly_marked

CASES = cases("audiobox")["cases"]
GOLDEN = golden("audiobox")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = write_rule_checkpoint("audiobox", tmp_path_factory.mktemp("audiobox") / "model.safetensors")
    yield path
    path.unlink()


@pytest.fixture(scope="module")
def encoder(checkpoint: Path) -> AudioboxEncoder:
    return AudioboxEncoder(checkpoint, kit="av-benchmark")


@pytest.mark.parametrize("name", CASES)
def test_1_samples_and_windows(name: str) -> None:
    case = CASES[name]
    samples = wave(case, 16_000, remove_dc=False)
    assert samples.shape == (1, case["wave_length"])
    assert apart(samples[0, :4096], GOLDEN[f"{name}/wave4096"]) < 1e-6
    windows, valid, weights = windowed(samples)
    assert windows.shape == (1, case["windows"], WINDOW)
    assert valid.sum(1).tolist() == case["valid_frames"]
    assert weights.tolist() == pytest.approx(case["window_weights"])


@pytest.mark.parametrize("name", mostly_marked(CASES, "tone_3s"))
@torch.inference_mode()
def test_2_states_and_axes(encoder: AudioboxEncoder, name: str) -> None:
    windows, valid, _ = windowed(wave(CASES[name], 16_000, remove_dc=False))
    states = encoder.network.wavlm_model(windows[0], valid)
    few = torch.stack([states[k] for k in (0, 6, 12)])[:, :, ::50, :64]
    sound = valid[:, ::50]
    assert len(states) == 13
    frames = few.shape[2]
    assert not sound[:, frames:].any(), "only frames without sound are left out"
    theirs = GOLDEN[f"{name}/hidden_0_6_12"][:, :, :frames]
    assert apart(few[:, sound[:, :frames]], theirs[:, sound[:, :frames].numpy()]) < 2e-5
    assert apart(encoder.network(windows[0], valid), GOLDEN[f"{name}/raw_axes"]) < 1e-5


@pytest.mark.parametrize("name", mostly_marked(CASES, "concat_11s"))
def test_3_scores(encoder: AudioboxEncoder, name: str) -> None:
    outputs = encoder.audio(wave(CASES[name], 16_000, remove_dc=False))
    scores = torch.stack([outputs[axis][0] for axis in ("ce", "cu", "pc", "pq")])
    assert apart(scores, GOLDEN[f"{name}/scores"]) < 2e-5


def test_it_is_an_audio_encoder_that_says_what_it_is(encoder: AudioboxEncoder) -> None:
    assert isinstance(encoder, AudioEncoder)
    assert encoder.card.licence == "CC BY 4.0"
    assert encoder.card.front_end["scales"]["PQ"] == [6.57505, 1.51466]


@pytest.mark.crosscheck
@torch.inference_mode()
def test_leaving_out_the_frames_behind_the_sound_changes_nothing(encoder: AudioboxEncoder) -> None:
    windows, valid, _ = windowed(noise(3.0, 16_000))
    beside = torch.cat([windows[0], noise(10.0, 16_000, seed=1)])
    masked = encoder.network(beside, torch.cat([valid, torch.ones_like(valid)]))
    torch.testing.assert_close(encoder.network(windows[0], valid)[0], masked[0], atol=1e-5, rtol=0)


@given(n=st.integers(1, 3 * WINDOW))
def test_a_frame_counts_if_any_of_its_samples_is_sound(n: int) -> None:
    windows, valid, weights = windowed(torch.ones(2, n))
    assert windows.sum() == 2 * n, "all of the sound, and zeros"
    assert float(weights.sum()) == pytest.approx(n / WINDOW)
    for window, of_window in zip(windows[0], valid, strict=True):
        assert torch.equal(window[: 499 * 320].unflatten(0, (499, 320)).any(1), of_window)


def test_scales_come_from_beside_the_weights(tmp_path: Path) -> None:
    weights = tmp_path / "model.safetensors"
    assert read_scales(weights) == PUBLISHED_SCALES
    table = {axis: {"mean": k + 1.0, "std": 0.5} for k, axis in enumerate(AXES)}
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"nth_layer": 13, "target_transform": table}), encoding="utf-8")
    assert read_scales(weights)["PC"].mean == 3.0
    wrong = [
        table | {"PQ": {"mean": mean, "std": std}} for mean, std in ((math.nan, 1), (5, math.inf), (5, 0), (5, -1))
    ]
    del table["PQ"]
    for broken in (*(json.dumps({"target_transform": one}) for one in (*wrong, table)), "{"):
        config.write_text(broken, encoding="utf-8")
        with pytest.raises(UserError, match=r"config\.json has no mean and std for each of CE, CU, PC, PQ"):
            read_scales(weights)


def test_scales_come_from_the_torch_file(tmp_path: Path) -> None:
    table = {axis: {"mean": k + 1.0, "std": 0.5} for k, axis in enumerate(AXES)}
    torch.save({"state_dict": {}, "model_cfg": {}, "target_transform": table}, tmp_path / "checkpoint.pt")
    assert read_scales(tmp_path / "checkpoint.pt")["CU"].mean == 2.0
    (tmp_path / "checkpoint.pt").write_bytes(b"{}")
    with pytest.raises(UserError, match=r"place the publisher's config\.json in"):
        read_scales(tmp_path / "checkpoint.pt")


def test_any_length_is_judged(encoder: AudioboxEncoder) -> None:
    for seconds in (0.05, 1 / 16_000):
        scores = torch.stack(list(encoder.audio(noise(seconds, 16_000)).values()))
        assert scores.shape == (4, 1)
        assert scores.isfinite().all()
    with pytest.raises(UserError, match="too short"):
        encoder.audio(torch.zeros(1, 0))


def test_nan_is_refused(encoder: AudioboxEncoder) -> None:
    sound = noise(1.0, 16_000)
    sound[0, 7] = torch.nan
    with pytest.raises(UserError, match="not finite"):
        encoder.audio(sound)


def test_rows_do_not_depend_on_the_batch(encoder: AudioboxEncoder) -> None:
    sound = noise(0.5, 16_000, rows=3)
    together = encoder.audio(sound)["pq"]
    alone = torch.cat([encoder.audio(row[None])["pq"] for row in sound])
    torch.testing.assert_close(together, alone, atol=1e-4, rtol=0)


def test_bfloat16_moves_scores_by_hundredths(encoder: AudioboxEncoder, checkpoint: Path) -> None:
    sound = wave(CASES["tone_3s"], 16_000, remove_dc=False)
    rough = AudioboxEncoder(checkpoint, dtype=torch.bfloat16).audio(sound)
    for axis, score in encoder.audio(sound).items():
        assert 0 < (rough[axis] - score).abs().max() < 0.1
