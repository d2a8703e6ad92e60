"""How numbers and models are written in sentences and tables."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from vggsound_omni.runs.result import Result, Score
from vggsound_omni.wording import shorten


def number(value: float) -> str:
    """Returns a value with three decimals, two digits if those would be 0.000, no decimals from 10,000 on."""
    if value and abs(value) < 0.0005:
        return f"{value:.1e}"
    return f"{value:.3f}" if abs(value) < 10_000 else f"{value:.0f}"


def estimate(value: float, interval: tuple[float, float] | None = None) -> tuple[str, str]:
    """Returns an estimate and ``[low, high]``, all rounded to one decimal place that the interval supports.

    It is that of the second significant digit of the interval's half-width; of the first, if numbers would otherwise
    have more than four digits. Without an interval, or within one of no width, three significant digits are shown.

    Args:
        value: the estimate, within the interval.
        interval: None gives an empty string in its place.
    """
    numbers = (value, *(interval or ()))
    place = decimals(numbers)
    shown = [plain(one, place) for one in numbers]
    return shown[0], f"[{', '.join(shown[1:])}]" if interval else ""


def score_words(score: Score) -> tuple[str, str]:
    """Returns what a table's cell says of a score, and ``[low, high]`` or an empty string.

    It is the estimate, or the value if there is none, or "n/a" or "not computed" if there is neither.
    """
    if score.value is None:
        return ("n/a" if score.status == "not_applicable" else "not computed"), ""
    if score.estimate is None:
        return estimate(score.value)
    return estimate(score.estimate, score.interval)


def decimals(numbers: Sequence[float]) -> int:
    """Returns how many decimals an estimate alone, or with the ends of its interval, is shown with; -1 shows tens."""
    largest = max(map(abs, numbers))
    half = (max(numbers[1:]) - min(numbers[1:])) / 2 if len(numbers) > 1 else 0.0
    if not largest:
        return 0
    first = math.floor(math.log10(largest))  # decimal place of the first significant digit
    if not half:
        return 2 - first
    supported = -math.floor(math.log10(half))
    return supported + (supported + first < 3)


def plain(value: float, place: int) -> str:
    """Returns a number with so many decimals, -1 in tens; with an exponent if it would be mostly zeros."""
    rounded = round(value, place) + 0.0  # no -0
    if not rounded and place > _MOST_DECIMALS:
        return "0"
    if not rounded or (1e-3 if place > _MOST_DECIMALS else 0.0) <= abs(rounded) < 1e6:
        return f"{rounded:.{max(place, 0)}f}"
    return f"{rounded:.{max(place + math.floor(math.log10(abs(rounded))), 0)}e}"


_MOST_DECIMALS = 4  # of a number below a thousandth, before it has an exponent


def model_name(result: Result) -> str:
    """Returns what a run's model is called: the name it was given, else its card's, else the model string.

    Arguments follow unless it was given a name: two runs of one model differ by them. What was withheld comes last.
    """
    return called(result.model, result.without)


def called(model: Mapping[str, Any], without: Sequence[str]) -> str:
    """Returns the same from what a result or a run says of its model: label, card, name, arguments."""
    withheld = f", no {' or '.join(without)}" if without else ""
    return _named(model) + withheld


def _named(model: Mapping[str, Any]) -> str:
    if model.get("label"):
        return shorten(str(model["label"]))
    card = model.get("card")
    name = (card.get("name") if isinstance(card, dict) else None) or model.get("name", "unnamed")
    arguments = model.get("arguments") or {}
    extra = [f"{key}={value}" for key, value in arguments.items()] if isinstance(arguments, dict) else []
    return shorten(" ".join([str(name), *extra]))
