"""What the classes' pictures are made with, and the silent still lifes; drawn with :class:`..canvas.Canvas`."""

from .foreground import Foreground, Glints
from .picture import MakePicture, Picture
from .still_lifes import STILL_LIFES, StillLife

__all__ = ["STILL_LIFES", "Foreground", "Glints", "MakePicture", "Picture", "StillLife"]
