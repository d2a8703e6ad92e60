"""Arguments of a model: text from the command line, converted to the types that its factory declares."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from vggsound_omni.errors import UserError, unknown_name

_WORDS = {"true": True, "yes": True, "1": True, "on": True, "false": False, "no": False, "0": False, "off": False}
_BY_NAME: dict[str, type] = {kind.__name__: kind for kind in (int, float, bool, str, Path)}


def split_pairs(pairs: Sequence[str]) -> dict[str, str]:
    """Returns ``("steps=25", "cfg=4")`` as a mapping.

    Raises:
        UserError: a pair has no "=", an empty key, or a key comes twice.
    """
    arguments: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise UserError(f'The model argument "{pair}" is not key=value; write for example -m steps=25.')
        if key in arguments:
            raise UserError(f'The model argument "{key}" was given twice.')
        arguments[key] = value
    return arguments


def convert(
    factory: Callable[..., Any], arguments: Mapping[str, str], owner: str, reserved: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Returns keywords for a factory, of the types it is annotated with.

    A parameter without annotation takes the type of its default, else it stays text. ``X | None`` takes X or the
    word "none".

    Args:
        factory: a class or function.
        arguments: what the user gave.
        owner: the model string, for messages.
        reserved: values that the benchmark passes; a user cannot give them.

    Raises:
        UserError: an argument is unknown, missing, or of another type.
    """
    reserved = reserved or {}
    parameters = {
        name: parameter
        for name, parameter in _signature(factory).parameters.items()
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY) and name not in reserved
    }
    takes_any = any(p.kind is p.VAR_KEYWORD for p in _signature(factory).parameters.values())
    keywords = dict(reserved)
    for name, text in arguments.items():
        if name in parameters:
            keywords[name] = _value(text, parameters[name], owner)
        elif takes_any and name not in reserved:
            keywords[name] = text
        elif not parameters:
            raise UserError(f'The model "{owner}" takes no arguments, so "{name}" cannot be given.')
        else:
            raise unknown_name(f"argument of {owner}", name, parameters)
    for name, parameter in parameters.items():
        if parameter.default is parameter.empty and name not in keywords:
            raise UserError(f'The model "{owner}" needs the argument "{name}": add -m {name}=VALUE.')
    return keywords


def takes(factory: Callable[..., Any], name: str) -> bool:
    """Returns whether a factory has a parameter of that name."""
    return name in _signature(factory).parameters


def _signature(factory: Callable[..., Any]) -> inspect.Signature:
    try:
        return inspect.signature(factory, eval_str=True)
    except (NameError, AttributeError, TypeError, SyntaxError):
        # An annotation that only a type checker can resolve; plain names are still understood.
        return inspect.signature(factory)
    except ValueError:  # something compiled, without a signature
        return inspect.Signature([inspect.Parameter("any", inspect.Parameter.VAR_KEYWORD)])


def _value(text: str, parameter: inspect.Parameter, owner: str) -> object:
    kind, optional = _kind(parameter)
    if optional and text.lower() == "none":
        return None
    if kind is None:
        raise UserError(
            f'The argument "{parameter.name}" of {owner} is annotated {_name(parameter.annotation)}; '
            "only int, float, bool, str and Path can be given as key=value."
        )
    try:
        return _WORDS[text.lower()] if kind is bool else kind(text)
    except (KeyError, ValueError):
        wanted = {int: "a whole number", float: "a number", bool: "true or false"}[kind]
        raise UserError(f'The argument "{parameter.name}" of {owner} must be {wanted}, not "{text}".') from None


def _kind(parameter: inspect.Parameter) -> tuple[type | None, bool]:
    """The type to make, and whether None is allowed too."""
    annotation = parameter.annotation
    if annotation is parameter.empty:
        kind = type(parameter.default)
        return (kind if kind in _BY_NAME.values() else str), parameter.default is None
    parts = typing.get_args(annotation) if _is_union(annotation) else (annotation,)
    if isinstance(annotation, str):
        parts = tuple(part.strip().rpartition(".")[2] for part in annotation.split("|"))
    kinds = [_BY_NAME.get(part) if isinstance(part, str) else part for part in parts]
    optional = any(part is types.NoneType or part == "None" for part in parts)
    found = [kind for kind in kinds if kind in _BY_NAME.values()]
    return (found[0] if len(found) == 1 else str if str in found else None), optional


def _is_union(annotation: object) -> bool:
    return typing.get_origin(annotation) in (typing.Union, types.UnionType)


def _name(annotation: object) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)
