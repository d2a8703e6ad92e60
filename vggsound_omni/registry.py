"""Registries: everything of one kind by key, the built-in ones first, then those that installed packages bring.

A registry is the only list of its kind. A package adds to it with an entry point in the registry's group, whose value
is a spec or a list of specs. A plug-in that cannot be used is reported in one sentence and disables nothing else.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from importlib import metadata
from typing import Generic, TypeVar

from vggsound_omni.errors import UserError, unknown_name
from vggsound_omni.wording import shorten, with_article

_log = logging.getLogger(__name__)
Spec = TypeVar("Spec")


class Registry(Generic[Spec], Mapping[str, Spec]):
    """Specs by key, in the order of tables."""

    def __init__(self, kind: str, group: str, built_in: Iterable[Spec], *, key: str = "key") -> None:
        """Takes the built-in specs; plug-ins are imported when the registry is first read.

        Args:
            kind: what one is called in messages: "metric".
            group: the entry point group that extends it.
            built_in: specs with distinct keys, at least one.
            key: the attribute that holds a spec's key.
        """
        self.kind, self.group = kind, group
        self._key = key
        self._built_in = tuple(built_in)
        self._type = type(self._built_in[0])

    @cached_property
    def _loaded(self) -> tuple[dict[str, Spec], dict[str, str], tuple[str, ...]]:
        """All specs, the package that brings each of them, and a sentence on every plug-in that is left out."""
        specs = {str(getattr(spec, self._key)): spec for spec in self._built_in}
        assert len(specs) == len(self._built_in), f"two built-in {self.kind}s have one key"
        origins: dict[str, str] = {}
        kind = with_article(self.kind)
        faults: list[str] = []
        for entry in sorted(metadata.entry_points(group=self.group), key=lambda entry: (_package(entry), entry.name)):
            package = _package(entry)
            try:
                loaded = entry.load()
            except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a stranger's code raises
                because = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
                faults.append(
                    f'The package {package} brings {kind} "{shorten(entry.name, 100)}" that cannot be used, and '
                    f"it is left out: {shorten(because, 300)}"
                )
                continue
            for spec in loaded if isinstance(loaded, list | tuple) else [loaded]:
                if not isinstance(spec, self._type):
                    faults.append(
                        f'The package {package} brings {kind} "{shorten(entry.name, 100)}" that is '
                        f"{with_article(type(spec).__name__)}, not {with_article(self._type.__name__)}; it is left out."
                    )
                    continue
                key = str(getattr(spec, self._key))
                if key in specs:
                    faults.append(
                        f'The package {package} brings {kind} "{shorten(key, 100)}", a name that is taken '
                        f"({f'by the package {origins[key]}' if key in origins else 'built in'}); it is left out."
                    )
                    continue
                specs[key], origins[key] = spec, package
        for fault in faults:
            _log.warning("%s", fault)
        return specs, origins, tuple(faults)

    @property
    def faults(self) -> tuple[str, ...]:
        """A sentence on every plug-in that is left out."""
        return self._loaded[2]

    def package(self, key: str) -> str | None:
        """Returns which package brings a spec; None for a built-in one."""
        return self._loaded[1].get(key)

    def __getitem__(self, key: str) -> Spec:
        return self._loaded[0][key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._loaded[0])

    def __len__(self) -> int:
        return len(self._loaded[0])

    def find(self, key: str) -> Spec:
        """Returns the spec of that key.

        Raises:
            UserError: there is none; names the nearest.
        """
        if key not in self:
            raise unknown_name(self.kind, key, self)
        return self[key]


def _package(entry: metadata.EntryPoint) -> str:
    return shorten(entry.dist.name if entry.dist else "unknown", 100)
