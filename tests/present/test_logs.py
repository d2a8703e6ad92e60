"""What watches a run, and how its result looks in a notebook."""

from __future__ import annotations

import html.parser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from vggsound_omni.api import Evaluation
from vggsound_omni.errors import UserError
from vggsound_omni.present.logs import TensorBoardLog, WandbLog, open_log
from vggsound_omni.present.notebook import to_html
from vggsound_omni.protocol import Audio, Request
from vggsound_omni.runs.generate import generate
from vggsound_omni.runs.plan import RunOptions
from vggsound_omni.runs.result import Score
from vggsound_omni.runs.watching import Advance

from .test_tables import kl, result

PART_WAY = Advance(track="t2a", done=2, total=4, failed=1, seconds=3.0)


class Second:
    """Fails on every second request."""

    def generate(self, requests: Sequence[Request]) -> list[Audio]:
        self.count = getattr(self, "count", 0) + 1
        level = 0.1 if self.count % 2 else 9.0
        return [Audio(samples=np.full((1, 8000), level, np.float32), sample_rate=8000) for _ in requests]


def test_a_watcher_is_told_of_every_batch(captions_only: Path, tmp_path: Path) -> None:
    told: list[Advance] = []

    class Watching:
        def advance(self, at: Advance) -> None:
            told.append(at)

        def finish(self, result: object) -> None:
            raise AssertionError("nothing is scored")

    options = RunOptions(suite=f"manifest:{captions_only}", track="t2a", model="mine", limit=4, output=tmp_path / "r")
    generate(options, Console(quiet=True), Second(), watchers=[Watching()])
    assert [(at.track, at.done, at.total, at.failed) for at in told] == [
        ("t2a", 1, 4, 0), ("t2a", 2, 4, 1), ("t2a", 3, 4, 1), ("t2a", 4, 4, 2),
    ]  # fmt: skip


def test_tensorboard_can_read_what_was_logged(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    log = TensorBoardLog(tmp_path, step=1000)
    log.advance(PART_WAY)
    log.finish(result(scores={"kl": kl(1.5), "ib": Score(status="not_applicable", reason="no video")}))
    events = EventAccumulator(str(tmp_path))
    events.Reload()
    assert set(events.Tags()["scalars"]) == {
        "t2a/items", "t2a/failed", "t2a/seconds_an_item", "t2a/kl", "t2a/kl/low", "t2a/kl/high",
    }  # fmt: skip
    (score,) = events.Scalars("t2a/kl")
    assert (score.step, score.value) == (1000, 1.5)
    assert events.Scalars("t2a/seconds_an_item")[0].value == 1.5


def test_wandb_is_given_scores_at_the_step_of_training() -> None:
    logged: list[tuple[dict[str, Any], int | None]] = []

    class Run:
        def log(self, data: dict[str, Any], step: int | None = None) -> None:
            logged.append((data, step))

    alone, training = WandbLog(Run()), WandbLog(Run(), step=7)
    alone.advance(PART_WAY)
    training.advance(PART_WAY)
    training.finish(result())
    assert logged == [
        ({"t2a/items": 2, "t2a/failed": 1, "t2a/seconds_an_item": 1.5}, None),
        ({"t2a/kl": 1.0, "t2a/kl/low": 0.75, "t2a/kl/high": 1.25}, 7),
    ]


@pytest.mark.parametrize("text", ["", "tensorboard", "tensorboard:", "csv:x"])
def test_what_names_no_log_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="--log takes tensorboard:DIR or wandb:PROJECT"):
        open_log(text)


def test_a_notebook_shows_a_table_whose_text_is_no_markup() -> None:
    evil = result("<script>x</script>", scores={"kl": kl(1.0, reason="a < b")})
    page = to_html([evil])
    assert "<script" not in page
    assert "1.00" in page
    assert "[0.75, 1.25]" in page
    assert "a &lt; b" in page
    opened: list[str] = []

    class Balance(html.parser.HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            opened.extend([] if tag == "br" else [tag])

        def handle_endtag(self, tag: str) -> None:
            assert opened.pop() == tag

    Balance().feed(page)
    assert opened == []


def test_an_evaluation_shows_itself_as_a_table_of_80_columns() -> None:
    found = Evaluation(result("mine"), pd.DataFrame())
    assert found._repr_html_() == to_html([found.result])
    assert "KL ↓" in repr(found)
    assert max(map(len, repr(found).splitlines())) <= 80
