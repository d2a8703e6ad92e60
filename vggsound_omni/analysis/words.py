"""How numbers and models are written in sentences and tables."""

from __future__ import annotations

from vggsound_omni.runs.result import Result
from vggsound_omni.wording import shorten


def number(value: float) -> str:
    """Returns a value with three decimals, two digits if those would be 0.000, no decimals from 10,000 on."""
    if value and abs(value) < 0.0005:
        return f"{value:.1e}"
    return f"{value:.3f}" if abs(value) < 10_000 else f"{value:.0f}"


def model_name(result: Result) -> str:
    """Returns what a run's model is called: the name it was given, else its card's, else the model string.

    Arguments follow unless it was given a name: two runs of one model differ by them.
    """
    if result.model.get("label"):
        return shorten(str(result.model["label"]))
    card = result.model.get("card")
    name = (card.get("name") if isinstance(card, dict) else None) or result.model.get("name", "unnamed")
    arguments = result.model.get("arguments") or {}
    extra = [f"{key}={value}" for key, value in arguments.items()] if isinstance(arguments, dict) else []
    return shorten(" ".join([str(name), *extra]))
