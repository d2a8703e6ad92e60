"""What a user is told when something is wrong: one sentence that says what came, what was expected, what to do."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable


class UserError(Exception):
    """A mistake of the user's, or of the files given; shown as one sentence, without a traceback."""


def unknown_name(kind: str, name: str, known: Iterable[str]) -> UserError:
    """The error for a name that does not exist, with the nearest that does.

    Args:
        kind: what was looked for ("model", "track").
        name: what was given.
        known: every valid name.
    """
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.4)
    hint = f'did you mean "{near[0]}"? ' if near else ""
    return UserError(f'Unknown {kind} "{name}": {hint}known are {", ".join(names)}.')


_JOINERS = "\u200c\u200d"
"""Format characters that words of several scripts are spelt with."""


def printable(text: str) -> str:
    """Somebody else's text without what a terminal obeys: control and format characters become "?".

    Line ends and tabs stay. An escape sequence starts with a control character, and text that runs backwards with a
    format character, so neither survives.
    """
    kept = "\n\t" + _JOINERS
    return "".join("?" if c not in kept and unicodedata.category(c) in ("Cc", "Cf", "Cs") else c for c in text)
