"""Writes the captions of a scene: five texts and the class names. Every word is true of the scene's :mod:`..facts`."""

from .describe import KINDS, describe

__all__ = ["KINDS", "describe"]
