"""The generators by name: the built-in ones, then those that installed packages bring.

This is not a :class:`vggsound_omni.registry.Registry`, for two reasons. An entry point may name a factory, and
importing that (with torch) only to list it would take seconds; so here a plug-in is read from its source. And a name
that two packages bring belongs to neither, since it decides what a published row is called.
"""

from __future__ import annotations

import ast
import logging
from dataclasses import fields, replace
from importlib import metadata
from typing import Any

from vggsound_omni.errors import UserError, unknown_name
from vggsound_omni.protocol import TASKS, Task
from vggsound_omni.wording import shorten

from . import loading
from .spec import GeneratorSpec

ENTRY_POINTS = "vggsound_omni.generators"
"""The entry point group of third parties' generators."""
_OWN = "vggsound-omni"  # this distribution, whose entry points are as good as built in
_log = logging.getLogger(__name__)
_WARNED: set[str] = set()


def _bundled(
    name: str, summary: str, target: str, tasks: tuple[Task, ...] = TASKS, *, suite: bool = False, ids: bool = False
) -> GeneratorSpec:
    return GeneratorSpec(
        name=name,
        summary=summary,
        target=f"{__package__}.{target}",
        tasks=tasks,
        needs_suite=suite,
        knows_items=ids or suite,  # who answers with a suite's recordings finds them by the items' ids
    )


BUILT_IN = (
    _bundled("oracle", "the item's own recording: the ceiling", "baselines.oracle:Oracle", suite=True),
    _bundled("shuffled", "another item's recording: real sound, wrong item", "baselines.shuffled:Shuffled", suite=True),
    _bundled(
        "retrieval",
        "the FoleyWorld training clip with the nearest caption",
        "baselines.retrieval:Retrieval",
        ("t2a", "vt2a"),
    ),
    _bundled(
        "grammar",
        "FoleyWorld's synthesis of what the caption says: what language alone can do",
        "baselines.grammar:Grammar",
        ("t2a", "vt2a"),
    ),
    _bundled("attack", "noise fitted by gradient to the bundled encoders", "baselines.attack:Attack"),
    _bundled("noise", "noise with the spectrum of speech", "baselines.noise:Noise"),
    _bundled("silence", "digital silence: the floor", "baselines.silence:Silence"),
)
ADAPTERS = (
    _bundled("dir:", "audio files named by item id", "adapters.folder:Folder", ids=True),
    _bundled("cmd:", "a program that speaks JSON lines", "adapters.command:Command"),
    _bundled("http://", "a server", "adapters.http:HttpServer"),
    _bundled("https://", "a server", "adapters.http:HttpServer"),
)
"""Generators whose name is the start of a model string, and whose argument is the rest."""
FORMER_NAMES = {"reference": "oracle"}
"""Names of an earlier version, by which old run folders call their model. They still work, and are not listed."""


def names() -> dict[str, GeneratorSpec]:
    """Returns every named generator, built-in ones first, without importing any.

    A built-in name keeps its meaning if another package takes it too; a name that two other packages bring has none.
    See :func:`ignored`.
    """
    return _registered()[0]


def ignored() -> dict[str, str]:
    """Returns the names that installed packages bring and that are not used, each with the reason as a sentence."""
    return _registered()[1]


def listing_of(model: str) -> GeneratorSpec | None:
    """Returns the spec of a name or adapter; None for ``module:factory`` and ``file.py:factory``.

    Warns once of a name that another package brings too.

    Raises:
        UserError: an unknown name, or one that two packages bring.
    """
    for adapter in ADAPTERS:
        if model.startswith(adapter.name):
            return adapter
    if ":" in model:
        return None
    name = FORMER_NAMES.get(model, model)
    registered, unused = _registered()
    if name not in registered:
        if name in unused:
            raise UserError(unused[name])
        error = unknown_name("model", name, registered)
        more = " Other models are written package.module:factory, file.py:factory, dir:PATH, cmd:PROGRAM or http://..."
        raise UserError(str(error) + more)
    if name in unused and unused[name] not in _WARNED:
        _WARNED.add(unused[name])
        _log.warning("%s", unused[name])
    return registered[name]


def _registered() -> tuple[dict[str, GeneratorSpec], dict[str, str]]:
    """Specs by name, and a sentence on each name that is not used."""
    found = {spec.name: spec for spec in BUILT_IN}
    taken = found | {former: found[name] for former, name in FORMER_NAMES.items()}
    unused: dict[str, str] = {}
    entries = [
        (entry, entry.dist.name if entry.dist else "unknown") for entry in metadata.entry_points(group=ENTRY_POINTS)
    ]
    for entry, package in sorted(entries, key=lambda pair: (pair[1] != _OWN, pair[0].name, pair[1])):
        name, brought_by = shorten(entry.name, 100), shorten(package)
        try:
            spec = _read(entry.value, name, package)
        except ValueError as error:
            unused.setdefault(
                name,
                f'The package {brought_by} brings a model named "{name}" that cannot be used, and it is left out: '
                f"{shorten(str(error), 300)}.",
            )
            continue
        other = taken.get(name)
        if other is None:
            found[name] = taken[name] = spec
        elif other.origin in ("built in", _OWN):
            if other.target != spec.target:
                unused[name] = (
                    f'The package {brought_by} brings a model named "{name}", which is the name of a bundled one: it '
                    f"is ignored, and can be had as {shorten(spec.target)}."
                )
        elif other.target != spec.target:
            unused[name] = (
                f'Two installed packages bring a model named "{name}", {other.origin} and {brought_by}: '
                f"say {shorten(other.target)} or {shorten(spec.target)}, or uninstall one of them."
            )
            found.pop(name, None)
    return found, unused


def _read(value: str, name: str, package: str) -> GeneratorSpec:
    """The spec that an entry point's value names, or one made of the factory that it names; no code of it is run.

    Raises:
        ValueError: a spec that is not made of literals, is not a spec of this name, or asks for the suite.
    """
    node = loading.definition(value)
    call = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
    if not isinstance(call, ast.Call) or ast.unparse(call.func).rpartition(".")[2] != GeneratorSpec.__name__:
        return GeneratorSpec(name=name, summary=shorten(loading.first_line(node)), origin=package, target=value)
    kinds: dict[str, type] = {field.name: bool if field.type == "bool" else str for field in fields(GeneratorSpec)}
    given: dict[str, Any] = {}
    for keyword in call.keywords:
        if keyword.arg not in kinds or keyword.arg == "origin":
            raise ValueError(f"{value} has an unknown field {keyword.arg}")
        try:
            given[keyword.arg] = ast.literal_eval(keyword.value)
        except ValueError:
            raise ValueError(f"{keyword.arg} of {value} is no literal, and a spec is read without being run") from None
        if keyword.arg != "tasks" and not isinstance(given[keyword.arg], kinds[keyword.arg]):
            raise ValueError(f"{keyword.arg} of {value} is not a {kinds[keyword.arg].__name__}")
    given["tasks"] = tuple(given.get("tasks", ()))
    if call.args or not {"name", "summary", "target"} <= set(given) or not set(given["tasks"]) <= set(TASKS):
        raise ValueError(f"{value} needs a name, a summary, a target and known tasks, by keyword")
    if given["name"] != name:
        raise ValueError(f'{value} is the spec of "{given["name"]}"')
    spec = GeneratorSpec(**given)
    if package != _OWN and (spec.needs_suite or spec.knows_items):
        raise ValueError(f"{value} asks for the suite or its ids, which only bundled generators are given")
    return replace(spec, summary=shorten(spec.summary), origin=package)
