"""ImageBind-huge: one space for sound, picture and text."""

from .port import ImageBindEncoder

__all__ = ["ImageBindEncoder"]
