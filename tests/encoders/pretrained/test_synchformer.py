"""Synchformer computes what its authors' code computes, and refuses what is too short for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from vggsound_omni.encoders.encoder import Synchroniser
from vggsound_omni.encoders.pretrained.frames import centre_square, normalised
from vggsound_omni.encoders.pretrained.rule import golden, write_rule_checkpoint
from vggsound_omni.encoders.pretrained.synchformer.audio import SEGMENT, STEP, LogMel
from vggsound_omni.encoders.pretrained.synchformer.port import SynchformerEncoder
from vggsound_omni.errors import UserError
from vggsound_omni.media import sinc_resample
from vggsound_omni.media.field_frames import resized
from vggsound_omni.metrics import desync

from .inputs import make_case
from .inputs_video import make_clicks, make_video
from .marks import mostly_marked

SOUNDS = ("square_8s", "square_8s_late0.6", "square_8s_early1.2", "chirp_noise_8s", "clicks_8s", "silence_8s")
SHIFTS = {"late0.6": 9600, "early1.2": -19200}
GOLDEN = golden("synchformer")


def at_16_khz(name: str) -> Tensor:
    """(1, 128000)."""
    base, _, shift = name.partition("8s_")
    base = f"{base}8s" if shift else name
    samples, rate = make_clicks(base) if base.startswith("square") else make_case(base)
    wave = sinc_resample(torch.from_numpy(samples), rate, 16_000)[:, :128_000]
    return wave.roll(SHIFTS.get(shift, 0), 1)


def difference(ours: Tensor, case: str) -> float:
    theirs = GOLDEN[case]
    assert ours.shape == theirs.shape
    return float(np.abs(ours.numpy() - theirs).max())


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_rule_checkpoint("synchformer", tmp_path_factory.mktemp("synchformer") / "synchformer_state_dict.pth")


@pytest.fixture(scope="module")
def encoder(checkpoint: Path) -> SynchformerEncoder:
    return SynchformerEncoder(checkpoint, kit="av-benchmark")


@pytest.fixture(scope="module")
def heard(encoder: SynchformerEncoder) -> Callable[[str], Tensor]:
    """Features of all segments of a sound, (24, 6, 768)."""
    return cache(lambda name: encoder.heard(at_16_khz(name))[0])


@pytest.fixture(scope="module")
def seen(encoder: SynchformerEncoder) -> Tensor:
    """Of ``square_8s``, (24, 8, 768)."""
    return encoder.seen(torch.from_numpy(make_video("square_8s")[0])[None])[0]


@pytest.mark.parametrize("name", ["square_8s", "chirp_noise_8s", "silence_8s"])
def test_1_the_wave(name: str) -> None:
    assert difference(at_16_khz(name)[0, 16_000:20_096], f"audio/{name}/wave4096") < 1e-6


@pytest.mark.parametrize("name", ["square_8s", "chirp_noise_8s", "silence_8s"])
def test_2_the_spectrogram(name: str) -> None:
    mel = LogMel()(at_16_khz(name)[0].unfold(0, SEGMENT, STEP)[[0, 7, 23]])
    assert mel.shape == (3, 128, 66)
    assert difference(mel[:, ::2, ::2], f"audio/{name}/spec_segments_0_7_23") < 2e-5


@pytest.mark.parametrize("name", ["square_8s", "square_10s"])
def test_2_the_pixels(name: str) -> None:
    frames = torch.from_numpy(make_video(name)[0][:200])
    pixels = normalised(centre_square(resized(frames)), (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    assert difference(pixels[::20, :, ::16, ::16], f"video/{name}/input_sub") < 1e-6


@pytest.mark.parametrize("name", mostly_marked(SOUNDS, "square_8s"))
def test_3_what_is_heard(heard: Callable[[str], Tensor], name: str) -> None:
    every = 1 if name == "square_8s" else 8
    assert difference(heard(name)[..., ::every], f"audio/{name}/afeats") < 2e-5


def test_3_what_is_seen_at_first(encoder: SynchformerEncoder) -> None:
    frames = torch.from_numpy(make_video("square_8s")[0][:16])
    assert difference(encoder.seen(frames[None])[0, 0], "video/square_8s/vfeats_seg0") < 2e-5


@pytest.mark.crosscheck  # a minute
def test_3_what_is_seen(seen: Tensor) -> None:
    assert difference(seen[..., ::2], "video/square_8s/vfeats") < 2e-5


@pytest.mark.crosscheck
def test_3_what_is_seen_of_a_wide_video(encoder: SynchformerEncoder) -> None:
    frames = torch.from_numpy(make_video("square_10s")[0])
    two = torch.cat([encoder.seen(frames[None, first : first + 16])[0] for first in (0, 96)])
    assert difference(two, "video/square_10s/vfeats_segments_0_12") < 2e-5


@pytest.mark.crosscheck  # needs all that is seen
@pytest.mark.parametrize("name", SOUNDS)
def test_4_the_offset(encoder: SynchformerEncoder, heard: Callable[[str], Tensor], seen: Tensor, name: str) -> None:
    logits = encoder.compare({"windows": windows(heard(name))}, {"windows": windows(seen)})
    assert logits.shape == (1, 2, 21)
    case = f"sync/square_8s+{name}"
    assert difference(logits[0, 0], f"{case}/logits_first14") < 1e-4
    assert difference(logits[0, 1], f"{case}/logits_last14") < 1e-4
    assert logits[0].argmax(-1).tolist() == GOLDEN[f"{case}/argmax"].tolist()
    estimate = desync.evaluate(logits.numpy(), encoder.offsets)
    assert estimate.value == pytest.approx(float(GOLDEN[f"{case}/desync"]), abs=1e-6)


@pytest.fixture
def sliced(omni: SynchformerEncoder, encoder: SynchformerEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is heard of a segment are its samples: which segments there are does not depend on the network."""
    for one in (omni, encoder):
        monkeypatch.setattr(one, "heard", lambda samples: samples.unfold(1, SEGMENT, STEP))


@pytest.mark.usefixtures("sliced")
def test_windows_are_the_first_and_the_last_14_segments(encoder: SynchformerEncoder) -> None:
    sound = at_16_khz("clicks_8s")
    assert torch.equal(encoder.audio(sound)["windows"], windows(sound[0].unfold(0, SEGMENT, STEP)))


@pytest.mark.usefixtures("sliced")
def test_all_that_lies_behind_8_s_is_left_out_by_av_benchmark(encoder: SynchformerEncoder) -> None:
    eight = at_16_khz("chirp_noise_8s")
    ten = torch.cat([eight, torch.full((1, 32_000), 0.3)], 1)
    assert torch.equal(encoder.audio(ten)["windows"], encoder.audio(eight)["windows"])


@pytest.mark.usefixtures("sliced")
def test_a_longer_sound_has_its_own_last_window(omni: SynchformerEncoder) -> None:
    """Of 12 s the last window begins at 7.04 s, at segment 22 of 36; the middle is not encoded."""
    samples = torch.cat([at_16_khz("chirp_noise_8s"), at_16_khz("clicks_8s")], 1)[:, : SEGMENT + 35 * STEP + 300]
    assert torch.equal(omni.audio(samples)["windows"][:, 1], omni.heard(samples[:, 22 * STEP :])[:, :14])


@pytest.fixture(scope="module")
def omni(checkpoint: Path) -> SynchformerEncoder:
    return SynchformerEncoder(checkpoint)


@pytest.mark.usefixtures("sliced")
@pytest.mark.parametrize("missing", [1, 800, 2000])
def test_a_sound_that_lacks_a_little_keeps_its_windows(omni: SynchformerEncoder, missing: int) -> None:
    """Or sound and picture of a clip would be compared 0.32 s apart."""
    whole = at_16_khz("chirp_noise_8s")
    padded = torch.cat([whole[:, : 128_000 - missing], torch.zeros(1, missing)], 1)
    assert torch.equal(omni.audio(whole[:, : 128_000 - missing])["windows"], omni.audio(padded)["windows"])


def test_what_is_too_short_is_refused_in_one_sentence(encoder: SynchformerEncoder, omni: SynchformerEncoder) -> None:
    with pytest.raises(UserError, match=r"4\.60 s are too short"):
        omni.audio(torch.zeros(1, 73_600))
    with pytest.raises(UserError, match=r"0\.04 s are too short"):
        omni.video(torch.zeros(1, 1, 64, 36, 3, dtype=torch.uint8))
    with pytest.raises(UserError, match=r"7\.99 s are too short.*exactly 8 s"):
        encoder.audio(torch.zeros(1, 127_900))
    with pytest.raises(UserError, match=r"7\.96 s are too short.*exactly 8 s"):
        encoder.video(torch.zeros(1, 199, 36, 64, 3, dtype=torch.uint8))


def test_it_is_a_synchroniser_that_counts_late_sound_as_positive(encoder: SynchformerEncoder) -> None:
    """Synchformer's own classes run from late to early sound: its readme calls 1.6 s early."""
    assert isinstance(encoder, Synchroniser)
    assert encoder.offsets[0] == 2.0
    assert sorted(encoder.offsets) == list(desync.OFFSETS)


def test_half_precision_hears_nearly_the_same(checkpoint: Path, omni: SynchformerEncoder) -> None:
    half = SynchformerEncoder(checkpoint, dtype=torch.bfloat16)
    ours, exact = (one.heard(at_16_khz("chirp_noise_8s")[:, : SEGMENT + 3 * STEP]) for one in (half, omni))
    assert ours.dtype == torch.float32
    assert 1e-4 < float((ours - exact).norm() / exact.norm()) < 0.03


def windows(features: Tensor) -> Tensor:
    return torch.stack([features[:14], features[-14:]])[None]
