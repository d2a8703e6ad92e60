"""An encoder with published weights: how all of them are loaded, and what their cards say."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import torch
from torch import nn

from vggsound_omni.encoders.encoder import EncoderCard, EncoderSpec, Kit
from vggsound_omni.encoders.fetch.digest import checkpoint_sha256
from vggsound_omni.io import compute_sha256

from .checkpoint import is_published, load_checkpoint

Network = TypeVar("Network", bound=nn.Module)


class Port(ABC):
    """The base class of all ports. A port says what it is and builds its networks; its docstring explains the kits."""

    spec: EncoderSpec
    kind: ClassVar[str]  # for the card
    trained_on: ClassVar[str]  # for the card
    beside: tuple[str, ...] = ()  # other files that decide its outputs: those there are part of cache keys

    def __init__(
        self,
        checkpoint: Path,
        device: str = "cpu",
        kit: Kit = "omni",
        *,
        dtype: torch.dtype = torch.float32,
        spec: EncoderSpec | None = None,
        **choices: Any,  # noqa: ANN401 - whatever the port's build() takes
    ) -> None:
        """Loads the networks; on a CPU in float32 they lie in the file itself, mapped.

        Args:
            checkpoint: the published file; whatever else the encoder reads lies in its folder.
            device: of the networks and front ends.
            kit: whose choices of window, channels and padding.
            dtype: of the networks' bodies; front ends, pooling and last layers stay in float32.
            spec: of this checkpoint, if it is not the published one's: another file of the same network has its own.
            choices: of this port, see its :meth:`build`.

        Raises:
            UserError: a file is missing, damaged or that of another network.
        """
        self.spec = spec or self.spec
        self.checkpoint, self.device, self.kit, self.dtype = checkpoint, device, kit, dtype
        self._networks: list[nn.Module] = []
        front_end = self.build(**choices)
        assert self.spec.weights is not None
        files = [path for name in self.beside if (path := checkpoint.parent / name).is_file()]
        beside = {"beside": {path.name: compute_sha256(path) for path in files}} if files else {}
        self.card = EncoderCard(
            name=self.spec.name,
            kind=self.kind,
            encoder_set=self.spec.encoder_set,
            checkpoint_sha256=checkpoint_sha256(checkpoint),
            published=is_published(self.spec, checkpoint),
            parameters=sum(p.numel() for network in self._networks for p in network.parameters()),
            trained_on=self.trained_on,
            licence=self.spec.weights.licence,
            front_end={"kit": kit, "dtype": str(dtype).removeprefix("torch."), **beside, **front_end},
        )

    @abstractmethod
    def build(self) -> dict[str, Any]:
        """Loads networks, makes front ends and inputs; returns rates, windows and sizes that the outputs depend on."""

    def load(
        self,
        make: Callable[[], Network],
        rename: Callable[[str], str | None] | None = None,
        only: tuple[str, ...] = (),
        *,
        cast: Callable[[Network, torch.dtype], object] = nn.Module.to,
    ) -> Network:
        """Returns a network, filled from the checkpoint.

        Args:
            make: makes it, without memory of its own.
            rename: see :func:`.load_checkpoint`.
            only: see there.
            cast: casts its body to the number format.
        """
        with torch.device("meta"):
            network = make()
            cast(network, self.dtype)
        load_checkpoint(network, self.spec, self.checkpoint, rename, only)
        self._networks.append(network)
        return network.to(self.device)

    @property
    def as_published(self) -> bool:
        """Whether av-benchmark's choices are followed."""
        return self.kit == "av-benchmark"

    def at_once(self, cpu: int, cuda: int) -> int:
        """Returns how many rows to give a network at once, of the numbers that suit a CPU's cache and a GPU."""
        return cuda if self.device.startswith("cuda") else cpu
