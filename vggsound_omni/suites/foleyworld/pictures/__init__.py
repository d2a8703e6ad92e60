"""How each class looks: one picture a class, drawn with :class:`..canvas.Canvas`."""

from . import animals, household, instruments, machines, strikes, weather
from .picture import MakePicture, Picture
from .still_lifes import STILL_LIFES, StillLife

__all__ = ["PICTURES", "STILL_LIFES", "MakePicture", "Picture", "StillLife"]

PICTURES: dict[str, MakePicture] = {
    **strikes.PICTURES,
    **household.PICTURES,
    **instruments.PICTURES,
    **animals.PICTURES,
    **weather.PICTURES,
    **machines.PICTURES,
}
"""By the name of the class."""
