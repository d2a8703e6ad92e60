"""VGGSound-Omni: how good is a model that makes sound from text, video or both, and how sure are we?"""

import importlib
from typing import TYPE_CHECKING, Any

from vggsound_omni.version import __version__

if TYPE_CHECKING:
    from vggsound_omni.api import Evaluation, evaluate
    from vggsound_omni.metrics import Estimate, Metric, MetricError, compared, encoded, mean_of_clips, samples, truth
    from vggsound_omni.present.logs import TensorBoardLog, WandbLog
    from vggsound_omni.suites import Item, Media, Suite, Truth
    from vggsound_omni.suites import open_suite as load_suite
    from vggsound_omni.tracks import Track, load_track

_PLACES = {
    **dict.fromkeys(("Evaluation", "evaluate"), "api"),
    **dict.fromkeys(
        ("Estimate", "Metric", "MetricError", "compared", "encoded", "mean_of_clips", "samples", "truth"), "metrics"
    ),
    **dict.fromkeys(("TensorBoardLog", "WandbLog"), "present.logs"),
    **dict.fromkeys(("Item", "Media", "Suite", "Truth", "load_suite"), "suites"),
    **dict.fromkeys(("Track", "load_track"), "tracks"),
}
"""The room of each public name, which is imported when the name is first used: listing verbs must stay quick."""
__all__ = [
    "Estimate",
    "Evaluation",
    "Item",
    "Media",
    "Metric",
    "MetricError",
    "Suite",
    "TensorBoardLog",
    "Track",
    "Truth",
    "WandbLog",
    "__version__",
    "compared",
    "encoded",
    "evaluate",
    "load_suite",
    "load_track",
    "mean_of_clips",
    "samples",
    "truth",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the type is that of the attribute
    """Imports a public name from its room."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    room = importlib.import_module(f"{__name__}.{_PLACES[name]}")
    return getattr(room, {"load_suite": "open_suite"}.get(name, name))
