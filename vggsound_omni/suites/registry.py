"""The suites by name, and how a suite is opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, NamedTuple

from vggsound_omni.errors import UserError, unknown_name
from vggsound_omni.registry import Registry
from vggsound_omni.wording import shorten

from .suite import Suite


@dataclass(frozen=True, kw_only=True)
class SuiteSpec:
    """A kind of suite, as it is known before one is opened."""

    key: str  # what stands before the colon of a name: "manifest" of manifest:clips.csv
    names: Mapping[str, str]  # the forms that a name may take, each with the line that lists it
    encoder_set: str  # which encoders its metrics use unless told otherwise
    opener: str  # "module:attribute"; takes what follows the colon ("" if nothing does) and returns a Suite
    public: bool = False  # anyone can have its media, and they may be shown: the board takes results on it
    retired: Mapping[str, str] = field(default_factory=dict)  # names that it had, each with what became of it
    claims: str | None = None  # "module:attribute"; takes a name that is no key, says whether it is one of this kind

    def open(self, rest: str) -> Suite:
        """Opens a suite of this kind.

        Raises:
            UserError: there is none, it cannot be read, or what a package brought cannot be used.
        """
        opened: Suite = self._attribute(self.opener)(rest)
        lacking = [name for name in _MEMBERS if not hasattr(opened, name)]
        if lacking:
            raise UserError(
                f'The suite "{self.key}" cannot be used: its {type(opened).__name__} has no {", ".join(lacking)}.'
            )
        return opened

    def is_named(self, name: str) -> bool:
        """Returns whether a name without any suite's key is that of a suite of this kind."""
        return self.claims is not None and bool(self._attribute(self.claims)(name))

    def _attribute(self, path: str) -> Any:  # noqa: ANN401 - whatever a package brings
        module, _, attribute = path.partition(":")
        try:
            return getattr(import_module(module), attribute)
        except Exception as error:
            because = shorten(f"{type(error).__name__}: {error}", 300)
            raise UserError(f'The suite "{self.key}" cannot be opened: {path} does not import ({because}).') from error


_MEMBERS = ("name", "version", "encoder_set", "items", "media", "check", "media_version")
"""Of :class:`~vggsound_omni.suites.suite.Suite`."""

SUITES: Registry[SuiteSpec] = Registry(
    "suite",
    "vggsound_omni.suites",
    (
        SuiteSpec(
            key="foleyworld",
            names={
                "foleyworld": "FoleyWorld's test split: 384 main, 96 natural, 64 bgm; rendered on your machine",
                "foleyworld:validation": "FoleyWorld's validation split: 128 main, 32 natural, 32 bgm",
            },
            encoder_set="foleyworld",
            public=True,
            retired={
                "foleyworld@1": "FoleyWorld 1 was replaced by FoleyWorld 2 and can no longer be rendered; its "
                "published rows stand in leaderboard/history, and its results can still be shown and compared."
            },
            opener="vggsound_omni.suites.foleyworld.suite:open_split",
        ),
        SuiteSpec(
            key="foleyworld-few",
            names={"foleyworld-few": "those scenes of FoleyWorld's test split in which only ten of its classes sound"},
            encoder_set="foleyworld",
            public=True,
            opener="vggsound_omni.suites.foleyworld.suite:open_few",
        ),
        SuiteSpec(
            key="manifest",
            names={"manifest:FILE": "your own clips, listed in a CSV, TSV or JSONL file"},
            encoder_set="pretrained",
            opener="vggsound_omni.suites.manifest:open_manifest",
        ),
        SuiteSpec(
            key="suite-folder",
            names={"FOLDER": "a real suite that omni-bench data build made of your media"},
            encoder_set="pretrained",
            opener="vggsound_omni.suites.built:BuiltSuite",
            claims="vggsound_omni.suites.built:is_built",
        ),
    ),
)


class SuiteListing(NamedTuple):
    """A line of ``omni-bench suites``."""

    name: str
    what: str
    encoder_set: str


def listing() -> list[SuiteListing]:
    """Returns the names that :func:`open_suite` takes."""
    return [SuiteListing(name, what, spec.encoder_set) for spec in SUITES.values() for name, what in spec.names.items()]


def open_suite(name: str) -> Suite:
    """Opens a suite by name: ``foleyworld``, ``foleyworld:SPLIT``, ``manifest:FILE``, the folder of a built one ...

    Raises:
        UserError: there is no such suite, or it cannot be read.
    """
    key, _, rest = name.partition(":")
    if key in SUITES:
        return SUITES[key].open(rest)
    if gone := next((spec.retired[key] for spec in SUITES.values() if key in spec.retired), None):
        raise UserError(gone)
    for spec in SUITES.values():
        if spec.is_named(name):
            return spec.open(name)
    raise unknown_name("suite", name, [line.name for line in listing()])
