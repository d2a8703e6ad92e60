"""How each class sounds: one function a class, numpy and scipy only, no recordings."""

from . import household, impacts, machines, strings, voices, weather
from .sound import Sound

__all__ = ["SOUNDS", "Sound"]

SOUNDS: dict[str, Sound] = {
    **impacts.SOUNDS,
    **household.SOUNDS,
    **strings.SOUNDS,
    **voices.SOUNDS,
    **weather.SOUNDS,
    **machines.SOUNDS,
}
"""By the name of the class."""
