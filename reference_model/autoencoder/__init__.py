"""Encodes sound to 25 latents per second and decodes it; independent of diffusion."""

from __future__ import annotations

from .config import BASE, NANO, AutoencoderConfig, OobleckConfig, SpectralConfig
from .network import Autoencoder

__all__ = ["BASE", "NANO", "Autoencoder", "AutoencoderConfig", "OobleckConfig", "SpectralConfig"]
