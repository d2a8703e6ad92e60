"""Somebody else's text as part of our own: on one line, short, and nothing in it that commands a terminal."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 600
"""Characters of somebody else's text that are quoted."""
_READ = 100_000  # characters looked at, so that a text without end does not take time without end
_SEQUENCES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # CSI (ECMA-48, 5.4): colours, cursor, clearing
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # strings: titles, links
    r"|\x1b[ -/]*[0-~]?"  # all others
)
_KEPT_FORMATS = "\u200c\u200d"
"""Zero-width joiners, which Persian, Hindi and emoji are written with; other format characters reorder or hide text."""


def clean(text: str, *, keep_lines: bool = False) -> str:
    """A text without escape sequences, control characters and bidirectional overrides; what is no character is "�".

    Args:
        text: anything.
        keep_lines: keeps newlines and tabs; else they become spaces.
    """
    text = str.__getitem__(text, slice(None))  # of a subclass too, a plain string
    if text.isprintable():
        return text
    kept = "\n\t" if keep_lines else ""
    text = _SEQUENCES.sub("", text)
    return "".join(
        character
        if character in kept
        else " "
        if character.isspace()
        else ""
        if unicodedata.category(character) in ("Cc", "Cf") and character not in _KEPT_FORMATS
        else "\ufffd"
        if unicodedata.category(character) in ("Cs", "Co", "Cn")
        else character
        for character in text
    )


def shorten(text: str, longest: int = LONGEST) -> str:
    """A text as part of one line: clean, its white space collapsed, cut to a length."""
    line = " ".join(clean(str.__getitem__(text, slice(_READ))).split())
    return line if len(line) <= longest else line[: longest - 4] + " ..."
