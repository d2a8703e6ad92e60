"""What a run cost: seconds for each clip, and memory."""

from __future__ import annotations

import statistics
from collections.abc import Iterable

from vggsound_omni.generators.worker.memory import mebibytes, own_peak

from .folder import Record
from .result import Costs


def costs(records: Iterable[Record], scored: int, seconds: float) -> Costs:
    """Returns what generating and scoring cost.

    Args:
        records: of the run's items.
        scored: clips that were scored.
        seconds: that scoring took; less if features were in the cache.
    """
    done = [record for record in records if record.status == "done"]
    taken = sorted(record.seconds for record in done)
    own = own_peak()
    return Costs(
        generate_seconds=round(statistics.median(taken), 3) if taken else None,
        generate_slowest=taken[-1] if taken else None,
        generate_memory=max((record.memory for record in done if record.memory is not None), default=None),
        generate_gpu_memory=max((record.gpu_memory for record in done if record.gpu_memory is not None), default=None),
        score_seconds=round(seconds / scored, 3) if scored else None,
        score_memory=mebibytes(own.host),
        score_gpu_memory=mebibytes(own.gpu),
    )
