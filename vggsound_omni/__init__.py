"""VGGSound-Omni: how good is a model that makes sound from text, video or both, and how sure are we?"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vggsound_omni.runs.evaluate import Evaluation, evaluate

__all__ = ["Evaluation", "__version__", "evaluate"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the type is that of the attribute
    """Imports the Python face when it is asked for: listing verbs must stay quick."""
    if name in ("Evaluation", "evaluate"):
        from vggsound_omni.runs import evaluate as evaluation

        return getattr(evaluation, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
