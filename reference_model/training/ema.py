"""Running averages of weights whose width can be chosen after training.

Training keeps two averages with power-function profiles, and snapshots of them. Any other width is the sum of snapshots
whose profile is closest to the desired one (Karras et al., Analyzing and Improving the Training Dynamics of Diffusion
Models, 2024, section 3 and appendix C).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

Weights = Mapping[str, Tensor]


def exponent(width: float) -> float:
    """Returns the exponent gamma of a profile ``(s / t) ** gamma`` with this standard deviation, relative to t.

    Solves ``width ** 2 = (gamma + 1) / ((gamma + 2) ** 2 (gamma + 3))``, their equation 127.

    Raises:
        ValueError: no such profile has this width.
    """
    if not 0 < width < 12**-0.5:
        raise ValueError(f"The relative width must be between 0 and {12**-0.5:.3f}, not {width}.")
    roots = np.roots([1, 7, 16 - width**-2, 12 - width**-2])
    return float(roots.real.max())


class RunningAverages:
    """Averages of a network's weights, one for each width, updated after each step.

    Args:
        weights: the network's weights; averages start as copies.
        widths: relative widths.
    """

    def __init__(self, weights: Weights, widths: Sequence[float]) -> None:
        self.exponents = [exponent(width) for width in widths]
        self.averages = [{name: tensor.detach().clone() for name, tensor in weights.items()} for _ in widths]

    @torch.no_grad()
    def update(self, weights: Weights, step: int) -> None:
        """Updates the averages with the weights after a step, counted from 1."""
        for gamma, average in zip(self.exponents, self.averages, strict=True):
            keep = (1 - 1 / step) ** (gamma + 1)
            torch._foreach_lerp_(list(average.values()), [weights[name].detach() for name in average], 1 - keep)


def coefficients(snapshots: Sequence[tuple[float, float]], wanted: tuple[float, float]) -> npt.NDArray[np.float64]:
    """Returns the coefficient of each snapshot in the desired average: least squares between profiles.

    Args:
        snapshots: (step, exponent) of each snapshot.
        wanted: (step, exponent) of the desired average.
    """
    steps, gammas = (np.array(column, dtype=float) for column in zip(*snapshots, strict=True))
    among = _overlap(steps[:, None], gammas[:, None], steps[None], gammas[None])
    with_wanted = _overlap(steps, gammas, np.array(wanted[0], float), np.array(wanted[1], float))
    found: npt.NDArray[np.float64] = np.linalg.lstsq(among, with_wanted, rcond=1e-12)[0].astype(np.float64)
    return found


def combined(averages: Sequence[Weights], parts: npt.NDArray[np.float64]) -> dict[str, Tensor]:
    """Returns the sum of snapshots times their coefficients."""
    total: dict[str, Tensor] = {}
    for weights, part in zip(averages, parts, strict=True):
        for name, tensor in weights.items():
            term = tensor.float() * float(part)
            total[name] = term if name not in total else total[name] + term
    return total


def _overlap(
    t_a: npt.NDArray[np.float64],
    gamma_a: npt.NDArray[np.float64],
    t_b: npt.NDArray[np.float64],
    gamma_b: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """Returns the integral of the product of two profiles, their equation 152."""
    ratio = t_a / t_b
    exponent_ = np.where(t_a < t_b, gamma_b, -gamma_a)
    return (gamma_a + 1) * (gamma_b + 1) * ratio**exponent_ / ((gamma_a + gamma_b + 1) * np.maximum(t_a, t_b))
