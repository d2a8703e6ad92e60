"""What the ear tells of recordings, of changed recordings, and of nothing."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy import signal

from vggsound_omni.encoders.encoder import Outputs
from vggsound_omni.encoders.foleyworld.ear.encoder import MOST_EVENTS, MOST_ONSETS, EarEncoder, _rows
from vggsound_omni.encoders.foleyworld.ear.names import ACTS
from vggsound_omni.encoders.foleyworld.ear.scores import counts, scores
from vggsound_omni.encoders.preparation import prepare
from vggsound_omni.encoders.registry import ENCODERS, load_encoder
from vggsound_omni.errors import UserError
from vggsound_omni.generators.baselines.fakes import composed
from vggsound_omni.media import sinc_resample
from vggsound_omni.media.codecs import Codec, coded
from vggsound_omni.metrics import coverage, likeness
from vggsound_omni.suites.foleyworld import Scene, render_audio, scene
from vggsound_omni.suites.foleyworld.suite import _truth

Floats = NDArray[np.float32]
RATE = 16_000
_SCENES = [("validation", "main", k) for k in range(22)] + [("validation", "conflict", k) for k in range(4)]
SECONDS = np.arange(8 * RATE) / RATE


@pytest.fixture(scope="module")
def ear() -> EarEncoder:
    found = load_encoder(ENCODERS["foleyworld-ear"])
    assert isinstance(found, EarEncoder)
    return found


@pytest.fixture(scope="module")
def scenes() -> list[Scene]:
    return [scene(*key) for key in _SCENES]


@pytest.fixture(scope="module")
def recordings(scenes: list[Scene]) -> Floats:
    return np.stack([render_audio(one) for one in scenes])


def rows(outputs: Outputs, name: str) -> list[Floats]:
    """The rows of each clip that are not padding; all padding comes last."""
    found = []
    for clip in outputs[name].numpy():
        there = ~np.isnan(clip[:, 0])
        assert not np.any(np.diff(there.astype(int)) > 0)
        assert np.isnan(clip[~there]).all()
        assert np.isfinite(clip[there]).all()
        found.append(clip[there])
    return found


def judged(ear: EarEncoder, scenes: list[Scene], sounds: Floats) -> dict[str, float]:
    outputs = ear.audio(torch.from_numpy(sounds))
    return scores(scenes, rows(outputs, "onsets"), rows(outputs, "events"))


def test_recordings_are_heard_as_they_are(ear: EarEncoder, scenes: list[Scene], recordings: Floats) -> None:
    found = judged(ear, scenes, recordings)
    assert found["onset recall within 50 ms"] > 0.9
    assert found["onset F1 within 50 ms"] > 0.85
    assert found["F1 of classes with counts, one source"] > 0.85
    assert found["F1 of classes with counts, mixtures"] > 0.6


def test_the_card_reaches_what_was_asked(ear: EarEncoder) -> None:
    held_out = ear.card.held_out
    assert held_out["onset recall within 50 ms"] >= 0.95
    assert held_out["onset F1 within 50 ms"] >= 0.9
    assert held_out["F1 of classes with counts, one source"] >= 0.9
    assert held_out["F1 of classes with counts, mixtures"] >= 0.75


def changed(kind: str, sounds: Floats) -> Floats:
    rng = np.random.default_rng(0)
    if kind == "softer by 6 dB":
        return np.asarray(sounds / 2, np.float32)
    if kind == "louder by 6 dB":
        return np.asarray(sounds * 2, np.float32)
    if kind == "noise at -40 dB":
        level = np.sqrt(np.mean(sounds**2, axis=1, keepdims=True)) / 100
        return sounds + (rng.standard_normal(sounds.shape) * level).astype(np.float32)
    if kind == "MP3 at 128 kbit/s":
        parts = [coded(one, RATE, Codec.MP3, 128)[: sounds.shape[1]] for one in sounds]
        return np.stack([np.pad(one, (0, sounds.shape[1] - len(one))) for one in parts]).astype(np.float32)
    if kind == "stereo":
        both = torch.from_numpy(np.stack([sounds, 0.6 * sounds], axis=1))
        return prepare(both, RATE, EarEncoder.audio_input).numpy()
    high = sinc_resample(torch.from_numpy(sounds), RATE, 48_000)
    return prepare(high[:, None], 48_000, EarEncoder.audio_input).numpy()


@pytest.mark.parametrize(
    "kind", ["softer by 6 dB", "louder by 6 dB", "noise at -40 dB", "MP3 at 128 kbit/s", "stereo", "48 kHz"]
)
def test_what_does_not_matter_changes_little(
    kind: str, ear: EarEncoder, scenes: list[Scene], recordings: Floats
) -> None:
    part, truth = recordings[:12], scenes[:12]
    plain, other = judged(ear, truth, part), judged(ear, truth, changed(kind, part))
    for name in ("onset recall within 50 ms", "onset F1 within 50 ms", "F1 of classes with counts, one source"):
        assert other[name] == pytest.approx(plain[name], abs=0.06), name


def test_nothing_is_named_in_sounds_of_no_class(ear: EarEncoder) -> None:
    rng = np.random.default_rng(3)
    white = rng.standard_normal((6, len(SECONDS)))
    pink = np.fft.irfft(np.fft.rfft(white[0]) * np.arange(1, len(SECONDS) // 2 + 2) ** -0.5, len(SECONDS))
    sounds = [
        np.zeros(len(SECONDS)),
        white[1],
        np.round(white[2]) / 2**15,
        pink,
        np.sin(2 * np.pi * 440 * SECONDS),
        signal.chirp(SECONDS, 100, 8, 5000),
        (np.arange(len(SECONDS)) % 4000 == 0) * 1.0,
        white[3] * np.exp(-(SECONDS % 0.7) / 0.03),
        white[4] * (np.sin(2 * np.pi * 3 * SECONDS) > 0),
    ]
    batch = np.stack([0.5 * one / max(np.abs(one).max(), 1e-4) for one in sounds]).astype(np.float32)
    events = rows(ear.audio(torch.from_numpy(batch)), "events")
    assert sum(len(one) > 0 for one in events) <= 1
    assert not len(events[0])


@pytest.mark.parametrize(
    "kind", ["softer by 6 dB", "louder by 6 dB", "noise at -40 dB", "MP3 at 128 kbit/s", "stereo", "48 kHz"]
)
def test_recordings_sound_like_examples_whatever_does_not_matter(
    kind: str, ear: EarEncoder, scenes: list[Scene], recordings: Floats
) -> None:
    plain, other = (ear.audio(torch.from_numpy(one)) for one in (recordings, changed(kind, recordings)))
    found = coverage.evaluate(plain["examples"].numpy(), other["examples"].numpy())
    assert found.facts["examples_reference"] > 100
    assert found.value == pytest.approx(1, abs=0.1)
    truths = [_truth(one) for one in scenes]
    own, same = (likeness.evaluate(one["likeness"].numpy(), truths) for one in (plain, other))
    assert own.value > 0.75
    assert same.value == pytest.approx(own.value, abs=0.05)


def test_damaged_recordings_sound_like_fewer_examples_and_what_the_ear_is_fooled_by_like_none(
    ear: EarEncoder, scenes: list[Scene], recordings: Floats
) -> None:
    power = np.sqrt(np.mean(recordings**2, axis=1, keepdims=True))
    noise = np.random.default_rng(6).standard_normal(recordings.shape) * power
    dull = signal.sosfiltfilt(signal.butter(6, 2000, fs=RATE, output="sos"), recordings, axis=1)
    bursts = [composed(_truth(one), len(SECONDS), np.random.default_rng(k), {}) for k, one in enumerate(scenes)]
    sounds = (recordings, recordings + 0.3 * noise, recordings + noise, dull, noise, 0 * noise, np.stack(bursts))
    plain, *others = (ear.audio(torch.from_numpy(one.astype(np.float32))) for one in sounds)
    examples, truths = plain["examples"].numpy(), [_truth(one) for one in scenes]
    some, much, dulled, nothing, silence, fooled = (
        coverage.evaluate(examples, one["examples"].numpy()).value for one in others
    )
    assert 0.8 > some > much
    assert max(much, dulled, fooled) < 0.15
    assert nothing == silence == 0
    some, much, dulled, nothing, silence, fooled = (
        likeness.evaluate(one["likeness"].numpy(), truths).value for one in others
    )
    assert some > 0.8, "a class that noise drowns is not heard, and so not held against a clip"
    assert 0.6 > much > max(dulled, fooled)
    assert max(dulled, fooled) < 0.2
    assert nothing == silence == 0
    heard = judged(ear, scenes, np.stack(bursts).astype(np.float32))
    assert heard["F1 of classes with counts, one source"] > 0.4, "the trees alone take bursts for the real thing"


def test_an_act_is_near_the_examples_of_its_class_that_reach_it(ear: EarEncoder) -> None:
    known = ear.likeness
    assert set(known.acts.tolist()) == set(range(len(ACTS)))
    spread = np.linalg.inv(known.turn.astype(np.float64))
    for number in (0, 700, len(known.acts) - 1):
        features = ((known.points[number].astype(np.float64) @ spread) * known.scale + known.centre)[None]
        own = int(known.acts[number])
        near = known.near(features.astype(np.float32), np.array([own]))
        assert number in near
        assert set(known.acts[near].tolist()) == {own}
        assert not len(known.near(features.astype(np.float32) + 9 * known.scale, np.array([own])))
    assert not len(known.near(np.empty((0, len(known.centre)), np.float32), np.empty(0, np.intp)))


def test_noise_with_the_envelope_of_a_recording_has_its_onsets_and_not_its_classes(
    ear: EarEncoder, scenes: list[Scene], recordings: Floats
) -> None:
    power = signal.oaconvolve(recordings**2, np.ones((1, 320)) / 320, mode="same", axes=1)
    noise = np.random.default_rng(4).standard_normal(recordings.shape)
    fake = (np.sqrt(np.maximum(power, 0)) * noise).astype(np.float32)
    found = judged(ear, scenes, fake)
    assert found["onset recall within 50 ms"] > 0.7
    assert found["F1 of classes with counts, one source"] < 0.2


def test_onsets_of_clicks_lie_where_they_are(ear: EarEncoder) -> None:
    times = np.array([0.5, 1.21, 2.0, 3.333, 6.9])
    sound = 1e-4 * np.random.default_rng(5).standard_normal(len(SECONDS))
    for at in times:
        first = round(at * RATE)
        sound[first : first + 1600] += 0.4 * np.exp(-np.arange(1600) / 300) * np.sin(np.arange(1600) * 0.8)
    (found,) = rows(ear.audio(torch.from_numpy(sound[None].astype(np.float32))), "onsets")
    assert len(found) == len(times)
    assert np.abs(found[:, 0] - times).max() < 0.015


def test_events_have_times_within_the_clip_and_levels_that_follow_the_gain(ear: EarEncoder, recordings: Floats) -> None:
    part = torch.from_numpy(recordings[:8])
    loud, soft = (rows(ear.audio(one), "events") for one in (part, part / 2))
    compared = 0
    for a, b in zip(loud, soft, strict=True):
        assert np.all((a[:, 1] >= 0) & (a[:, 2] > a[:, 1]) & (a[:, 2] <= 8.05))
        assert np.all(np.diff(a[:, 1]) >= 0)
        if counts(a) == counts(b) and len(a) == len(b):
            assert np.allclose(a[:, 3] - b[:, 3], 20 * np.log10(2), atol=0.5)
            compared += 1
    assert compared >= 6


def test_a_clip_is_heard_alike_in_any_batch(ear: EarEncoder, recordings: Floats) -> None:
    part = torch.from_numpy(recordings[:5])
    together, alone = ear.audio(part), ear.audio(part[2:3])
    for name in ("onsets", "events", "examples", "likeness"):
        assert torch.allclose(together[name][2:3], alone[name], atol=1e-4, equal_nan=True)


def test_no_gradient_leads_through_it(ear: EarEncoder) -> None:
    outputs = ear.audio(torch.zeros(1, RATE, requires_grad=True))
    assert not any(one.requires_grad for one in outputs.values())


@pytest.mark.parametrize("length", [0, 1, 200, 5000, 9 * RATE + 37])
def test_any_length_is_heard(length: int, ear: EarEncoder) -> None:
    sound = 0.1 * torch.randn(2, length, generator=torch.Generator().manual_seed(0))
    outputs = ear.audio(sound)
    assert outputs["onsets"].shape == (2, MOST_ONSETS, 2)
    assert outputs["events"].shape == (2, MOST_EVENTS, 4)
    assert outputs["onsets"].dtype == outputs["events"].dtype == torch.float32


def test_sound_that_is_not_finite_is_refused(ear: EarEncoder) -> None:
    with pytest.raises(UserError, match="NaN or infinite"):
        ear.audio(torch.full((1, RATE), torch.nan))


def test_of_too_many_rows_the_largest_are_told_in_order() -> None:
    many = np.stack([np.arange(10), [3, 9, 1, 8, 2, 7, 4, 6, 5, 0]], axis=1).astype(np.float32)
    (kept,) = _rows([many], most=3, by=1).numpy()
    assert kept[:, 0].tolist() == [1, 3, 5]
