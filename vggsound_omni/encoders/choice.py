"""Which encoder set scores which sound: FoleyWorld's own for that world, published networks for real clips."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from vggsound_omni.errors import UserError, unknown_name

from .encoder import EncoderSpec
from .registry import encoder_sets, playing, weights_store

OPEN = "open"
"""The set that stands in where the weights of a suite's own are not here."""


class Choice(NamedTuple):
    """An encoder set, and why it is this one."""

    encoder_set: str
    why: str  # continues "real clips are scored by ...": "as panns is here"


def ships(encoder_set: str) -> bool:
    """Returns whether the weights of all encoders of a set come with the package that brings them."""
    return all(spec.weights is None for spec in _members(encoder_set))


def here(encoder_set: str, folder: Path | None = None) -> list[str]:
    """Returns the encoders of a set whose published weights are here.

    Args:
        encoder_set: the set.
        folder: where checkpoints are looked for; None: the mirror and the cache.
    """
    store, found = weights_store(), []
    for spec in _members(encoder_set):
        try:
            if spec.weights is not None and store.find(spec.name, folder):
                found.append(spec.name)
        except UserError:
            continue
    return found


def choose(asked: str | None, preferred: str, folder: Path | None = None) -> Choice:
    """Returns the encoder set to score with: the one asked for; else the preferred one, or ``open`` if it is not here.

    Args:
        asked: by the user.
        preferred: by the suite.
        folder: where checkpoints are looked for; None: the mirror and the cache.

    Raises:
        UserError: there is no such set, or neither the preferred set nor ``open`` has weights here.
    """
    known = encoder_sets()
    if asked is not None:
        if asked not in known:
            raise unknown_name("encoder set", asked, known)
        return Choice(asked, "as asked")
    if preferred in known and ships(preferred):
        return Choice(preferred, "which come with the suite")
    for name in (preferred, OPEN):
        if name in known and (found := here(name, folder)):
            verb = "is" if len(found) == 1 else "are"
            lacking = "" if name == preferred else f", and no weights of the {preferred} set"
            return Choice(name, f"as {', '.join(found)} {verb} here{lacking}")
    raise UserError(
        "Real clips are scored by published networks, and none has its weights here: run omni-bench weights pull open "
        "(one download of 32 MB), or ask for numbers that say nothing of real sound with --encoders foleyworld."
    )


def _members(encoder_set: str) -> list[EncoderSpec]:
    return list({spec.name: spec for specs in playing(encoder_set).values() for spec in specs}.values())
