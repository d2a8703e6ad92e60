"""A small part of the campaigns, always the same inputs; the whole is ``python -m tests.fuzz media --n 2000``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from . import FINDING, __main__, manifest, media


@pytest.mark.parametrize("campaign", [media.campaign, manifest.campaign], ids=["media", "manifest"])
def test_no_input_is_a_finding(campaign: Callable[[int, int, float], Counter[str]]) -> None:
    outcomes = campaign(60, 7, 120.0)
    assert not [outcome for outcome in outcomes if outcome.startswith(FINDING)]
    assert any(outcome.endswith("read") for outcome in outcomes)
    assert any(outcome.endswith("refused") for outcome in outcomes)


@pytest.mark.parametrize(("found", "code"), [("read", 0), (f"{FINDING}: TypeError", 1)])
def test_a_finding_is_the_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], found: str, code: int
) -> None:
    monkeypatch.setattr(media, "campaign", lambda n, seed, seconds: Counter({found: n}))
    assert __main__.main(["media", "--n", "3"]) == code
    assert f"      3  {found}\n" in capsys.readouterr().out


def test_the_same_seed_gives_the_same_inputs() -> None:
    assert media.attempt((3, 9)) == media.attempt((3, 9))
