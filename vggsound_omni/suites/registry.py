"""Where items come from."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from vggsound_omni.errors import UserError, unknown_name

from .suite import Suite


class SuiteListing(NamedTuple):
    """A line of ``omni-bench suites``."""

    name: str
    what: str
    encoder_set: str


def listing() -> list[SuiteListing]:
    """The suites that can be named."""
    return [
        SuiteListing(
            "foleyworld", "FoleyWorld's test split: 384 main, 96 natural, 64 bgm; rendered here", "foleyworld"
        ),
        SuiteListing(
            "foleyworld:validation", "FoleyWorld's validation split: 128 main, 32 natural, 32 bgm", "foleyworld"
        ),
        SuiteListing("manifest:FILE", "your own clips, listed in a CSV, TSV or JSONL file", "pretrained"),
        SuiteListing("FOLDER", "a real suite that omni-bench data build made of media at hand", "pretrained"),
    ]


def open_suite(name: str) -> Suite:
    """The suite of a name: ``foleyworld``, ``foleyworld:SPLIT``, ``manifest:FILE`` or the folder of a built one.

    Raises:
        UserError: no such suite, or a manifest that cannot be read.
    """
    kind, _, rest = name.partition(":")
    if kind == "foleyworld":
        from vggsound_omni.suites.foleyworld.suite import FoleyWorld

        return FoleyWorld(rest or "test")
    if kind == "manifest":
        from .manifest import ManifestSuite

        if not rest:
            raise UserError("The suite manifest: needs a file, as in manifest:clips.csv.")
        return ManifestSuite(Path(rest))
    from .built import BuiltSuite, is_built

    if is_built(Path(name)):
        return BuiltSuite(Path(name))
    raise unknown_name("suite", name, [line.name for line in listing()])
