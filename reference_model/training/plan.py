"""Estimates what a stage will need, before it starts."""

from __future__ import annotations

from dataclasses import dataclass

from reference_model import release
from reference_model.rates import frames, latents
from vggsound_omni.protocol import TASKS

from .config import StageConfig

_STATE_BYTES = 4 * (1 + 1 + 2 + 2)  # per parameter: float32 weight, gradient, AdamW's two moments, two averages
_SECONDS = {"nano": 8.0, "base": 10.0}
_TEXT_TOKENS = {"nano": 40, "base": 128}
_TENSORS_A_BLOCK = 34  # vectors of the network's width that a block keeps for the backward pass, per position


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The needs of a stage; memory is per process."""

    parameters: int
    state_bytes: int  # weights, gradients, moments and averages, which are sharded over all processes
    activation_bytes: int  # kept for the backward pass, approximately
    flops_a_step: float  # for the whole batch, forward and backward
    examples: int  # examples seen in the stage
    steps_by_task: dict[str, int]


def plan(config: StageConfig, world: int = 1) -> Plan:
    """Estimates the needs of a stage on ``world`` processes, without allocating anything."""
    sizes = config.dit
    parameters = release.parameters(sizes)
    seconds = _SECONDS[config.model]
    positions = latents(seconds) + 1
    tokens = 2 + _TEXT_TOKENS[config.model] + frames(seconds)
    share = config.batch // world
    byte = 2 if config.precision == "bfloat16" else 4
    blocks = 1 if config.activation_checkpointing else sizes.depth
    kept = blocks * _TENSORS_A_BLOCK * sizes.width + (sizes.depth + 6) * sizes.width
    # Each parameter is one multiply-add per position (or per token, for keys and values of conditions).
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
