"""From a model string to a generator.

Strings are: a registered name, ``package.module:factory``, ``file.py:factory``, ``dir:PATH``,
``cmd:PROGRAM ARGS``, ``http://...`` and ``https://...``. Whoever wants a name of their own declares an entry point
in the group ``vggsound_omni.generators`` whose value is the factory.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any

from vggsound_omni.errors import UserError, unknown_name
from vggsound_omni.wording import shorten

from . import loading
from .arguments import convert, takes
from .cards import a

if TYPE_CHECKING:
    from vggsound_omni.protocol import Generator, Task
    from vggsound_omni.suites.suite import Suite

ENTRY_POINTS = "vggsound_omni.generators"
"""The entry point group of third parties' generators."""
_ROOM = "vggsound_omni.generators"
_OWN = "vggsound-omni"
"""The distribution that this is, whose entry points are as good as bundled."""
_log = logging.getLogger(__name__)
_WARNED: set[str] = set()


@dataclass(frozen=True, kw_only=True)
class ModelListing:
    """What is known of a model without importing it."""

    name: str
    what: str
    """One line."""
    tasks: tuple[Task, ...] = ()
    """Empty where only its card says, which is read when it is loaded."""
    origin: str = "bundled"
    """The distribution that brings it, or the word "bundled"."""
    target: str
    """Where it is, as "module:factory"."""
    needs_suite: bool = False
    """Whether it answers with a suite's own recordings, and so cannot run without one. Reserved for baselines."""
    knows_items: bool = False
    """Whether it is asked by the items' own ids, and not by aliases: it finds recordings or files by them."""


_ALL: tuple[Task, ...] = ("t2a", "v2a", "vt2a")
_BUNDLED = {
    listing.name: listing
    for listing in (
        ModelListing(
            name="reference",
            what="the item's own recording: the ceiling",
            tasks=_ALL,
            target=f"{_ROOM}.baselines.oracle:Reference",
            needs_suite=True,
            knows_items=True,
        ),
        ModelListing(
            name="shuffled",
            what="another item's recording: real sound, wrong item",
            tasks=_ALL,
            target=f"{_ROOM}.baselines.oracle:Shuffled",
            needs_suite=True,
            knows_items=True,
        ),
        ModelListing(
            name="retrieval",
            what="the FoleyWorld training clip with the nearest caption",
            tasks=("t2a", "vt2a"),
            target=f"{_ROOM}.baselines.retrieval:Retrieval",
        ),
        ModelListing(
            name="noise", what="noise with the spectrum of speech", tasks=_ALL, target=f"{_ROOM}.baselines.noise:Noise"
        ),
        ModelListing(
            name="silence", what="digital silence: the floor", tasks=_ALL, target=f"{_ROOM}.baselines.silence:Silence"
        ),
        ModelListing(
            name="autoencoder",
            what="the item's own recording through ref's autoencoder: what that alone costs",
            tasks=_ALL,
            target="reference_model.reconstruction:Reconstruction",
            needs_suite=True,
            knows_items=True,
        ),
    )
}
_ADAPTERS = {
    listing.name: listing
    for listing in (
        ModelListing(
            name="dir:",
            what="audio files named by item id",
            tasks=_ALL,
            target=f"{_ROOM}.adapters.folder:Folder",
            knows_items=True,
        ),
        ModelListing(
            name="cmd:", what="a program that speaks JSON lines", tasks=_ALL, target=f"{_ROOM}.adapters.command:Command"
        ),
        ModelListing(name="http://", what="a server", tasks=_ALL, target=f"{_ROOM}.adapters.http:HttpServer"),
        ModelListing(name="https://", what="a server", tasks=_ALL, target=f"{_ROOM}.adapters.http:HttpServer"),
    )
}


def names() -> dict[str, ModelListing]:
    """Every registered model by name, bundled ones first, without importing any.

    A name that another package takes as well keeps its bundled meaning; one that two other packages bring has none.
    See :func:`ignored`.
    """
    return _registered()[0]


def ignored() -> dict[str, str]:
    """Names that installed packages bring and that are not used, each with a sentence that says why."""
    return _registered()[1]


def listing_of(model: str) -> ModelListing | None:
    """The listing of a registered name or adapter; None for ``module:factory`` and ``file.py:factory``.

    Warns once of a name that another package brings as well.

    Raises:
        UserError: an unknown name, or one that two packages bring.
    """
    for scheme, listing in _ADAPTERS.items():
        if model.startswith(scheme):
            return listing
    if ":" in model:
        return None
    registered, unused = _registered()
    if model not in registered:
        if model in unused:
            raise UserError(unused[model])
        error = unknown_name("model", model, registered)
        more = " Other models are written package.module:factory, file.py:factory, dir:PATH, cmd:PROGRAM or http://..."
        raise UserError(str(error) + more)
    if model in unused and unused[model] not in _WARNED:
        _WARNED.add(unused[model])
        _log.warning("%s", unused[model])
    return registered[model]


def _registered() -> tuple[dict[str, ModelListing], dict[str, str]]:
    """Models by name, and sentences on names that are not used."""
    found = dict(_BUNDLED)
    unused: dict[str, str] = {}
    entries = [
        (entry, entry.dist.name if entry.dist else "unknown") for entry in metadata.entry_points(group=ENTRY_POINTS)
    ]
    for entry, brought_by in sorted(entries, key=lambda pair: (pair[1] != _OWN, pair[0].name, pair[1])):
        name = shorten(entry.name, 100)
        other = found.get(name)
        if other is None:
            what = shorten(loading.summary(entry.value))
            found[name] = ModelListing(name=name, what=what, origin=brought_by, target=entry.value)
        elif other.target != entry.value:
            if other.origin in ("bundled", _OWN):
                unused[name] = (
                    f'The package {shorten(brought_by)} brings a model named "{name}", which is the name of a bundled '
                    f"one: it is ignored, and can be had as {shorten(entry.value)}."
                )
            else:
                unused[name] = (
                    f'Two installed packages bring a model named "{name}", {other.origin} and {shorten(brought_by)}: '
                    f"say {shorten(other.target)} or {shorten(entry.value)}, or uninstall one of them."
                )
    for name in unused:
        if found[name].origin not in ("bundled", _OWN):
            del found[name]
    return found, unused


def find(
    model: str,
    arguments: Mapping[str, str] | None = None,
    suite: Suite | None = None,
    device: str | None = None,
) -> Generator:
    """Makes the generator that a model string names.

    A factory is a class, a function that returns a generator, or a generator object itself. Whatever its code raises
    while it is imported or made passes through.

    Args:
        model: see the module.
        arguments: given to the factory as keywords, see :func:`.arguments.convert`.
        suite: given to the bundled baselines that answer with a suite's own recordings, and to nothing else.
        device: given to a factory that has a parameter of that name, unless an argument says otherwise.

    Raises:
        UserError: nothing has that name, an argument is wrong, or what the factory returns has no ``generate``.
    """
    listing = listing_of(model)
    reserved: dict[str, Any] = {}
    if listing and listing.needs_suite:
        if suite is None:
            raise UserError(f'The model "{model}" answers with a suite\'s own recordings, so it needs a suite.')
        reserved["suite"] = suite
    elif listing and listing.name in _ADAPTERS:
        rest = model if listing.name.startswith("http") else model.removeprefix(listing.name)
        reserved["address"] = rest
    factory = loading.locate(listing.target if listing else model)
    given = dict(arguments or {})
    if device is not None and callable(factory) and takes(factory, "device"):
        given.setdefault("device", device)
    return _make(factory, given, model, reserved)


def _make(factory: object, arguments: Mapping[str, str], model: str, reserved: Mapping[str, Any]) -> Generator:
    if not isinstance(factory, type) and hasattr(factory, "generate"):
        if arguments:
            raise UserError(f'The model "{model}" is an object made already, so it takes no arguments.')
        return factory
    if not callable(factory):
        raise UserError(f'"{model}" is {a(factory)}; a class, a function or an object with generate() was expected.')
    generator = factory(**convert(factory, arguments, model, reserved))
    if not callable(getattr(generator, "generate", None)):
        raise UserError(f'"{model}" made {a(generator)}, which has no method generate(requests).')
    return generator
