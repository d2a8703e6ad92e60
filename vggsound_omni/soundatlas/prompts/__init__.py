"""What models are asked, as files; the hash of each is part of what a caption was made with."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

_PLACE = re.compile(r"\{([a-z]+)\}")
NAMES = ("vision", "junior", "senior", "check", "again")
"""Of captioning."""


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """A text with places to fill."""

    name: str
    text: str

    @property
    def sha256(self) -> str:
        """Of the text, before anything is filled in."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def fill(self, **values: object) -> str:
        """Returns the text with JSON in its places, so that no value can end its quotation.

        Raises:
            KeyError: a place is missing, or has no value.
        """
        places = set(_PLACE.findall(self.text))
        if places != values.keys():
            raise KeyError(f"{self.name}: {sorted(places ^ values.keys())}")
        return _PLACE.sub(lambda place: _quoted(values[place[1]]), self.text)


def _quoted(value: object) -> str:
    """Returns JSON in which no control token of a chat template can stand: these begin with "<" or "["."""
    found = json.dumps(value, ensure_ascii=True)
    return found.replace("<", "\\u003c").replace("[INST", "\\u005bINST").replace("[/INST", "\\u005b/INST")


@cache
def prompt(name: str) -> Prompt:
    """Returns one of the prompts that ship with the package."""
    return Prompt(name=name, text=resources.files(__name__).joinpath(f"{name}.md").read_text(encoding="utf-8"))


@cache
def phrases() -> tuple[str, ...]:
    """Returns what captioners write when they do not hear it, in lower case."""
    lines = resources.files(__name__).joinpath("phrases.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


def identity() -> dict[str, str]:
    """Returns the SHA-256 of every prompt, and of the phrases, by name."""
    found = {name: prompt(name).sha256 for name in NAMES}
    return found | {"phrases": hashlib.sha256("\n".join(phrases()).encode()).hexdigest()}
