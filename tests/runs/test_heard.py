"""Copies of recordings are found, whatever was done to hide them at little cost, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from rich.console import Console

from vggsound_omni.media import read_audio, resample
from vggsound_omni.media.write import write_sound
from vggsound_omni.present.report import write_report
from vggsound_omni.protocol import Audio
from vggsound_omni.runs.generate import generate
from vggsound_omni.runs.heard import OTHERS, OWN, alone, borrowed, correlation, fingerprint, spectrum
from vggsound_omni.runs.plan import RunOptions
from vggsound_omni.runs.score import ScoreOptions, score
from vggsound_omni.suites.foleyworld import SAMPLE_RATE, render_audio, scene

SECONDS = 8.0


def recording(number: int) -> Audio:
    """A scene's sound."""
    return Audio(samples=render_audio(scene("validation", "main", number))[np.newaxis], sample_rate=SAMPLE_RATE)


def quieter(audio: Audio, _: Path) -> Audio:
    return Audio(samples=-0.01 * audio.samples, sample_rate=audio.sample_rate)


def resampled(audio: Audio, _: Path) -> Audio:
    return Audio(samples=resample(audio.samples, audio.sample_rate, 44_100), sample_rate=44_100)


def coded(audio: Audio, folder: Path) -> Audio:
    path = folder / "coded.opus"
    sound = resampled(audio, folder)
    sound = Audio(samples=resample(sound.samples, 44_100, 48_000), sample_rate=48_000)
    with av.open(str(path), "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=48_000, layout="mono")
        stream.bit_rate = 32_000
        write_sound(container, stream, sound)
    return read_audio(path)


def late(audio: Audio, _: Path) -> Audio:
    return Audio(samples=np.roll(audio.samples, round(0.4 * audio.sample_rate)), sample_rate=audio.sample_rate)


def noisy(audio: Audio, _: Path) -> Audio:
    noise = np.random.default_rng(0).standard_normal(audio.samples.shape) * 0.5 * audio.samples.std()
    return Audio(samples=(audio.samples + noise).astype(np.float32), sample_rate=audio.sample_rate)


def stereo(audio: Audio, _: Path) -> Audio:
    return Audio(samples=np.repeat(audio.samples, 2, axis=0), sample_rate=audio.sample_rate)


@pytest.mark.parametrize("hide", [quieter, resampled, coded, late, noisy, stereo])
def test_a_copy_is_found_under_what_costs_little(hide: object, tmp_path: Path) -> None:
    assert callable(hide)
    own = [recording(number) for number in range(4)]
    spectra = [spectrum(one, SECONDS) for one in own]
    found = 0
    for place, one in enumerate(own):
        sound = spectrum(hide(one, tmp_path), SECONDS)
        others = [other for k, other in enumerate(spectra) if k != place]
        found += correlation(sound, spectra[place]) > OWN and alone(sound, others)
    assert found == len(own)


def test_other_recordings_are_no_copies() -> None:
    spectra = [spectrum(recording(number), SECONDS) for number in range(12)]
    pairs = [correlation(one, other) for k, one in enumerate(spectra) for other in spectra[:k]]
    assert max(pairs) < OWN
    assert np.mean([pair < OTHERS for pair in pairs]) > 0.9


def test_recordings_of_other_items_are_borrowed_and_nothing_else_is(tmp_path: Path) -> None:
    own = {str(k): recording(k) for k in range(8)}
    prints = {name: fingerprint(one, SECONDS) for name, one in own.items()}
    assert borrowed(prints, prints) == set(), "an item's own recording is a copy"
    swapped = {str(k): fingerprint(quieter(own[str(k ^ 1)], tmp_path), SECONDS) for k in range(6)}
    swapped["6"] = fingerprint(recording(99), SECONDS)
    swapped["7"] = np.zeros_like(prints["7"])
    assert borrowed(swapped, prints) == set("012345")
    silent = {"a": np.zeros(8, np.float32), "b": np.zeros(8, np.float32)}
    assert borrowed(silent, silent) == set()


def test_correlation_is_that_of_the_definition() -> None:
    rng = np.random.default_rng(1)
    one, other = (rng.standard_normal(8000) for _ in range(2))
    other[500:] += 0.7 * one[:-500]
    bands = [np.fft.rfft(x, 2 * 8000) for x in (one, other)]
    for band in bands:
        band[: 20 * 2] = 0  # the padded second has two bins a Hz
    one, other = (np.fft.irfft(band) for band in bands)
    lags = [abs(np.dot(one, np.roll(other, -k))) for k in range(-4000, 4001)]
    expected = max(lags) / np.sqrt(np.dot(one, one) * np.dot(other, other))
    given = [
        spectrum(Audio(samples=x[np.newaxis, :8000].astype(np.float32), sample_rate=8000), 1.0) for x in (one, other)
    ]
    assert correlation(*given) == pytest.approx(expected, abs=0.02)


def test_silence_is_like_nothing() -> None:
    silent = spectrum(Audio(samples=np.zeros((1, 8000), np.float32), sample_rate=8000), 1.0)
    assert correlation(silent, silent) == 0.0


@pytest.mark.parametrize(("model", "marked"), [("oracle", True), ("shuffled", False), ("noise", False)])
def test_a_run_that_had_the_recordings_is_marked(
    model: str, marked: bool, scenes: Callable[[int], str], tmp_path: Path
) -> None:
    asked = RunOptions(suite=scenes(8), track="t2a", model=model, output=tmp_path / "run")
    quiet = Console(quiet=True)
    plan = generate(asked, quiet)
    result = score(asked.output, quiet, ScoreOptions(encoder_set="foleyworld"), plan=plan)
    assert result.heard is not None
    assert (result.heard.compared, result.heard.marked) == (8, marked)
    assert bool(result.heard.borrowed) == (model == "shuffled")
    assert any("heard the reference" in warning for warning in result.warnings) == marked
    assert ("heard the reference" in write_report(asked.output, result, plan.suite, plan.items).read_text()) == marked
