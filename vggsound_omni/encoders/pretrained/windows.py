"""Which stretches of a sound an encoder hears that was trained on one length."""

from __future__ import annotations

import random

import torch
from torch import Tensor


def spread(sounds: Tensor, length: int) -> Tensor:
    """As few windows as cover the sound, evenly spread: the first begins with it and the last ends with it.

    Args:
        sounds: (batch, n).
        length: samples of a window; a shorter sound is a window as it is.

    Returns:
        (batch, windows, at most length).
    """
    n = sounds.shape[1]
    count = -(-n // length)
    starts = [k * (n - length) // max(1, count - 1) for k in range(count)]
    return torch.stack([sounds[:, start : start + length] for start in starts], 1)


def drawn(sounds: Tensor, length: int, seed: int) -> Tensor:
    """One window of each sound, at a place drawn at random.

    The generator is seeded with the seed, the sound's length and its level to 0.1 dB: sounds are cut independently of
    each other, and the same in any order, batch and precision of the resampler.

    Args:
        sounds: (batch, n), n at least ``length``.
        length: samples of a window.
        seed: another one draws other places.

    Returns:
        (batch, 1, length).
    """
    n = sounds.shape[1]
    levels = 10 * sounds.double().square().mean(1).clamp(min=1e-12).log10()
    generators = [random.Random(f"{seed}/{n}/{round(10 * level)}") for level in levels.tolist()]
    starts = [generator.randrange(max(1, n - length)) for generator in generators]
    return torch.stack([sound[start : start + length] for sound, start in zip(sounds, starts, strict=True)])[:, None]
