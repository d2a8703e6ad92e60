"""Facts about the music, measured on its samples."""

from __future__ import annotations

import numpy as np
import pytest

from tests.suites.over import over
from vggsound_omni.suites.foleyworld.music import STYLES, synthesise_music
from vggsound_omni.suites.foleyworld.music.piece import BAR, Piece
from vggsound_omni.suites.foleyworld.scene import SAMPLE_RATE, Music
from vggsound_omni.suites.foleyworld.sounds.sound import Samples

LENGTH = 8 * SAMPLE_RATE
RHYTHMIC = ["upbeat electronic", "acoustic folk", "jazz trio"]


def play(name: str, seed: int = 0, tempo: float | None = None, length: int = LENGTH) -> Samples:
    tempo = sum(STYLES[name].tempo) / 2 if tempo is None else tempo
    return synthesise_music(Music(style=name, gain_db=0.0, tempo=tempo, seed=seed), length)


def levels(samples: Samples, frame: int) -> Samples:
    """(frames, bins) magnitudes of successive frames."""
    frames = samples[: len(samples) // frame * frame].reshape(-1, frame)
    return np.abs(np.fft.rfft(frames * np.hanning(frame)))


def test_six_styles_with_four_phrases_each() -> None:
    phrases = [phrase for style in STYLES.values() for phrase in style.phrases]
    assert [len(style.phrases) for style in STYLES.values()] == [4] * 6
    assert len(phrases) == len(set(phrases)) == 24
    assert all("music" in phrase or "jazz" in phrase for phrase in phrases)
    assert all(40 < style.tempo[0] < style.tempo[1] < 180 for style in STYLES.values())


@over("length", [LENGTH, 3 * SAMPLE_RATE, 2000])
@over("name", STYLES)
def test_clean_samples_of_the_length_asked_for(name: str, length: int) -> None:
    samples = play(name, length=length)
    assert samples.shape == (length,)
    assert np.all(np.isfinite(samples))
    assert np.abs(samples).max() == pytest.approx(1.0)


@over("name", STYLES)
def test_music_fades_at_both_ends_and_never_falls_silent_between(name: str) -> None:
    for seed in range(3):
        samples = play(name, seed)
        whole = np.sqrt(np.mean(samples**2))
        assert abs(samples.mean()) < 10 ** (-50 / 20) * whole
        assert max(abs(samples[0]), abs(samples[-1])) < 0.01
        parts = np.sqrt(np.mean(samples[1600:-1600].reshape(-1, 1600) ** 2, axis=1))
        assert parts.min() > 10 ** (-14 / 20) * whole


@over("name", STYLES)
def test_seed_decides_everything(name: str) -> None:
    first = play(name, 1)
    assert np.array_equal(first, play(name, 1))
    assert abs(np.corrcoef(first, play(name, 2))[0, 1]) < 0.3


@over("name", RHYTHMIC)
def test_tempo_is_measurable_by_autocorrelation(name: str) -> None:
    hop = 160
    for tempo in STYLES[name].tempo:
        samples = play(name, 3, tempo)
        flux = np.maximum(np.diff(np.sqrt(levels(samples, hop)), axis=0), 0).sum(1)
        flux -= flux.mean()
        correlation = np.correlate(flux, flux, "full")[len(flux) - 1 :] / np.arange(len(flux), 0, -1)
        lags = np.arange(round(0.7 * 6000 / tempo), round(1.4 * 6000 / tempo))
        beat = lags[correlation[lags].argmax()] * hop / SAMPLE_RATE
        assert 60 / beat == pytest.approx(tempo, rel=0.04)


def test_styles_differ_by_more_than_chance() -> None:
    edges = np.unique(np.round(np.geomspace(3, 512, 21)).astype(int))

    def features(samples: Samples) -> Samples:
        bands = np.log10(np.add.reduceat(levels(samples, 1024) ** 2, edges, axis=1)[1:-1] + 1e-6)
        return np.concatenate((bands.mean(0) - bands.mean(), bands.std(0), np.abs(np.diff(bands, axis=0)).mean(0)))

    heard = np.array([[features(play(name, seed)) for seed in range(5)] for name in STYLES])
    heard /= heard[:, :3].std((0, 1))
    train, test = heard[:, :3].mean(1), heard[:, 3:]
    nearest = np.linalg.norm(test[:, :, None] - train, axis=3).argmin(2)
    assert np.array_equal(nearest, np.repeat(np.arange(6)[:, None], 2, axis=1))


def test_melody_stays_in_range_and_meets_the_chord_on_full_beats() -> None:
    piece = Piece.compose((("minor", (0, 5, 2, 6)),), 120, LENGTH, np.random.default_rng(0))
    notes = list(piece.melody(((1, 0.5, 0.5, -1, 1), (0.5, 0.5, 1, 2)), 3, 12))
    assert len(notes) > 10
    for beat, beats, degree in notes:
        assert 3 <= degree <= 12
        assert beat // BAR == (beat + beats - 1e-9) // BAR
        if beat == int(beat):
            assert degree % 7 in {tone % 7 for tone in piece.chord(beat)}


def test_octaves_double_the_frequency() -> None:
    piece = Piece.compose((("major", (0, 3, 4, 0)),), 100, LENGTH, np.random.default_rng(1))
    assert piece.hertz(7) == pytest.approx(2 * piece.hertz(0))
    assert piece.hertz(3, -1) == pytest.approx(piece.hertz(3) / 2)
    assert piece.hertz(4) / piece.hertz(0) == pytest.approx(1.5, rel=0.002)
