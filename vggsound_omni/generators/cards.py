"""A generator's card as plain values, whatever its author made it of."""

from __future__ import annotations

import json
import operator
from collections.abc import Mapping
from typing import Any

from vggsound_omni.errors import UserError, unknown_name
from vggsound_omni.protocol import TASKS, Generator, ModelCard, Task
from vggsound_omni.wording import clean, with_article

MOST_EXTRA = 256 * 1024
"""Bytes of a card's ``extra`` as JSON, at most."""
_MOST_TEXT = 1000  # characters of any other text
_MOST_NAMES = 1000  # data sets
_DEEPEST = 16  # levels of lists and dictionaries in ``extra``


def card_of(generator: Generator, name: str) -> ModelCard:
    """Returns the generator's own card, or one with defaults under the given name.

    Raises:
        UserError: the card is no :class:`.ModelCard`, claims unknown tasks, or holds what JSON cannot.
    """
    card = getattr(generator, "card", None)
    if card is None:
        return ModelCard(name=name)
    if not isinstance(card, ModelCard):
        raise UserError(f'The card of "{name}" is {a(card)}; give a vggsound_omni.protocol.ModelCard.')
    return rebuilt({field: getattr(card, field) for field in ModelCard.__dataclass_fields__}, name)


def rebuilt(fields: object, name: str) -> ModelCard:
    """Returns a card built from the fields of another, each checked, every value of a plain Python type.

    Args:
        fields: by name, as :func:`vars` of a card or as its JSON.
        name: the model string, for messages.

    Raises:
        UserError: a field is missing, or of a type that it cannot be.
    """
    if not isinstance(fields, Mapping) or set(fields) != set(ModelCard.__dataclass_fields__):
        raise UserError(f'The card of "{name}" has other fields than a vggsound_omni.protocol.ModelCard.')
    label = _text(fields["name"], name, "name")
    if not label:
        raise UserError(f'The card of "{name}" has an empty name.')
    return ModelCard(
        name=label,
        version=_text(fields["version"], name, "version"),
        tasks=_tasks(fields["tasks"], name),
        parameters=_count(fields["parameters"], name),
        licence=None if fields["licence"] is None else _text(fields["licence"], name, "licence"),
        training_data=_names(fields["training_data"], name),
        url=None if fields["url"] is None else _text(fields["url"], name, "url"),
        extra=_extra(fields["extra"], name),
    )


def fields_of(card: ModelCard) -> dict[str, Any]:
    """Returns a card that :func:`rebuilt` made as JSON."""
    return {field: list(value) if isinstance(value, tuple) else value for field, value in vars(card).items()}


def a(thing: object) -> str:
    """Returns the type of a thing in words: "a dict", "an int", "None"."""
    return "None" if thing is None else with_article(clean(type(thing).__name__))


def _text(value: object, owner: str, field: str) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool) and field == "version":
        value = str(value)  # version=2
    if not isinstance(value, str):
        raise UserError(f'The card of "{owner}" gives {a(value)} as its {field}; text was expected.')
    if len(value) > _MOST_TEXT:
        raise UserError(f'The card of "{owner}" has a {field} of {len(value):,} characters; at most {_MOST_TEXT:,} do.')
    return clean(value)


def _tasks(value: object, owner: str) -> tuple[Task, ...]:
    if not isinstance(value, list | tuple) or not value:
        raise UserError(f'The card of "{owner}" claims no tasks; give a tuple such as ("t2a", "v2a").')
    for task in value:
        if task not in TASKS:
            raise unknown_name(f"task in the card of {owner}", clean(str(task)[:_MOST_TEXT]), TASKS)
    return tuple(dict.fromkeys(known for task in value for known in TASKS if known == task))


def _count(value: object, owner: str) -> int | None:
    if value is None:
        return None
    try:
        # 157e6 is a count as well.
        count = int(value) if isinstance(value, float) and value.is_integer() else operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        count = -1
    if not 0 <= count < 2**63:
        raise UserError(f'The card of "{owner}" gives {a(value)} as its parameters; a count was expected, or None.')
    return count


def _names(value: object, owner: str) -> tuple[str, ...]:
    names = (value,) if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or len(names) > _MOST_NAMES:
        raise UserError(f'The card of "{owner}" gives {a(value)} as its training_data; names were expected.')
    return tuple(_text(name, owner, "training_data") for name in names)


def _extra(value: object, owner: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise UserError(f'The card of "{owner}" gives {a(value)} as its extra; a dictionary was expected.')
    try:
        extra: dict[str, Any] = _plain(value, _DEEPEST)
        size = len(json.dumps(extra, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise UserError(f'The card of "{owner}" cannot be written as JSON: {clean(str(error))}.') from error
    if size > MOST_EXTRA:
        raise UserError(f'The extra of the card of "{owner}" takes {size:,} bytes as JSON; at most {MOST_EXTRA:,} do.')
    return extra


def _plain(value: object, levels: int) -> Any:  # noqa: ANN401 - JSON
    """A value with every part of a plain type: subclasses, numpy's numbers and arrays become what they stand for."""
    if not levels:
        raise ValueError(f"it is nested more than {_DEEPEST} levels deep")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return clean(value, keep_lines=True)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, Mapping):
        return {_key(key): _plain(part, levels - 1) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part, levels - 1) for part in value]
    if type(value).__module__ == "numpy" and hasattr(value, "tolist"):
        return _plain(value.tolist(), levels - 1)
    raise TypeError(f"{a(value)} is no JSON")


def _key(key: object) -> str:
    if isinstance(key, bool) or not isinstance(key, str | int | float):
        raise TypeError(f"{a(key)} cannot be a key")
    return clean(str(key))
