"""ImageBind-huge: one space for sound, picture and text."""

from .encoder import ImageBindEncoder

__all__ = ["ImageBindEncoder"]
