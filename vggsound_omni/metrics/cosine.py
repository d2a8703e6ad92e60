"""Cosine similarity of paired embeddings: IB (picture and sound), MS-CLAP and LA-CLAP (caption and sound).

From -1 to 1 and not multiplied by 100: papers print IB x 100. An embedding that a network makes of several windows
is, before it comes here, the mean of the windows' embeddings of length 1.
"""

from __future__ import annotations

import numpy as np

from .estimate import F64, Estimate, MetricError, mean_of_clips
from .metric import STILL, WORSENS, Metric, Side, encoded
from .validation import Features, all_equal, checked, same_shape


def validate(condition: Features, generated: Features) -> tuple[F64, F64]:
    """Both in float64.

    Raises:
        MetricError: not finite, not pairs, no clips, or an embedding of length 0, which has no direction.
    """
    one = checked(condition, "embeddings of the condition", ("clips", "dimensions"))
    other = checked(generated, "embeddings of the generated audio", ("clips", "dimensions"))
    same_shape(one, other, "embeddings of the condition", "embeddings of the generated audio")
    for array, what in ((one, "condition"), (other, "generated audio")):
        zero = ~array.any(axis=1)
        if zero.any():
            raise MetricError(
                f"The embeddings of the {what} are zero in {zero.sum()} of {len(array)} rows, "
                f"first in row {np.argmax(zero)}; a cosine needs a direction."
            )
    return one, other


def unit(embeddings: F64) -> F64:
    """Each row at length 1; exact for lengths whose square over- or underflows."""
    scaled = embeddings / np.abs(embeddings).max(axis=1, keepdims=True)
    return scaled / np.linalg.norm(scaled, axis=1, keepdims=True)


def per_clip(condition: F64, generated: F64) -> F64:
    """Cosine of each pair of rows, within [-1, 1]."""
    return np.clip((unit(condition) * unit(generated)).sum(axis=1), -1.0, 1.0)


def evaluate(condition: Features, generated: Features) -> Estimate:
    """Mean cosine over clips.

    Args:
        condition: embeddings (clips, d) of the videos or captions.
        generated: of the generated audio, in the same order.

    Raises:
        MetricError: see :func:`validate`.
    """
    one, other = validate(condition, generated)
    return mean_of_clips(
        per_clip(one, other),
        warnings=all_equal(one, "embeddings of the condition") + all_equal(other, "embeddings of the generated audio"),
    )


def _metric(key: str, title: str, summary: str, condition: Side) -> Metric:
    return Metric(
        key=key,
        title=title,
        unit="cosine",
        better="higher",
        per_item=True,
        summary=summary,
        needs=(encoded(key, "embedding", condition), encoded(key, "embedding", "generated")),
        compute=evaluate,
        bounds=(-1.0, 1.0),
        yardstick="shuffled",
        expect={
            **dict.fromkeys(("noise_only", "swap_across", "music"), WORSENS),
            **dict.fromkeys(("time_shift", "gain"), STILL),
        },
    )


MS_CLAP = _metric("ms_clap", "MS-CLAP", "Does a clip fit its caption?", "text")
LA_CLAP = _metric("la_clap", "LA-CLAP", "Does a clip fit its caption, according to a second network?", "text")
IB = _metric("ib", "IB", "Does a clip fit its picture?", "video")
