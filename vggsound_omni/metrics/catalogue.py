"""What every metric is called, counts in, and which way is better."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class MetricInfo:
    """What a table needs to know of a metric before there is a number."""

    key: str
    """As in ``tracks/*.toml`` and ``result.json``."""
    title: str
    """As the field writes it."""
    unit: str
    direction: Literal["higher", "lower"] | None
    """Which way is better; None where neither is."""
    per_clip: bool
    """Whether a single clip has a score, and the set the mean of them with a 95 % interval."""
    minimum: int
    """Clips below which there is no score."""
    summary: str
    """What it asks of the generated clips."""


_POINTS = "points, 1 to 10"
_FRECHET = "squared feature units"

METRICS: dict[str, MetricInfo] = {
    info.key: info
    for info in (
        MetricInfo(
            key="kl", title="KL", unit="nats", direction="lower", per_clip=True, minimum=1,
            summary="Does a clip hold the same kinds of sound as its reference?",
        ),
        MetricInfo(
            key="fd", title="FD", unit=_FRECHET, direction="lower", per_clip=False, minimum=2,
            summary="Are the clips as a set distributed like the references?",
        ),
        MetricInfo(
            key="fad", title="FAD", unit=_FRECHET, direction="lower", per_clip=False, minimum=2,
            summary="Are short patches of sound distributed like those of the references?",
        ),
        MetricInfo(
            key="is", title="IS", unit="effective classes", direction="higher", per_clip=False, minimum=20,
            summary="Is every clip clear, and is the set diverse?",
        ),
        MetricInfo(
            key="pq", title="PQ", unit=_POINTS, direction="higher", per_clip=True, minimum=1,
            summary="How clean is the sound technically?",
        ),
        MetricInfo(
            key="ce", title="CE", unit=_POINTS, direction="higher", per_clip=True, minimum=1,
            summary="How much would a listener enjoy it?",
        ),
        MetricInfo(
            key="cu", title="CU", unit=_POINTS, direction="higher", per_clip=True, minimum=1,
            summary="How useful would it be as material?",
        ),
        MetricInfo(
            key="pc", title="PC", unit=_POINTS, direction=None, per_clip=True, minimum=1,
            summary="How many components does it have?",
        ),
        MetricInfo(
            key="ms_clap", title="MS-CLAP", unit="cosine", direction="higher", per_clip=True, minimum=1,
            summary="Does a clip fit its caption?",
        ),
        MetricInfo(
            key="la_clap", title="LA-CLAP", unit="cosine", direction="higher", per_clip=True, minimum=1,
            summary="Does a clip fit its caption, in the eyes of a second network?",
        ),
        MetricInfo(
            key="ib", title="IB", unit="cosine", direction="higher", per_clip=True, minimum=1,
            summary="Does a clip fit its picture?",
        ),
        MetricInfo(
            key="ds", title="DS", unit="s", direction="lower", per_clip=True, minimum=1,
            summary="By how much are sound and picture apart in time?",
        ),
        MetricInfo(
            key="kad", title="KAD", unit="100 x squared MMD", direction="lower", per_clip=False, minimum=2,
            summary="As FD, without the assumption of Gaussians and without bias at small n.",
        ),
        MetricInfo(
            key="fd_inf", title="FD-inf", unit=_FRECHET, direction="lower", per_clip=False, minimum=20,
            summary="FD as it would be with infinitely many clips.",
        ),
    )
}  # fmt: skip
"""By key, in the order of tables."""

DESCRIBED = METRICS | {
    "kl_passt": replace(METRICS["kl"], key="kl_passt", title="KL (PaSST)"),
    "fd_passt": replace(METRICS["fd"], key="fd_passt", title="FD (PaSST)"),
}
"""With those that a second tagger scores, which no track names."""
