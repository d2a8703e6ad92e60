"""Diffusion with velocity prediction: schedule, objective, guidance, samplers; for any network."""

from __future__ import annotations

from .guidance import GUIDANCE_SCALE, TEXT_SCALE, guided
from .objective import Network, draw_times, velocity_loss
from .samplers import SAMPLERS, Sampler, Velocity, sample_dpm, sample_ode

__all__ = [
    "GUIDANCE_SCALE",
    "SAMPLERS",
    "TEXT_SCALE",
    "Network",
    "Sampler",
    "Velocity",
    "draw_times",
    "guided",
    "sample_dpm",
    "sample_ode",
    "velocity_loss",
]
