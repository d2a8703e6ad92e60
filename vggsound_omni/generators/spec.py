"""The spec of a generator: what is known of it before any of its code runs."""

from __future__ import annotations

from dataclasses import dataclass

from vggsound_omni.protocol import Task


@dataclass(frozen=True, kw_only=True)
class GeneratorSpec:
    """A generator with a name.

    An entry point may name a factory, or one of these in a module of its own. It is read from the source, never
    imported, so that listing runs nobody's code; hence every value must be a literal.
    """

    name: str
    summary: str  # one line
    target: str  # the factory, as "module:attribute"
    tasks: tuple[Task, ...] = ()  # empty: its card says, once it is loaded
    needs_suite: bool = False  # answers with a suite's own recordings; for bundled generators only
    knows_items: bool = False  # is sent the items' own ids instead of aliases; for bundled generators only
    origin: str = "built in"  # the distribution that brings it; set by the registry
