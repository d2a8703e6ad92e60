"""The conditions of a sound: text, video, synchronisation and duration."""

from __future__ import annotations

from .conditions import Conditions

__all__ = ["Conditions"]
