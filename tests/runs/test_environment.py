"""What a result says of the program that made it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from vggsound_omni.runs.environment import environment

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a checkout")
def test_the_commit_of_a_checkout_is_told_and_whether_files_differ() -> None:
    head, changed = (
        subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
        for words in (("rev-parse", "HEAD"), ("status", "--porcelain", "-uno"))
    )
    assert environment()["commit"] == head + ("+changes" if changed else "")
