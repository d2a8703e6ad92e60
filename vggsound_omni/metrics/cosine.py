"""Cosine similarity of paired embeddings: IB (picture and sound), MS-CLAP and LA-CLAP (caption and sound).

From -1 to 1, not multiplied by 100; papers report IB x 100. Where a network embeds several windows of a clip, the
embedding that arrives here is the mean of the windows' embeddings, each normalised to unit length.
"""

from __future__ import annotations

import numpy as np

from vggsound_omni.protocol import Side

from .estimate import F64, Estimate, MetricError, mean_of_clips
from .metric import STILL, WORSENS, Metric, encoded
from .validation import Features, all_equal, checked, same_shape


def validate(condition: Features, generated: Features) -> tuple[F64, F64]:
    """Returns both arrays in float64.

    Raises:
        MetricError: there are no clips, a value is not finite, the shapes differ, or an embedding has length 0 and so
            no direction.
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
    """Returns each row scaled to unit length, also where the square of its length would overflow or underflow."""
    scaled = embeddings / np.abs(embeddings).max(axis=1, keepdims=True)
    return scaled / np.linalg.norm(scaled, axis=1, keepdims=True)


def per_clip(condition: F64, generated: F64) -> F64:
    """Returns the cosine of each pair of rows, in [-1, 1]."""
    return np.clip((unit(condition) * unit(generated)).sum(axis=1), -1.0, 1.0)


def evaluate(condition: Features, generated: Features) -> Estimate:
    """Returns the mean cosine over clips.

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
        attacked=frozenset({"foleyworld"}),
        yardstick="shuffled",
        expect={
            **dict.fromkeys(("noise_only", "swap_across", "music"), WORSENS),
            **dict.fromkeys(("time_shift", "gain"), STILL),
        },
    )


MS_CLAP = _metric("ms_clap", "MS-CLAP", "Does a clip fit its caption?", "text")
LA_CLAP = _metric("la_clap", "LA-CLAP", "Does a clip fit its caption, according to a second network?", "text")
IB = _metric("ib", "IB", "Does a clip fit its picture?", "video")
