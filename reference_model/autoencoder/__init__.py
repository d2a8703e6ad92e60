"""Sound to 25 latents a second and back. Nothing about diffusion is known here."""

from __future__ import annotations

from .config import BASE, NANO, AutoencoderConfig, OobleckConfig, SpectralConfig
from .network import Autoencoder

__all__ = ["BASE", "NANO", "Autoencoder", "AutoencoderConfig", "OobleckConfig", "SpectralConfig"]
