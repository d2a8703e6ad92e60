"""From a model string to a generator.

Strings are: a name, ``package.module:factory``, ``file.py:factory``, ``dir:PATH``, ``cmd:PROGRAM ARGS``, ``http://...``
and ``https://...``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from vggsound_omni.errors import UserError
from vggsound_omni.protocol import Generator

from . import loading
from .arguments import convert, takes
from .cards import a
from .registry import ADAPTERS, listing_of

if TYPE_CHECKING:
    from vggsound_omni.suites.suite import Suite


def find(
    model: str, arguments: Mapping[str, str] | None = None, suite: Suite | None = None, device: str | None = None
) -> Generator:
    """Makes the generator that a model string names.

    A factory is a class, a function that returns a generator, or a generator object. Whatever its code raises while it
    is imported or called passes through.

    Args:
        model: see the module.
        arguments: given to the factory as keywords, see :func:`.arguments.convert`.
        suite: given to the bundled generators that answer with a suite's own recordings, and to nothing else.
        device: given to a factory that has a parameter of that name, unless an argument says otherwise.

    Raises:
        UserError: nothing has that name, an argument is wrong, or what the factory returns has no ``generate``.
    """
    spec = listing_of(model)
    reserved: dict[str, Any] = {}
    if spec and spec.needs_suite:
        if suite is None:
            raise UserError(f'The model "{model}" answers with a suite\'s own recordings, so it needs a suite.')
        reserved["suite"] = suite
    elif spec and spec in ADAPTERS:
        reserved["address"] = model if spec.name.startswith("http") else model.removeprefix(spec.name)
    factory = loading.locate(spec.target if spec else model)
    given = dict(arguments or {})
    if device is not None and callable(factory) and takes(factory, "device"):
        given.setdefault("device", device)
    return _make(factory, given, model, reserved)


def _make(factory: object, arguments: Mapping[str, str], model: str, reserved: Mapping[str, Any]) -> Generator:
    if not isinstance(factory, type) and hasattr(factory, "generate"):
        if arguments:
            raise UserError(f'The model "{model}" is an object already, so it takes no arguments.')
        return factory
    if not callable(factory):
        raise UserError(f'"{model}" is {a(factory)}; a class, a function or an object with generate() was expected.')
    generator = factory(**convert(factory, arguments, model, reserved))
    if not callable(getattr(generator, "generate", None)):
        raise UserError(f'"{model}" made {a(generator)}, which has no method generate(requests).')
    return generator
