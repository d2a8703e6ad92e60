"""Ten thousand clips through a trivial server in another process: memory stays flat, and the overhead is small."""

from __future__ import annotations

import multiprocessing
import resource
import time
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from tests.soundatlas.server import Reply, serving
from tests.soundatlas.test_drafts import said
from tests.soundatlas.test_pipeline import _table
from vggsound_omni.soundatlas.clips import Clip
from vggsound_omni.soundatlas.pipeline import Atlas
from vggsound_omni.soundatlas.runner import Journal, Outcome, run
from vggsound_omni.soundatlas.served import ServedCaptioner
from vggsound_omni.soundatlas.servers import Budget, Client, Endpoint
from vggsound_omni.soundatlas.thresholds import PUBLISHED

CLIPS = 10_000


def trivial(pipe: Connection) -> None:
    """Serves until it is told to stop, and forgets what it was asked."""
    with serving(lambda body, number: Reply(said())) as server:
        server.keep = False
        pipe.send(server.url)
        pipe.recv()


@pytest.mark.scale
def test_ten_thousand_clips(tmp_path: Path) -> None:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=trivial, args=(theirs,), daemon=True)
    process.start()
    url = ours.recv()
    _table(tmp_path, 50)
    clips = [Clip(id=f"x{i}", audio=tmp_path / f"c{i % 50:04d}.wav", video=None, duration=0.2) for i in range(CLIPS)]
    journal = Journal(tmp_path / "work")
    memory: list[int] = []

    def progress(outcome: Outcome) -> None:
        if sum(outcome.statuses.values()) % 1000 == 0:
            memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)

    budget = Budget(tmp_path / "ledger.jsonl")
    with journal.locked(), Client(Endpoint(base_url=url, model="m"), budget) as client:
        atlas = Atlas(junior=ServedCaptioner(client, senior=False), senior=None, thresholds=PUBLISHED)
        began = time.process_time()
        outcome = run(clips, atlas, journal, 4, progress)
        seconds = time.process_time() - began
    budget.close()
    ours.send(None)
    process.join(10)
    assert outcome.statuses == {"kept": CLIPS}
    assert CLIPS / seconds > 200
    assert memory[-1] - memory[0] < 20_000  # KiB
