"""A small part of the campaign ``python -m tests.fuzz submission``, and what validation costs."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.fuzz import FINDING, submission
from vggsound_omni.board.shelf import validate_file


def test_damaged_rows_and_leaderboards_are_valid_or_refused() -> None:
    outcomes = submission.campaign(20, 16, 60.0)
    assert not [one for one in outcomes if one.startswith(FINDING)], outcomes
    assert sum(count for one, count in outcomes.items() if one.endswith("refused")) > 10


@pytest.mark.soak
def test_a_hundred_thousand_keys_take_a_moment(tmp_path: Path) -> None:
    """Each was looked for among all before it: 20,000 took 3.8 s."""
    file = tmp_path / "mine@1.json"
    file.write_text(json.dumps({f"key {k}": k for k in range(100_000)})[:-1] + ', "key 99999": 0}')
    began = time.process_time()
    (found,) = validate_file(file)
    assert "The key 'key 99999' stands twice in one object" in found
    assert time.process_time() - began < 3.0


@pytest.mark.parametrize("number", ["1e308", "-1e31", "123456789012345678901", "1e400"])
def test_numbers_that_cannot_be_added_are_found(tmp_path: Path, number: str) -> None:
    file = tmp_path / "mine@1.json"
    file.write_text('{"items": {"kl": [' + ",".join([number] * 64) + "]}}")
    (found,) = validate_file(file)
    assert "It holds" in found
