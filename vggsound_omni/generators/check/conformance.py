"""The rules that an answer must keep, and checking one answer against them."""

from __future__ import annotations

import operator
import sys
from collections.abc import Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt

from vggsound_omni.protocol import Audio, Request

Rule = Literal[
    "raised",
    "died",
    "timeout",
    "missing",
    "tasks",
    "type",
    "count",
    "dtype",
    "shape",
    "channels",
    "sample_rate",
    "length",
    "finite",
    "range",
    "silent",
]
"""Names of the rules, the keys of :data:`RULES`."""

RULES: Mapping[Rule, str] = {
    "raised": "generate() returns; a server or program answers without an error",
    "died": "the process that generates lives on",
    "timeout": "an answer comes within the time limit",
    "missing": "there is a file or recording for every item, and it can be read",
    "tasks": "only tasks that the card claims are asked for",
    "type": "generate() returns a list or tuple of Audio",
    "count": "one Audio for each request, in the same order",
    "dtype": "samples are float32",
    "shape": "samples have two dimensions, (channels, samples)",
    "channels": "one or two channels",
    "sample_rate": "the sample rate is a whole number from 8,000 to 192,000 Hz",
    "length": "the length is within 1 % of the duration asked for",
    "finite": "samples are neither NaN nor infinite",
    "range": "samples are within [-1, 1]",
    "silent": "the peak is above -60 dBFS, unless the card's extra says {'silent': true}",
}
"""Each rule as a sentence that an adapter's author can act on, in the order in which they are looked at: the first that
is broken is reported."""

LENGTH_TOLERANCE = 0.01
"""Fraction of the requested duration."""
MOST_OF_DURATION = 1.02
"""An answer is read up to this many times the requested duration, then refused as too long."""
SAMPLE_RATES = (8_000, 192_000)
"""Lowest and highest, Hz."""
SILENCE_DBFS = -60.0
"""A peak at or below this is silence."""
_COMMON_RATES = (8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000)
_MOST_CHANNELS_KNOWN = 16  # an axis up to this long may be channels; no clip is so short


class ConformanceError(Exception):
    """An answer breaks a rule. Adapters raise it too if they know which (a file is missing)."""

    def __init__(self, rule: Rule, message: str) -> None:
        super().__init__(message)
        self.rule: Rule = rule
        self.message = message


def validate(audio: object, request: Request, *, may_be_silent: bool = False) -> Audio:
    """Checks one answer against the rules.

    Args:
        audio: what the generator returned for the request.
        request: what it answers.
        may_be_silent: skips the rule ``silent``.

    Returns:
        The same sound, its samples as a contiguous float32 array on the CPU and its rate as an int.

    Raises:
        ConformanceError: the first of :data:`RULES` that it breaks.
    """
    if not isinstance(audio, Audio):
        raise ConformanceError("type", f"{type(audio).__name__} came; Audio(samples=..., sample_rate=...) was expected")
    samples = _shaped(_array(audio.samples))
    rate = _rate(audio.sample_rate)
    samples = _fitted(samples, rate, request)
    _check_length(samples.shape[1], rate, request.duration)
    broken = int(samples.size - np.isfinite(samples).sum())
    if broken:
        raise ConformanceError("finite", f"{broken:,} of {samples.size:,} samples are NaN or infinite")
    peak = float(np.abs(samples).max())
    if peak > 1.0:
        hint = "divide by 32768 if these are 16-bit values" if peak > 100 else "scale or clip it"
        raise ConformanceError("range", f"the peak is {peak:.4g}; samples must be within [-1, 1]: {hint}")
    if not may_be_silent and peak <= 10 ** (SILENCE_DBFS / 20):
        level = f"{20 * np.log10(peak):.0f} dBFS" if peak > 0 else "digital silence"
        raise ConformanceError("silent", f"the peak is {level}; above {SILENCE_DBFS:.0f} dBFS was expected")
    return Audio(samples=samples, sample_rate=rate)


def too_long(read: float, declared: float | None, rate: int, asked: float) -> ConformanceError:
    """Returns the error for a sound that was not read to its end.

    Args:
        read: seconds that were read, at least.
        declared: seconds that its file declares, if any.
        rate: Hz.
        asked: seconds requested.
    """
    length = f"{declared:.4g} s" if declared and declared > read else f"more than {read:.4g} s"
    return ConformanceError("length", f"{length} came; {_wanted(asked)}{_other_rate(declared or read, rate, asked)}")


def _array(samples: object) -> npt.NDArray[np.float32]:
    """Samples as a float32 array; a tensor on the CPU is taken as it is."""
    torch = sys.modules.get("torch")  # whoever returns a tensor has imported it
    if torch is not None and isinstance(samples, torch.Tensor):
        if samples.device.type != "cpu":
            raise ConformanceError("type", f"samples are on {samples.device}; move them with .cpu()")
        if samples.dtype is not torch.float32:
            raise ConformanceError("dtype", f"samples are {samples.dtype}; {_dtype_hint(str(samples.dtype))}")
        samples = samples.detach().numpy()
    if not isinstance(samples, np.ndarray):
        raise ConformanceError("type", f"samples are a {type(samples).__name__}; a numpy array was expected")
    if samples.dtype != np.float32:
        raise ConformanceError("dtype", f"samples are {samples.dtype}; {_dtype_hint(str(samples.dtype))}")
    return np.ascontiguousarray(samples)


def _dtype_hint(dtype: str) -> str:
    if dtype.endswith("int16"):
        return "divide by 32768 and convert to float32"
    if dtype.endswith("int32"):
        return "divide by 2**31 and convert to float32"
    return "convert to float32" if "float" in dtype else "float32 within [-1, 1] was expected"


def _shaped(samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    if samples.ndim == 1:
        raise ConformanceError(
            "shape", f"the shape is {samples.shape}; write samples[None] to make it (channels, samples)"
        )
    if samples.ndim != 2:
        raise ConformanceError("shape", f"the shape is {samples.shape}; (channels, samples) was expected")
    channels, count = samples.shape
    if count <= _MOST_CHANNELS_KNOWN < channels:
        raise ConformanceError(
            "shape", f"the shape is {samples.shape}, which looks like (samples, channels); transpose it with .T"
        )
    if channels not in (1, 2):
        raise ConformanceError("channels", f"{channels} channels came; mix them down to one or two")
    return samples


def _rate(rate: int) -> int:
    try:
        whole = operator.index(rate)
    except TypeError:
        raise ConformanceError(
            "sample_rate", f"the sample rate is {rate!r}; a whole number of Hz was expected"
        ) from None
    low, high = SAMPLE_RATES
    if isinstance(rate, bool) or not low <= whole <= high:
        raise ConformanceError("sample_rate", f"the sample rate is {rate:,} Hz; {low:,} to {high:,} Hz was expected")
    return whole


def _fitted(samples: npt.NDArray[np.float32], rate: int, request: Request) -> npt.NDArray[np.float32]:
    """Returns samples of the length asked for where the request says that others are made to fit."""
    count, wanted = samples.shape[1], round(request.duration * rate)
    if not request.fit or not count or _fits(count, rate, request.duration):
        return samples
    if count > wanted:
        return samples[:, :wanted].copy() if "crop" in request.fit else samples
    return np.pad(samples, ((0, 0), (0, wanted - count))) if "pad" in request.fit else samples


def _check_length(count: int, rate: int, asked: float) -> None:
    if count > 0 and _fits(count, rate, asked):
        return
    came = f"{count / rate:.4g} s came ({count:,} samples at {rate:,} Hz)"
    raise ConformanceError("length", f"{came}; {_wanted(asked)}{_other_rate(count / rate, rate, asked)}")


def _wanted(asked: float) -> str:
    return f"{asked:.4g} s within 1 % was expected"


def _other_rate(seconds: float, rate: int, asked: float) -> str:
    other = [common for common in _COMMON_RATES if common != rate and _fits(round(seconds * rate), common, asked)]
    return f"; it would be right at {other[0]:,} Hz, so look at sample_rate" if other else ""


def _fits(count: int, rate: int, asked: float) -> bool:
    wanted = asked * rate
    return abs(count - wanted) <= LENGTH_TOLERANCE * wanted + 0.5  # half a sample, for those who round
