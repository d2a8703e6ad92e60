"""Each rule: what just keeps it, what just breaks it, and that the most telling one is named."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from vggsound_omni.generators.check.conformance import RULES, ConformanceError, validate
from vggsound_omni.protocol import Audio

from .samples import request

RATE = 16_000


def sound(channels: int = 1, count: int = 8000, peak: float = 0.5) -> np.ndarray[Any, np.dtype[np.float32]]:
    samples = np.full((channels, count), peak, np.float32)
    samples[:, ::2] *= -1
    return samples


def broken(samples: Any, rate: Any = RATE, duration: float = 0.5) -> ConformanceError:
    with pytest.raises(ConformanceError) as caught:
        validate(Audio(samples=samples, sample_rate=rate), request(duration=duration))
    assert caught.value.rule in RULES
    return caught.value


@given(
    rate=st.integers(8_000, 192_000),
    channels=st.sampled_from([1, 2]),
    peak=st.floats(0.0011, 1.0),
    error=st.floats(-0.0099, 0.0099),
)
def test_whatever_keeps_the_rules_comes_back_unchanged(rate: int, channels: int, peak: float, error: float) -> None:
    samples = sound(channels, round(0.1 * rate * (1 + error)), peak)
    duration = samples.shape[1] / rate / (1 + error)
    audio = validate(Audio(samples=samples, sample_rate=rate), request(duration=duration))
    assert audio.sample_rate == rate
    np.testing.assert_array_equal(audio.samples, samples)


@pytest.mark.parametrize(
    ("samples", "rule", "says"),
    [
        (sound().tolist(), "type", "list"),
        (None, "type", "NoneType"),
        ((sound() * 32767).astype(np.int16), "dtype", "divide by 32768"),
        (sound().astype(np.float64), "dtype", "float64"),
        (sound()[0], "shape", "samples[None]"),
        (sound()[None], "shape", "(1, 1, 8000)"),
        (sound(2).T, "shape", "transpose"),
        (sound(6).T, "shape", "transpose"),
        (sound(6), "channels", "6 channels"),
        (np.zeros((0, 8000), np.float32), "channels", "0 channels"),
        (np.zeros((1, 0), np.float32), "length", "0 s came"),
        (sound(count=7000), "length", "0.4375 s came"),
        (sound(peak=1.01), "range", "1.01"),
        (sound(peak=20_000), "range", "32768"),
        (sound(peak=0.0), "silent", "digital silence"),
        (sound(peak=0.00099), "silent", "-60 dBFS"),
    ],
)
def test_what_breaks_a_rule_is_told_with_the_remedy(samples: Any, rule: str, says: str) -> None:
    error = broken(samples)
    assert error.rule == rule
    assert says in error.message


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_one_sample_that_is_no_number_is_counted(bad: float) -> None:
    samples = sound()
    samples[0, 17] = bad
    error = broken(samples)
    assert (error.rule, error.message) == ("finite", "1 of 8,000 samples are NaN or infinite")


@pytest.mark.parametrize("rate", [7_999, 192_001, 16_000.0, "16000", True, None])
def test_a_rate_is_a_whole_number_of_hertz_within_limits(rate: Any) -> None:
    assert broken(sound(), rate).rule == "sample_rate"


def test_a_numpy_integer_is_a_rate_and_becomes_an_int() -> None:
    audio = validate(Audio(samples=sound(), sample_rate=np.int64(RATE)), request())  # type: ignore[arg-type]
    assert type(audio.sample_rate) is int


def test_a_length_that_another_rate_explains_points_at_the_rate() -> None:
    assert "right at 44,100 Hz" in broken(sound(count=22_050)).message


@pytest.mark.parametrize(("count", "kept"), [(7920, True), (7919, False), (8080, True), (8081, False)])
def test_the_length_may_be_one_percent_off(count: int, kept: bool) -> None:
    if kept:
        validate(Audio(samples=sound(count=count), sample_rate=RATE), request())
    else:
        assert broken(sound(count=count)).rule == "length"


def test_several_faults_give_the_one_that_explains_the_others() -> None:
    assert broken((sound(6, 100) * 32767).astype(np.int16).T).rule == "dtype"
    assert broken(np.full((8000, 2), np.nan, np.float32)).rule == "shape"
    assert broken(np.full((6, 10), 9.0, np.float32)).rule == "channels"


def test_silence_is_accepted_from_who_declares_it() -> None:
    audio = Audio(samples=np.zeros((1, 8000), np.float32), sample_rate=RATE)
    assert validate(audio, request(), may_be_silent=True).samples.max() == 0.0


def test_what_is_no_audio_is_named() -> None:
    with pytest.raises(ConformanceError, match="tuple came") as caught:
        validate((sound(), RATE), request())
    assert caught.value.rule == "type"


def test_a_subclass_comes_back_as_plain_audio() -> None:
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Stem(Audio):
        name: str = "drums"

    assert type(validate(Stem(samples=sound(), sample_rate=RATE), request())) is Audio


def test_a_tensor_on_the_cpu_is_taken_even_with_a_gradient_and_strides() -> None:
    tensor = torch.from_numpy(sound(2).T.copy()).requires_grad_().T
    audio = validate(Audio(samples=tensor, sample_rate=RATE), request())  # type: ignore[arg-type]
    np.testing.assert_array_equal(audio.samples, sound(2))
    assert audio.samples.flags.c_contiguous


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.int16])
def test_a_tensor_of_another_type_is_named(dtype: torch.dtype) -> None:
    error = broken(torch.zeros((1, 8000), dtype=dtype))
    assert error.rule == "dtype"
    assert str(dtype) in error.message


def test_a_tensor_elsewhere_is_told_to_come_to_the_cpu() -> None:
    error = broken(torch.zeros((1, 8000), device="meta"))
    assert (error.rule, error.message) == ("type", "samples are on meta; move them with .cpu()")
