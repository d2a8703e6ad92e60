"""Nothing that somebody else says commands a terminal, hides text, or has no end."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vggsound_omni.wording import LONGEST, clean, shorten


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("\x1b[2J\x1b[1;1Hall gone", "all gone"),
        ("\x9b2Jall gone", "all gone"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]52;c;cm0gLXJm\x07copied", "copied"),
        ("\x1bP1$r0m\x1b\\device", "device"),
        ("\x1bcreset \x1b(0line", "reset line"),
        ("\x1b[31", ""),
        ("over\rwritten\b\b\x07\x00", "over written"),
        ("file\u202egnp.exe\u202c \u2066x\u2069", "filegnp.exe x"),
        ("two\nlines\u2028three\x85four", "two lines three four"),
        ("lone \ud800 surrogate", "lone \ufffd surrogate"),
        ("tag\U000e0041s and \ufeffmarks", "tags and marks"),
        ("plain, ünïcode, 日本, 👩\u200d🚀, می\u200cخواهم", "plain, ünïcode, 日本, 👩\u200d🚀, می\u200cخواهم"),
    ],
)
def test_what_commands_a_terminal_is_taken_out(said: str, shown: str) -> None:
    assert shorten(said) == shown


@given(st.text(st.characters() | st.sampled_from("\x1b\x9b\x9d[]0;mJ\x07\\\u202e\ud800\n")))
def test_nothing_is_left_but_one_printable_line(text: str) -> None:
    line = shorten(text)
    assert len(line) <= LONGEST
    assert line == " ".join(line.split())
    assert not [c for c in line if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")]
    assert shorten(line) == line
    line.encode()


def test_lines_are_kept_where_they_are_wanted() -> None:
    assert clean("a\n\tb\x1b[0m\rc\n", keep_lines=True) == "a\n\tb c\n"


def test_a_text_without_end_is_cut_and_a_subclass_is_made_plain() -> None:
    class Shout(str):
        __slots__ = ()

        def __str__(self) -> str:
            return "AH"

    assert shorten("x" * 10**7) == "x" * (LONGEST - 4) + " ..."
    assert type(clean(Shout("a"))) is str
    assert clean(Shout("a")) == "a"
