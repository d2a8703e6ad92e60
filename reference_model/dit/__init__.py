"""The diffusion transformer: noisy latents, a time and conditions in, a velocity out."""

from __future__ import annotations

from reference_model.dit.config import BASE, NANO, DiTConfig
from reference_model.dit.model import DiT

__all__ = ["BASE", "NANO", "DiT", "DiTConfig"]
