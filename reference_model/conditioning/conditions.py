"""The encoded conditions of a batch of sounds."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional as F

from reference_model.rates import LATENT_RATE, VISUAL_FPS

_PARTS = ("text", "text_mask", "visual", "visual_mask", "sync", "start", "seconds")


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """Conditions of b sounds. Items with and without text or video can share a batch.

    Attributes:
        text: features of t text tokens; t may be 0.
        text_mask: False for padding; all False if an item has no text.
        visual: features of f frames at ``VISUAL_FPS``, from the start of the clip; f may be 0.
        visual_mask: False for padding; all False if an item has no video.
        sync: synchronisation features, one vector per latent; zeros if there is no video.
        start: where the latents begin (s): 0, but in windows of a longer sound.
        seconds: duration of the whole sound (s).
        full: whether no token of the batch is masked, so that attention needs no mask. Computed when the batch is made,
            because a network that inspects masks must wait for the device and cannot be compiled as one graph.

    Raises:
        ValueError: the parts do not fit together.
    """

    text: Float[Tensor, "b t text_width"]
    text_mask: Bool[Tensor, "b t"]
    visual: Float[Tensor, "b f visual_width"]
    visual_mask: Bool[Tensor, "b f"]
    sync: Float[Tensor, "b n sync_width"]
    start: Float[Tensor, " b"]
    seconds: Float[Tensor, " b"]
    full: bool = field(init=False)

    def __post_init__(self) -> None:
        for name, tokens, mask in (("text", self.text, self.text_mask), ("visual", self.visual, self.visual_mask)):
            if tokens.ndim != 3 or mask.dtype != torch.bool or mask.shape != tokens.shape[:2]:
                raise ValueError(
                    f"Conditions: {name} is (batch, tokens, width) with a boolean mask (batch, tokens), not "
                    f"{tuple(tokens.shape)} with {mask.dtype} {tuple(mask.shape)}."
                )
        if self.sync.ndim != 3:
            raise ValueError(f"Conditions: sync is (batch, latents, width), not {tuple(self.sync.shape)}.")
        for name in ("start", "seconds"):
            if getattr(self, name).ndim != 1:
                raise ValueError(f"Conditions: {name} is (batch,), not {tuple(getattr(self, name).shape)}.")
        sizes = {name: len(getattr(self, name)) for name in _PARTS if not name.endswith("_mask")}
        if len(set(sizes.values())) != 1:
            raise ValueError(f"Conditions: all parts must have the same batch size, not {sizes}.")
        object.__setattr__(self, "full", bool(self.text_mask.all()) and bool(self.visual_mask.all()))

    def __len__(self) -> int:
        """Items in the batch."""
        return len(self.seconds)

    def unconditional(self) -> Self:
        """Returns the same batch without text and video, but with its durations."""
        return replace(
            self,
            text=self.text[:, :0],
            text_mask=self.text_mask[:, :0],
            visual=self.visual[:, :0],
            visual_mask=self.visual_mask[:, :0],
            sync=torch.zeros_like(self.sync),
        )

    def drop(self, *, text: Bool[Tensor, " b"], video: Bool[Tensor, " b"]) -> Self:
        """Returns the same batch with text, or video (frames and synchronisation), removed from the marked items."""
        return replace(
            self,
            text_mask=self.text_mask & ~text[:, None],
            visual_mask=self.visual_mask & ~video[:, None],
            sync=self.sync.masked_fill(video[:, None, None], 0),
        )

    def taken(self, rows: list[int]) -> Self:
        """Returns some of the items, in this order."""
        return replace(self, **{name: getattr(self, name)[rows] for name in _PARTS})

    def window(self, starts: Sequence[int], seconds: int) -> Self:
        """Returns what belongs to ``seconds`` of each item from its start: its frames and its synchronisation.

        Text and duration stay those of the whole. Starts are whole seconds, as frames and latents meet there.
        """
        pictured = self.visual.shape[1] > 0

        def cut(rows: Tensor, rate: int) -> Tensor:
            parts = [row[start * rate : (start + seconds) * rate] for row, start in zip(rows, starts, strict=True)]
            return torch.stack(parts)

        return replace(
            self,
            visual=cut(self.visual, VISUAL_FPS) if pictured else self.visual,
            visual_mask=cut(self.visual_mask, VISUAL_FPS) if pictured else self.visual_mask,
            sync=cut(self.sync, LATENT_RATE),
            start=self.start + torch.tensor(starts, device=self.start.device, dtype=self.start.dtype),
        )

    def to(self, device: torch.device | str, dtype: torch.dtype | None = None) -> Self:
        """Moves the batch to a device; ``dtype`` applies to features, masks stay boolean and times float32."""
        moved = copy.copy(self)  # masks do not change, and inspecting them again would wait for the device
        for name in ("text", "visual", "sync"):
            object.__setattr__(moved, name, getattr(self, name).to(device, dtype, non_blocking=True))
        for name in ("text_mask", "visual_mask", "start", "seconds"):
            object.__setattr__(moved, name, getattr(self, name).to(device, non_blocking=True))
        return moved

    @classmethod
    def join(cls, batches: Sequence[Self]) -> Self:
        """Joins batches with equal latents and widths into one; missing tokens are padded and masked."""
        text = max(batch.text.shape[1] for batch in batches)
        visual = max(batch.visual.shape[1] for batch in batches)
        return cls(
            text=torch.cat([_pad_tokens(batch.text, text) for batch in batches]),
            text_mask=torch.cat([_pad_mask(batch.text_mask, text) for batch in batches]),
            visual=torch.cat([_pad_tokens(batch.visual, visual) for batch in batches]),
            visual_mask=torch.cat([_pad_mask(batch.visual_mask, visual) for batch in batches]),
            sync=torch.cat([batch.sync for batch in batches]),
            start=torch.cat([batch.start for batch in batches]),
            seconds=torch.cat([batch.seconds for batch in batches]),
        )


def _pad_tokens(tokens: Float[Tensor, "b t width"], length: int) -> Float[Tensor, "b {length} width"]:
    return F.pad(tokens, (0, 0, 0, length - tokens.shape[1]))


def _pad_mask(mask: Bool[Tensor, "b t"], length: int) -> Bool[Tensor, "b {length}"]:
    return F.pad(mask, (0, length - mask.shape[1]))
