"""YAMNet computes what TensorFlow computes of the published model, from the samples to the probabilities."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from rich.console import Console

from tests.encoders.pretrained.hearing import apart, noise
from vggsound_omni.encoders.encoder import AudioEncoder, Tagger
from vggsound_omni.encoders.open.yamnet.parity.make_golden import cases
from vggsound_omni.encoders.open.yamnet.port import PATCH, PATCH_HOP, YamnetEncoder
from vggsound_omni.encoders.pretrained.rule import golden
from vggsound_omni.errors import UserError
from vggsound_omni.features.files import encode_files

GOLDEN = golden("yamnet")
SOUNDS = cases()


@pytest.fixture(scope="module")
def encoder(yamnet: Path) -> YamnetEncoder:
    return YamnetEncoder(yamnet)


@pytest.mark.parametrize("name", SOUNDS)
def test_spectra_patches_and_probabilities(encoder: YamnetEncoder, name: str) -> None:
    sound = torch.from_numpy(SOUNDS[name])[None]
    patches = encoder.front_end(sound)[0]
    frames = torch.cat([patches[0], *patches[1:, 48:]])  # each patch but the first adds its second half
    published = GOLDEN[f"{name}/log_mel_s8"]
    assert apart(frames[::8], published) < 2e-3 * np.abs(published).max(), "single precision, near the floor"
    outputs = encoder.audio(sound)
    published = GOLDEN[f"{name}/patches_s4"]
    assert apart(outputs["patches"][0, :, ::4], published) < 1e-4 * np.abs(published).max()
    published = GOLDEN[f"{name}/probabilities"]
    with torch.inference_mode():
        assert apart(encoder.network(patches)[1].sigmoid(), published) < 1e-4
    assert apart(outputs["probabilities"][0], published.mean(0)) < 1e-4
    assert apart(outputs["peaks"][0], published.max(0)) < 1e-4


def test_it_is_a_tagger_that_says_what_it_is(encoder: YamnetEncoder) -> None:
    assert isinstance(encoder, AudioEncoder)
    assert isinstance(encoder, Tagger)
    assert encoder.card.parameters == 3_751_369, "as the package's variables count"
    assert encoder.card.published
    assert len(encoder.classes) == 521
    assert (encoder.classes[0], encoder.classes[132], encoder.classes[494]) == ("Speech", "Music", "Silence")


@pytest.mark.parametrize(
    ("samples", "patches"), [(1, 1), (1_600, 1), (PATCH, 1), (PATCH + 1, 2), (PATCH + PATCH_HOP, 2), (128_000, 16)]
)
def test_silence_fills_the_last_patch(encoder: YamnetEncoder, samples: int, patches: int) -> None:
    outputs = encoder.audio(noise(samples / 16_000, 16_000))
    assert outputs["patches"].shape == (1, patches, 1024)
    assert all(values.isfinite().all() for values in outputs.values())


@pytest.mark.parametrize("seconds", [30, pytest.param(600, marks=pytest.mark.soak)])
def test_long_silence(encoder: YamnetEncoder, seconds: int) -> None:
    outputs = encoder.audio(torch.zeros(1, seconds * 16_000))
    assert outputs["patches"].shape == (1, -(-(seconds * 16_000 - PATCH) // PATCH_HOP) + 1, 1024)
    assert encoder.classes[int(outputs["probabilities"][0].argmax())] == "Silence"
    short = encoder.audio(torch.zeros(1, 16_000))
    torch.testing.assert_close(outputs["logits"], short["logits"], atol=0, rtol=1e-4)


def test_logits_are_those_of_the_mean_probabilities(encoder: YamnetEncoder) -> None:
    sound = torch.cat([noise(2.0, 16_000), torch.zeros(1, 32_000)], dim=1)
    outputs = encoder.audio(sound)
    torch.testing.assert_close(outputs["logits"].sigmoid(), outputs["probabilities"], atol=1e-6, rtol=1e-3)
    silence = encoder.classes.index("Silence")
    assert 0.3 < outputs["probabilities"][0, silence] < 0.9, "half of it is silent"
    assert outputs["logits"].abs().max() <= 20, "though digital silence has logits of 500"


def test_what_is_no_sound_is_refused(encoder: YamnetEncoder) -> None:
    sound = noise(1.0, 16_000)
    sound[0, 7] = torch.nan
    with pytest.raises(UserError, match="not finite"):
        encoder.audio(sound)
    with pytest.raises(UserError, match="YAMNet hears"):
        encoder.audio(torch.zeros(1, 0))


@pytest.mark.parametrize("seconds", [8, pytest.param(600, marks=pytest.mark.soak)])
def test_odd_files_are_heard(encoder: YamnetEncoder, tmp_path: Path, seconds: int) -> None:
    sounds = {
        "tenth": (noise(0.1, 16_000), 16_000, 1),
        "silent": (torch.zeros(1, 32_000), 16_000, 4),
        "telephone": (noise(2.0, 8_000), 8_000, 4),
        "long": (noise(float(seconds), 8_000), 8_000, -(-(seconds * 16_000 - PATCH) // PATCH_HOP) + 1),
    }
    for name, (samples, rate, _) in sounds.items():
        soundfile.write(tmp_path / f"{name}.wav", samples[0].numpy(), rate, subtype="FLOAT")
    found = encode_files(encoder, [tmp_path], Console(quiet=True))
    assert not found.failures
    for name, (_, _, patches) in sounds.items():
        assert found.arrays[f"{name}/patches"].shape == (patches, 1024)
        assert found.arrays[f"{name}/embedding"].shape == (1024,), "of the clip, as docs/encoders.md says"
        np.testing.assert_allclose(
            found.arrays[f"{name}/embedding"], found.arrays[f"{name}/patches"].mean(0), rtol=1e-4, atol=1e-5
        )
        assert all(np.isfinite(found.arrays[f"{name}/{output}"]).all() for output in ("logits", "peaks"))
    assert encoder.classes[int(found.arrays["silent/probabilities"].argmax())] == "Silence"


def test_rows_do_not_depend_on_the_batch(encoder: YamnetEncoder) -> None:
    sound = noise(1.0, 16_000, rows=3)
    together = encoder.audio(sound)["embedding"]
    alone = torch.cat([encoder.audio(row[None])["embedding"] for row in sound])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=0)


def test_bfloat16_keeps_the_direction(encoder: YamnetEncoder, yamnet: Path) -> None:
    sound = torch.from_numpy(SOUNDS["stereo_10s"])[None]
    exact, rough = encoder.audio(sound), YamnetEncoder(yamnet, dtype=torch.bfloat16).audio(sound)
    for output in ("embedding", "logits"):
        assert rough[output].dtype == torch.float32
        assert not torch.equal(rough[output], exact[output])
        assert torch.cosine_similarity(rough[output], exact[output]).min() > 0.999
