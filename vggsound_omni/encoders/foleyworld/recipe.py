"""What training needs to know of a network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from torch import Generator, Tensor, nn

from .clips import Clips


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """How long and how fast."""

    steps: int
    batch: int
    """Scenes a step."""
    rate: float
    """Peak learning rate of AdamW, after 5 % warm-up, falling as a cosine to nothing."""
    decay: float = 0.01
    """Weight decay."""
    seed: int = 0
    """Of initial weights, order and every other random choice."""


class Recipe(Protocol):
    """One encoder: its network, its loss, its held-out scores."""

    name: str
    kind: str
    """For the card, in the words of the field."""
    schedule: Schedule

    def network(self) -> nn.Module:
        """A new network; draws from torch's generator, which the trainer has seeded."""

    def choose(self, clips: Clips) -> list[int]:
        """Numbers of the scenes to train on."""

    def loss(self, network: nn.Module, clips: Clips, numbers: list[int], generator: Generator) -> Tensor:
        """The loss of one batch; every random choice comes from ``generator``."""

    def facts(self) -> dict[str, Any]:
        """What whoever loads the weights must know besides, as JSON."""

    def held_out(self, network: nn.Module, clips: Clips) -> dict[str, float]:
        """Scores on the validation split, by name."""
