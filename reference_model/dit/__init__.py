"""The diffusion transformer: noisy latents, a time and conditions in, a velocity out."""

from __future__ import annotations

from .config import BASE, NANO, DiTConfig
from .model import DiT

__all__ = ["BASE", "NANO", "DiT", "DiTConfig"]
