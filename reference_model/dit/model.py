"""The diffusion transformer of Omni2Sound."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from reference_model.conditioning.conditions import Conditions

from .block import Block
from .config import DiTConfig
from .embedding import FOURIER_CHANNELS, ConditionTokens, fourier, mlp
from .rotary import rotary_angles


class DiT(nn.Module):
    """Predicts the velocity of noisy latents from time and conditions.

    A plain stack of pre-norm blocks in the style of Stable Audio, as far as Omni2Sound's architecture is known:

    * Time and duration are embedded, added, and prepended to the latents as one token, at position 0.
    * Text, visual and duration tokens form one sequence for the cross-attention of each block. Conditions that an item
      lacks are masked if other items of the batch have them, and left out if none has.
    * One network, shared by all blocks, turns synchronisation features into scale, shift and gate of each latent. The
      prepended token has no time of its own; it is modulated like a latent without video, by zero features.

    Parameters with one dimension (biases, norms, offsets of the modulation) should not decay, as scales start at 1.
    """

    def __init__(self, config: DiTConfig) -> None:
        super().__init__()
        self.config = config
        self.latents_in = nn.Linear(config.latent_channels, config.width)
        self.time = mlp(FOURIER_CHANNELS, config.width)
        self.duration = mlp(2 * config.condition_width, config.width)
        self.tokens = ConditionTokens(config)
        self.modulation = mlp(config.sync_width, config.width, 6 * config.width)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.depth))
        self.norm = nn.LayerNorm(config.width)
        self.latents_out = nn.Linear(config.width, config.latent_channels)
        self._start_neutral()

    @torch.no_grad()
    def initialise(self, generator: torch.Generator) -> None:
        """Initialises all weights.

        Matrices preserve the variance of their input; those that end one of the 3 x depth residual branches divide it
        by the number of branches. Initially the modulation is the same for all latents (scale 1, shift 0,
        gate sigmoid(1) = 0.73) and the velocity is 0.
        """
        for name, module in self.named_modules():
            if isinstance(module, nn.Linear):
                branches = 3 * self.config.depth if name.startswith("blocks.") and name.endswith(".out") else 1
                module.weight.normal_(0, 1 / math.sqrt(module.in_features * branches), generator=generator)
                if module.bias is not None:
                    module.bias.zero_()
            elif isinstance(module, nn.LayerNorm):
                module.reset_parameters()
            elif isinstance(module, Block):
                module.offset.zero_()
        self._start_neutral()

    @torch.no_grad()
    def _start_neutral(self) -> None:
        last = self.modulation[2]
        assert isinstance(last, nn.Linear)
        last.weight.zero_()
        last.bias.copy_(torch.tensor([1.0, 0.0, 1.0] * 2).repeat_interleave(self.config.width))
        self.latents_out.weight.zero_()
        self.latents_out.bias.zero_()

    def forward(
        self, x_t: Float[Tensor, "b n c"], t: Float[Tensor, " b"], conditions: Conditions
    ) -> Float[Tensor, "b n c"]:
        """Returns the velocity v of ``x_t`` at time ``t``.

        Args:
            x_t: n noisy latents for each of b items.
            t: each item's time, from 0 (sound) to 1 (noise).
            conditions: conditions of the same items, with n synchronisation features each.

        Raises:
            ValueError: the conditions have another batch size, length or width.
        """
        self._check(x_t, t, conditions)
        tokens, mask, duration = self.tokens(conditions)
        front = self.time(fourier(t, self.latents_in.weight)) + self.duration(duration)
        x = torch.cat((front[:, None], self.latents_in(x_t)), dim=1)
        modulation = self.modulation(F.pad(conditions.sync, (0, 0, 1, 0)))
        cosine, sine = rotary_angles(x.shape[1], self.config.head_width // 2, x.device)
        for block in self.blocks:
            if self.config.checkpointing and torch.is_grad_enabled():
                x = checkpoint(block, x, modulation, tokens, mask, cosine, sine, use_reentrant=False)
            else:
                x = block(x, modulation, tokens, mask, cosine, sine)
        return self.latents_out(self.norm(x[:, 1:]))

    def _check(self, x_t: Tensor, t: Tensor, conditions: Conditions) -> None:
        """Checks that the inputs fit this network."""
        config = self.config
        if x_t.ndim != 3 or x_t.shape[2] != config.latent_channels:
            raise ValueError(f"x_t must be (batch, latents, {config.latent_channels}), not {tuple(x_t.shape)}.")
        batch, latents, _ = x_t.shape
        if t.shape != (batch,):
            raise ValueError(f"t must be one time for each of {batch} items, not {tuple(t.shape)}.")
        if len(conditions) != batch:
            raise ValueError(f"conditions are of {len(conditions)} items, x_t is of {batch}.")
        if conditions.sync.shape[1] != latents:
            raise ValueError(
                f"{conditions.sync.shape[1]} synchronisation features an item do not fit x_t with {latents} latents."
            )
        given = (conditions.text.shape[2], conditions.visual.shape[2], conditions.sync.shape[2])
        wanted = (config.text_width, config.visual_width, config.sync_width)
        if given != wanted:
            raise ValueError(f"text, visual and sync features must be {wanted} wide for this network, not {given}.")
