"""What a user is told when something is wrong: one sentence that says what came, what was expected, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError


class UserError(Exception):
    """A mistake of the user's, or of the files given; shown as one sentence, without a traceback."""


class NotForTrackError(UserError):
    """A model does not do what a track asks for, or a suite has nothing for it; of several tracks it is left out."""


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


def first_problem(error: ValidationError) -> str:
    """Returns the first thing that is wrong with what was read, as a clause: where it stands, and why."""
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"]))[:120]
    return f"{where}: {first['msg']}" if where else first["msg"]
