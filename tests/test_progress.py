"""Progress without a terminal is plain lines, in a terminal a bar, and with --quiet nothing."""

from __future__ import annotations

import io
import time

import pytest
from rich.console import Console

from vggsound_omni import progress
from vggsound_omni.progress import Progress, duration, with_progress


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """A console that is no terminal, and lines that come after hundredths of seconds."""
    monkeypatch.setattr(progress, "EVERY", 0.02)
    monkeypatch.setattr(progress, "SELDOM", 0.05)
    monkeypatch.delenv("OMNI_BENCH_QUIET", raising=False)
    return io.StringIO()


def work(out: io.StringIO, *, announce: bool = False, until: str = "") -> list[str]:
    with Progress("Baking [4] loaves", 4, Console(file=out), announce=announce) as going:
        going.advance()
        deadline = time.monotonic() + 30
        while until not in out.getvalue() and time.monotonic() < deadline:
            time.sleep(0.01)
        going.update(4)
    return out.getvalue().splitlines()


def test_lines_come_by_themselves_while_a_piece_takes_long(impatient: io.StringIO) -> None:
    lines = work(impatient, until="1 of 4")
    assert lines[0].startswith("Baking [4] loaves: 1 of 4"), "brackets are no markup"
    assert "left" in lines[0]
    assert lines[-1].startswith("Baking [4] loaves: 4 of 4 in 0:")


def test_what_is_done_at_once_says_nothing_unless_it_was_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMNI_BENCH_QUIET", raising=False)
    assert work(io.StringIO()) == []
    assert work(io.StringIO(), announce=True) == ["Baking [4] loaves: 0 of 4", "Baking [4] loaves: 4 of 4 in 0:00"]


def test_quiet_means_nothing_at_all(impatient: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMNI_BENCH_QUIET", "")
    progress.be_quiet()
    with Progress("Baking", 4, Console(file=impatient), announce=True):
        time.sleep(0.1)
    assert impatient.getvalue() == ""


def test_a_terminal_gets_a_bar_and_no_lines(impatient: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    console = Console(file=impatient, force_terminal=True, width=80)
    assert list(with_progress(iter((1, 2)), 2, "Baking", console)) == [1, 2]
    with Progress("Baking", 4, console) as going:
        deadline = time.monotonic() + 30
        while "━" not in impatient.getvalue() and time.monotonic() < deadline:
            going.advance(0)
            time.sleep(0.01)
    assert "━" in impatient.getvalue()
    assert " of 4" not in impatient.getvalue()


def test_an_error_ends_the_lines_and_claims_nothing(impatient: io.StringIO) -> None:
    with pytest.raises(ZeroDivisionError), Progress("Baking", 4, Console(file=impatient), announce=True):
        raise ZeroDivisionError
    assert "in 0:00" not in impatient.getvalue()


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0:00"), (75, "1:15"), (3600, "1:00:00"), (7505, "2:05:05")])
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text
