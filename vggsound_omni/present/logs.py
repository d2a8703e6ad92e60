"""Logs of runs for TensorBoard and Weights & Biases: how far a run is, and then its scores.

Both are optional packages, imported when a log is opened.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol, cast

from vggsound_omni.errors import UserError
from vggsound_omni.runs.result import Result
from vggsound_omni.runs.watching import Advance

KINDS = ("tensorboard", "wandb")
"""What ``--log`` takes, each before a colon and a folder or project."""


class _Scalars(Protocol):
    """What a ``SummaryWriter`` has."""

    def add_scalar(self, tag: str, value: float, step: int, /) -> Any: ...  # noqa: ANN401
    def flush(self) -> Any: ...  # noqa: ANN401


class _Run(Protocol):
    """What a run of wandb has."""

    def log(self, data: dict[str, Any], step: int | None = None) -> Any: ...  # noqa: ANN401


class TensorBoardLog:
    """Writes to TensorBoard."""

    def __init__(self, writer: _Scalars | Path | str, step: int = 0) -> None:
        """Opens a log.

        Args:
            writer: a ``SummaryWriter`` that is there already, or a folder for a new one.
            step: of the training that the scores belong to.

        Raises:
            UserError: TensorBoard is not installed.
        """
        self._writer = _summary_writer(writer) if isinstance(writer, Path | str) else writer
        self._step = step

    def advance(self, at: Advance) -> None:
        """Writes how far the run is; its own steps are finished items."""
        for name, value in _progress(at).items():
            self._writer.add_scalar(name, value, at.done)

    def finish(self, result: Result) -> None:
        """Writes the scores."""
        for name, value in scores(result).items():
            self._writer.add_scalar(name, value, self._step)
        self._writer.flush()


def _summary_writer(folder: Path | str) -> _Scalars:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise UserError("TensorBoard is not installed: pip install tensorboard.") from error
    opened: Any = SummaryWriter(str(folder))
    return opened


class WandbLog:
    """Writes to Weights & Biases."""

    def __init__(self, run: _Run | str | None = None, step: int | None = None) -> None:
        """Opens a log.

        Args:
            run: what ``wandb.init`` returned, or the name of a project for a new run; None: the run that is going on.
            step: of the training that the scores belong to; None lets wandb count.

        Raises:
            UserError: wandb is not installed, or no run is going on.
        """
        if run is None or isinstance(run, str):
            try:
                import wandb
            except ImportError as error:
                raise UserError("Weights & Biases is not installed: pip install wandb.") from error
            opened: Any = wandb.run if run is None else wandb.init(project=run)
            if opened is None:
                raise UserError("No run of wandb is going on: call wandb.init() first, or give the name of a project.")
            run = opened
        self._run = cast("_Run", run)
        self._step = step

    def advance(self, at: Advance) -> None:
        """Writes how far the run is, unless a step of training was given: then only scores are its own."""
        if self._step is None:
            self._run.log(_progress(at))

    def finish(self, result: Result) -> None:
        """Writes the scores."""
        self._run.log(scores(result), step=self._step)


def open_log(text: str) -> TensorBoardLog | WandbLog:
    """Opens the log that ``tensorboard:DIR`` or ``wandb:PROJECT`` names.

    Raises:
        UserError: it is neither, or its package is not installed.
    """
    kind, colon, where = text.partition(":")
    if kind not in KINDS or not colon or not where:
        raise UserError(f'--log takes tensorboard:DIR or wandb:PROJECT, not "{text}".')
    return TensorBoardLog(where) if kind == "tensorboard" else WandbLog(where)


def scores(result: Result) -> dict[str, float]:
    """Returns a result's estimates and the ends of their intervals, by ``track/metric`` and ``track/metric/low``."""
    found: dict[str, float] = {}
    for key, score in result.scores.items():
        if score.estimate is None:
            continue
        found[f"{result.track}/{key}"] = score.estimate
        if score.interval:
            found |= {
                f"{result.track}/{key}/{end}": at for end, at in zip(("low", "high"), score.interval, strict=True)
            }
    return found


def _progress(at: Advance) -> dict[str, float]:
    return {
        f"{at.track}/items": at.done,
        f"{at.track}/failed": at.failed,
        f"{at.track}/seconds_an_item": at.seconds / max(at.done, 1),
    }
