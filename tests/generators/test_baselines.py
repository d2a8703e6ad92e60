"""What the baselines answer, and that it depends on nothing it should not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import welch

from vggsound_omni.errors import UserError
from vggsound_omni.generators.baselines.lengths import cut_or_loop, cut_or_pad, sample_count
from vggsound_omni.generators.baselines.noise import Noise, speech_shaped_noise
from vggsound_omni.generators.baselines.oracle import Oracle
from vggsound_omni.generators.baselines.shuffled import Shuffled
from vggsound_omni.generators.baselines.silence import Silence
from vggsound_omni.generators.check.conformance import ConformanceError, validate
from vggsound_omni.media import write_wav
from vggsound_omni.protocol import Audio
from vggsound_omni.suites.suite import Item, Media

from .samples import request


class Clips:
    """A suite of WAV files; clip k is a constant k / 100, so that each can be told."""

    name = "clips"
    version = "1"
    encoder_set = "pretrained"

    def __init__(self, folder: Path, names: Sequence[str], silent: Sequence[str] = (), seconds: float = 0.5) -> None:
        self.folder = folder
        self.list = [
            Item(id=name, stratum="main", duration=seconds, caption=name, has_audio=name not in silent)
            for name in names
        ]
        self.seconds = seconds

    def items(self) -> Sequence[Item]:
        return self.list

    def media(self, item: Item) -> Media:
        path = self.folder / f"{item.id}.wav"
        level = (self.list.index(item) + 1) / 100
        samples = np.full((1, round(self.seconds * 16_000)), level, np.float32)
        samples[0, 0] = 0.9
        write_wav(path, Audio(samples=samples, sample_rate=16_000), "FLOAT")
        return Media(video=None, audio=path)

    def media_version(self, item: Item) -> str:
        return item.id

    def check(self, items: Sequence[Item]) -> None:
        """Nothing to do."""


def level(audio: Audio) -> int:
    return round(float(audio.samples[0, 1]) * 100)


def test_silence_is_silent_by_intent_and_noise_by_none() -> None:
    (audio,) = Silence().generate([request(duration=1.25)])
    assert not audio.samples.any()
    assert audio.duration == 1.25
    assert validate(audio, request(duration=1.25), may_be_silent=Silence.card.extra["silent"])
    assert Noise.card.extra == {}


def test_noise_depends_only_on_the_seed() -> None:
    asked = [request("a", seed=1), request("b", seed=2), request("c", seed=1, text="else")]
    first, second, third = Noise().generate(asked)
    assert not np.array_equal(first.samples, second.samples)
    np.testing.assert_array_equal(first.samples, third.samples)
    np.testing.assert_array_equal(Noise().generate(asked[1:2])[0].samples, second.samples)


def test_noise_is_as_loud_as_promised_and_conforms() -> None:
    (audio,) = Noise().generate([request(duration=8.0)])
    assert 10 * np.log10(np.mean(audio.samples.astype(np.float64) ** 2)) == pytest.approx(-26.0, abs=0.001)
    validate(audio, request(duration=8.0))


def test_noise_has_the_third_octave_levels_of_speech() -> None:
    samples = speech_shaped_noise(44_100 * 60, 44_100, np.random.default_rng(0))
    frequencies, density = welch(samples, 44_100, nperseg=16_384)
    measured = []
    # Byrne et al. 1994: 62.1 dB around 500 Hz, 53.7 at 1 kHz, 48.7 at 2 kHz, 45.6 at 4 kHz, 43.7 at 8 kHz.
    for centre in (500, 1000, 2000, 4000, 8000):
        band = (frequencies >= centre * 2 ** (-1 / 6)) & (frequencies < centre * 2 ** (1 / 6))
        measured.append(10 * np.log10(density[band].sum()))
    np.testing.assert_allclose(np.array(measured) - measured[0], [0, -8.4, -13.4, -16.5, -18.4], atol=1.0)


def test_the_oracle_is_the_recording_itself_cut_or_padded(tmp_path: Path) -> None:
    ceiling = Oracle(Clips(tmp_path, ["a", "b"]))
    exact, short, long = ceiling.generate([request("b"), request("b", duration=0.25), request("a", duration=1.0)])
    assert (level(exact), level(short), level(long)) == (2, 2, 1)
    assert (exact.samples.shape, short.samples.shape, long.samples.shape) == ((1, 8000), (1, 4000), (1, 16_000))
    assert not long.samples[0, 8000:].any()


def test_an_item_without_recording_is_missing(tmp_path: Path) -> None:
    ceiling = Oracle(Clips(tmp_path, ["a", "b"], silent=["b"]))
    for name in ("b", "unheard of"):
        with pytest.raises(ConformanceError) as caught:
            ceiling.generate([request(name)])
        assert caught.value.rule == "missing"


names = st.lists(st.text("abcdefgh0123", min_size=1, max_size=6), min_size=2, max_size=40, unique=True)


@given(names=names, seed=st.integers(0, 99))
def test_shuffling_gives_nobody_their_own_and_uses_each_once(names: list[str], seed: int) -> None:
    shuffled = Shuffled(Clips(Path(), names), seed=seed)
    donors = {name: shuffled.donor(name).id for name in names}
    assert all(name != donor for name, donor in donors.items())
    assert sorted(donors.values()) == sorted(names)


@given(names=names)
def test_who_gets_which_does_not_depend_on_order(names: list[str]) -> None:
    forwards, backwards = Shuffled(Clips(Path(), names)), Shuffled(Clips(Path(), names[::-1]))
    assert [forwards.donor(name).id for name in names] == [backwards.donor(name).id for name in names]


def test_another_seed_pairs_otherwise_and_the_request_s_seed_does_not(tmp_path: Path) -> None:
    suite = Clips(tmp_path, [f"clip{number}" for number in range(20)])
    asked = [request(item.id, seed=seed) for seed, item in enumerate(suite.items())]
    levels = [level(audio) for audio in Shuffled(suite).generate(asked)]
    assert levels != [level(audio) for audio in Shuffled(suite, seed=1).generate(asked)]
    assert [level(audio) for audio in Shuffled(suite).generate([asked[3]])] == levels[3:4]
    assert level(Shuffled(suite).generate([request("clip3", seed=99)])[0]) == levels[3]


def test_an_item_without_recording_gets_another_s_and_short_ones_are_looped(tmp_path: Path) -> None:
    suite = Clips(tmp_path, ["a", "b", "mute"], silent=["mute"])
    (audio,) = Shuffled(suite).generate([request("mute", duration=1.25)])
    assert level(audio) in (1, 2)
    assert audio.samples.shape == (1, 20_000)
    np.testing.assert_array_equal(np.flatnonzero(audio.samples[0] > 0.5), [0, 8000, 16_000])


def test_one_recording_cannot_be_swapped(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="fewer than two recordings"):
        Shuffled(Clips(tmp_path, ["a", "b"], silent=["b"]))


@given(st.integers(1, 50), st.integers(1, 200))
def test_looping_and_padding_begin_with_the_sound(have: int, want: int) -> None:
    samples = np.arange(1, have + 1, dtype=np.float32)[None]
    common = min(have, want)
    for made in (cut_or_loop(samples, want), cut_or_pad(samples, want)):
        assert made.shape == (1, want)
        np.testing.assert_array_equal(made[:, :common], samples[:, :common])
    assert cut_or_loop(samples, want).min() >= 1
    assert not cut_or_pad(samples, want)[:, have:].any()


def test_seconds_become_the_nearest_count_of_samples() -> None:
    assert [sample_count(d, 44_100) for d in (1.0, 0.1, 8.0, 1e-9)] == [44_100, 4410, 352_800, 1]
