"""What training needs to know of a network."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

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


class Recipe(ABC):
    """One encoder: its network, its loss, its held-out scores."""

    name: str
    kind: str  # for the card, in the words of the field
    schedule: Schedule

    @abstractmethod
    def network(self) -> nn.Module:
        """Makes a new network; draws from torch's generator, which the trainer has seeded."""

    def choose(self, clips: Clips) -> list[int]:
        """Returns the numbers of the scenes to train on: all."""
        return list(range(len(clips)))

    @abstractmethod
    def loss(self, network: nn.Module, clips: Clips, numbers: list[int], generator: Generator) -> Tensor:
        """Computes the loss of one batch; every random choice comes from ``generator``."""

    def facts(self) -> dict[str, Any]:
        """Returns what whoever loads the weights must know besides, as JSON: nothing."""
        return {}

    def calibrate(self, network: nn.Module, clips: Clips) -> None:  # noqa: B027 - few have anything to calibrate
        """Sets what is chosen on held-out clips after training, such as a temperature: nothing."""

    @abstractmethod
    def held_out(self, network: nn.Module, clips: Clips) -> dict[str, float]:
        """Computes scores on the validation split, by name."""
