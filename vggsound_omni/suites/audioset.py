"""AudioSet's names for the classes of VGGSound and FoleyWorld: what a tagger may call them and be right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources


@cache
def audioset_names() -> dict[str, tuple[str, ...]]:
    """Returns AudioSet's display names by class; none for a class that AudioSet has no word for.

    ``audioset_names.txt`` says which names are listed, and why.
    """
    groups: dict[str, tuple[str, ...]] = {}
    found: dict[str, tuple[str, ...]] = {}
    for line in resources.files(__package__).joinpath("audioset_names.txt").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        name, _, listed = line.partition(" =")
        (groups if name.startswith("$") else found)[name] = tuple(_spelt(listed, groups))
    return found


def _spelt(listed: str, groups: dict[str, tuple[str, ...]]) -> Iterator[str]:
    for name in filter(None, (part.strip() for part in listed.split(";"))):
        yield from groups[name] if name.startswith("$") else (name,)


def names_of(label: str, classes: Sequence[str]) -> tuple[str, ...]:
    """Returns which of a tagger's classes name a label.

    Args:
        label: a class of VGGSound or FoleyWorld; of any other label, the classes that are called so, wholly or between
            commas, whatever the case: "rooster" is "Chicken, rooster".
        classes: AudioSet's display names.
    """
    if (names := audioset_names().get(label)) is not None:
        return names
    word = label.casefold()
    return tuple(name for name in classes if word in (name.casefold(), *name.casefold().split(", ")))
