"""What a sound is made from: text, picture, synchrony and length."""

from __future__ import annotations

from .conditions import Conditions

__all__ = ["Conditions"]
