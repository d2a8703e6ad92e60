"""A small part of ``python -m tests.fuzz worker``, always the same."""

from __future__ import annotations

import pytest

from tests.fuzz import FINDING
from tests.fuzz.worker import campaign
from vggsound_omni.generators.worker import in_process, messages


@pytest.mark.filterwarnings("ignore:invalid value encountered in cast")
def test_garbage_is_refused_by_a_rule_or_valid() -> None:
    outcomes = campaign(100, seed=0, seconds=30)
    assert not [outcome for outcome in outcomes if outcome.startswith(FINDING)]
    assert outcomes.total() == 100
    assert {"valid", "a valid card", "refused: no message", "refused: finite", "refused: timeout"} <= set(outcomes)


def test_the_campaign_finds_a_reader_that_believes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_process, "validate", lambda audio, request, may_be_silent: audio)
    assert campaign(40, seed=0, seconds=30)[f"{FINDING}: an invalid answer was taken"]


def test_the_campaign_finds_a_reader_that_stumbles(monkeypatch: pytest.MonkeyPatch) -> None:
    def trusting(message: dict[str, str]) -> messages.Refused:
        return messages.Refused(rule=message["rule"], reason=message["reason"])  # type: ignore[arg-type]

    monkeypatch.setattr(messages, "_refusal", trusting)
    assert [outcome for outcome in campaign(100, seed=0, seconds=30) if outcome.startswith(FINDING)]
