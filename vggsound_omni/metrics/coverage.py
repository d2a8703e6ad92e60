"""Coverage: of the kinds of sound that the recordings make, how many do the generated clips make?

An ear knows examples of each class of acts, sounds of clips that no track holds. An act that it hears is near an
example of its class if it lies as close to it, by all features of the ear, as the example's second neighbour. Coverage
is the number of examples near which the generated clips have an act, over that near which the recordings have one. It
is "coverage" of Naeem et al. (2020, "Reliable Fidelity and Diversity Metrics for Generative Models") but for this:
there the references are the examples, of which a track has too few of each class; here both sets are held against the
same ones, so that recordings of equally many other clips have about 1.

It asks at once whether clips sound as what they are taken for, and whether all that a class may be is there. It does
not ask whether a clip holds what was wanted, which Event F1 does.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vggsound_omni.stats.intervals import by_influence, within

from .estimate import F64, Estimate, Floats, MetricError, few_clips
from .metric import ORDER_ONLY, WORSENS, Metric, encoded

FEWEST_EXAMPLES = 20
"""Examples near which the recordings must have an act."""


def evaluate(reference: Floats, generated: Floats) -> Estimate:
    """Returns the coverage of a set of clips.

    It is that of so many clips: more of them come near more examples, on both sides. The influence of a clip is the
    jackknife's, whose variance is on average no less than the true one (Efron and Stein 1981).

    Args:
        reference: numbers of the examples that the acts of each recording are near, (clips, rows), padded with NaN.
        generated: the same of the generated clips, of the same items in the same order.

    Returns:
        The estimate. Facts: ``examples_generated`` and ``examples_reference``, the two numbers.

    Raises:
        MetricError: the sets are no pairs, a number is no example's, or the recordings are near fewer than 20 examples.
    """
    one, other = _near(generated, "generated"), _near(reference, "reference")
    if len(generated) != len(reference):
        raise MetricError(
            f"There are {len(generated)} generated clips and {len(reference)} references; pairs are needed."
        )
    n, there = len(generated), other.examples
    if there < FEWEST_EXAMPLES:
        raise MetricError(
            f"The recordings sound like {there} of the examples that the ear knows; Coverage needs {FEWEST_EXAMPLES}."
        )
    value = one.examples / there
    refused = few_clips(n)
    influence = None
    if n > 1:
        alone = one.alone - value * other.alone  # by how much the two counts would fall without a clip
        influence = (n - 1) * (alone - alone.mean()) / there
    return Estimate(
        value=value,
        n=n,
        influence=influence,
        floor=0.0,
        no_estimate=refused,
        interval=None if refused or influence is None else within(by_influence(value, influence), value, (0.0, None)),
        facts={"examples_generated": one.examples, "examples_reference": there},
    )


class _Near(NamedTuple):
    """What examples a set of clips is near."""

    examples: int  # near any clip
    alone: F64  # (clips,): examples that are near this clip and no other


def _near(numbers: Floats, what: str) -> _Near:
    """Counts examples.

    Raises:
        MetricError: the numbers have another shape, there is no clip, or one is not whole or below 0.
    """
    array = np.asarray(numbers)
    if array.ndim != 2 or not len(array):
        raise MetricError(f"The {what} examples have the shape {array.shape}; (clips, rows) is needed, and a clip.")
    clips, _ = places = np.nonzero(~np.isnan(array))
    known = array[places]
    if np.any((known < 0) | ~np.isfinite(known) | (known != np.floor(known))):
        raise MetricError(f"The {what} examples hold what is no example's number.")
    pairs = np.unique(np.stack((known.astype(np.int64), clips)), axis=1)
    distinct, first, counts = np.unique(pairs[0], return_index=True, return_counts=True)
    alone = np.bincount(pairs[1][first[counts == 1]], minlength=len(array))
    return _Near(len(distinct), alone.astype(np.float64))


COVERAGE = Metric(
    key="coverage",
    title="Coverage",
    unit="ratio",
    better="higher",
    per_item=False,
    summary="Do the clips sound like what they are taken for, in all the kinds that recordings of it have?",
    needs=(encoded("ear", "examples", "reference"), encoded("ear", "examples", "generated")),
    compute=evaluate,
    bounds=(0.0, None),
    floor=0.0,
    expect={**ORDER_ONLY, "noise_only": WORSENS},
)
