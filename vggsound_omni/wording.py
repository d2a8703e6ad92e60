"""Somebody else's text: what in it commands a terminal or cannot be seen, and how to quote it on one short line."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 600
"""Characters of somebody else's text that are quoted."""
_READ = 100_000  # characters looked at, so that an endless text does not take endless time
_SEQUENCES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # CSI (ECMA-48, 5.4): colours, cursor, clearing
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # strings: titles, links
    r"|\x1b[ -/]*[0-~]?"  # all others
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})  # Unicode categories: control, format, surrogate, line ends
_JOINERS = "\u200c\u200d"
"""Zero-width joiners, which Persian, Hindi and emoji are written with; other format characters reorder or hide text."""


def clean(text: str, *, keep_lines: bool = False) -> str:
    """Returns a text without escape sequences, control characters and bidirectional overrides.

    What is not a character becomes "\N{REPLACEMENT CHARACTER}".

    Args:
        text: anything.
        keep_lines: keeps newlines and tabs; otherwise they become spaces.
    """
    text = str.__getitem__(text, slice(None))  # a plain string, also of a subclass
    if text.isprintable():
        return text
    kept = "\n\t" if keep_lines else ""
    text = _SEQUENCES.sub("", text)
    return "".join(character if character in kept else _shown(character) for character in text)


def shorten(text: str, longest: int = LONGEST) -> str:
    """Returns a text as part of one line: clean, its white space collapsed, cut to a length."""
    line = " ".join(clean(str.__getitem__(text, slice(_READ))).split())
    return line if len(line) <= longest else line[: longest - 4] + " ..."


def has_control(text: str) -> bool:
    """Returns whether a text has control characters, other than tabs and line ends, or halves of characters."""
    return _CONTROL.search(text) is not None


def without_control(text: str) -> str:
    """Returns the text with a blank in place of each character that :func:`has_control` finds."""
    return _CONTROL.sub(" ", text)


def has_unseen(name: str) -> bool:
    """Returns whether a name has characters that a terminal obeys or a reader cannot see; joiners may be in it."""
    return any(c not in _JOINERS and unicodedata.category(c) in _UNSEEN for c in name)


def first_invisible(text: str) -> str | None:
    """Returns the first character of a text that a reader cannot see, other than a tab or line end; None: all show."""
    if text.isascii() and text.isprintable():
        return None
    return next((c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co") and c not in "\n\t"), None)


def _shown(character: str) -> str:
    """What one character becomes on a line."""
    if character.isspace():
        return " "
    category = unicodedata.category(character)
    if category in ("Cc", "Cf") and character not in _JOINERS:
        return ""
    return "\ufffd" if category in ("Cs", "Co", "Cn") else character


def with_article(noun: str) -> str:
    """Returns a noun behind its article: "a dict", "an encoder"."""
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"
