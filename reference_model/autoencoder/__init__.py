"""Encodes sound to 25 latents per second and decodes it; independent of diffusion."""

from __future__ import annotations

from .config import BASE, NANO, NANO_4, AutoencoderConfig, OobleckConfig, SpectralConfig
from .network import Autoencoder

__all__ = ["BASE", "NANO", "NANO_4", "Autoencoder", "AutoencoderConfig", "OobleckConfig", "SpectralConfig"]
