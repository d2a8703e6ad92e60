"""What a stage will need, said before anything starts."""

from __future__ import annotations

from dataclasses import dataclass

from reference_model import release
from reference_model.rates import frames, latents
from vggsound_omni.protocol import TASKS

from .config import StageConfig

_STATE_BYTES = 4 * (1 + 1 + 2 + 2)
"""A parameter: float32 weight, gradient, AdamW's two moments, two averages."""
_SECONDS = {"nano": 8.0, "base": 10.0}
_TEXT_TOKENS = {"nano": 40, "base": 128}
_TENSORS_A_BLOCK = 34
"""Vectors of the network's width that a block keeps for the backward pass, a position."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Of one process."""

    parameters: int
    state_bytes: int
    """Weights, gradients, moments and averages, shared by all processes."""
    activation_bytes: int
    """Kept for the backward pass, about."""
    flops_a_step: float
    """Of the whole batch, forward and backward."""
    examples: int
    """Seen in the stage."""
    steps_by_task: dict[str, int]


def plan(config: StageConfig, world: int = 1) -> Plan:
    """The needs of a stage on ``world`` processes; nothing is made."""
    sizes = config.dit
    parameters = release.parameters(sizes)
    seconds = _SECONDS[config.model]
    positions = latents(seconds) + 1
    tokens = 2 + _TEXT_TOKENS[config.model] + frames(seconds)
    share = config.batch // world
    byte = 2 if config.precision == "bfloat16" else 4
    blocks = 1 if config.activation_checkpointing else sizes.depth
    kept = blocks * _TENSORS_A_BLOCK * sizes.width + (sizes.depth + 6) * sizes.width
    # every parameter is one multiplication a position (those of keys and values of conditions: a token); attention more
    dense = 2 * parameters * positions
    attention = 4 * sizes.depth * sizes.width * positions * (positions + tokens)
    again = 4 if config.activation_checkpointing else 3
    return Plan(
        parameters=parameters,
        state_bytes=parameters * _STATE_BYTES // world,
        activation_bytes=share * positions * kept * byte,
        flops_a_step=float(config.batch * again * (dense + attention)),
        examples=config.steps * config.batch,
        steps_by_task={task: round(config.steps * p) for task, p in zip(TASKS, config.probabilities, strict=True) if p},
    )
