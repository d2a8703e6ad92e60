"""Opening the judge of a run: an audio language model that a file names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console

from vggsound_omni.errors import UserError
from vggsound_omni.features.extract import Binding
from vggsound_omni.features.judging import Judge
from vggsound_omni.metrics.metric import Rated


@contextmanager
def judge_of(file: Path | None, ledger: Path | None, console: Console) -> Iterator[Judge | None]:
    """Opens the judge that a file names, and closes it with the block; no judge without a file.

    Args:
        file: TOML; docs/judge.md describes it.
        ledger: where it is written down what the judge costs; None: nowhere.
        console: where progress is shown.

    Raises:
        UserError: the file cannot be read or says what it must not, or a package is missing.
    """
    if file is None:
        yield None
        return
    if find_spec("httpx") is None:
        raise UserError('A judge needs httpx: pip install "vggsound-omni[caption]".')
    from vggsound_omni.soundatlas.judge import open_judge

    with open_judge(file, ledger, console) as judge:
        yield judge


def askable(bound: Sequence[Binding], judge: Judge | None) -> list[Binding]:
    """Returns metrics without the one on a user's own questions, if there are none."""
    if judge is not None and judge.keys:
        return list(bound)
    return [one for one in bound if not any(isinstance(need, Rated) for need in one.metric.needs)]
