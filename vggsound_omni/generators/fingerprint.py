"""The hash of a generator's code: a resumed run can tell that its model changed in between."""

from __future__ import annotations

import hashlib
import importlib.util
import shlex
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from vggsound_omni.io import content_sha256

from .registry import listing_of

_CODE = {".py", ".safetensors"}
"""Suffixes of what a package's generator is made of: its code, and weights that ship with it."""


def fingerprint(model: str, arguments: Mapping[str, str]) -> str | None:
    """Returns the SHA-256 over the files that a model string names, without running any of them.

    These are: of ``file.py:factory`` the file and the code beside it; of ``package.module:factory`` and of a registered
    name the package's code and the weights in it; of ``cmd:`` the files that its command line names; and files given as
    arguments. Weights that a model finds by itself are not seen.

    Returns:
        None if nothing can be known: a server, or a folder of sounds (each of which is hashed when it is read).
    """
    files = sorted({path.resolve() for path in [*_files(model), *_named(arguments.values())]})
    if not files:
        return None
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.name} {content_sha256(path)}\n".encode())
    return digest.hexdigest()


def _files(model: str) -> Iterator[Path]:
    if model.startswith(("dir:", "http://", "https://")):
        return
    if model.startswith("cmd:"):
        yield from _named(shlex.split(model.removeprefix("cmd:")))
        return
    listing = listing_of(model)
    place = (listing.target if listing else model).rpartition(":")[0]
    if place.endswith(".py"):
        path = Path(place)
        if path.is_file():
            yield path
            yield from path.resolve().parent.glob("*.py")
        return
    yield from _package(place)


def _package(module: str) -> Iterator[Path]:
    """The files of a module's outermost package, or of this folder for what ships in it; none of its code is run."""
    if module.startswith(f"{__package__}."):
        yield from Path(__file__).parent.rglob("*.py")
        return
    name = module.partition(".")[0]
    # The working folder comes first, as it does where the generator is loaded.
    places = [Path.cwd() / name, Path.cwd() / f"{name}.py"]
    try:
        found = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        found = None
    if found is not None:
        places += [Path(place) for place in found.submodule_search_locations or [found.origin or ""]]
    place = next((place for place in places if place.exists()), None)
    if place is not None and place.is_file():
        yield place
    elif place is not None:
        yield from (path for path in place.rglob("*") if path.suffix in _CODE and path.is_file())


def _named(words: Iterable[str]) -> Iterator[Path]:
    for word in words:
        path = Path(word)
        try:
            if path.is_file():
                yield path
        except (OSError, ValueError):  # a word that cannot be a path
            continue
