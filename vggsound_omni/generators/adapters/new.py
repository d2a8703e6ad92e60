"""A new adapter from a template, which passes ``check`` as it comes."""

from __future__ import annotations

import keyword
import re
from pathlib import Path
from typing import NamedTuple

from vggsound_omni.errors import UserError, unknown_name
from vggsound_omni.io import creating, writing_to

_TEMPLATES, _SYSTEMS = Path(__file__).parent / "templates", Path(__file__).parent / "systems"
_PROGRAM = '"cmd:python FILE"'
KINDS = {"python": "FILE:CLASS", "program": _PROGRAM, "server": "http://127.0.0.1:8000/"}
"""Templates, with the model string of what they become."""
SYSTEMS = tuple(sorted(path.stem.replace("_", "-") for path in _SYSTEMS.glob("[!_]*.py")))
"""Public systems that there is a program for."""


class NewAdapter(NamedTuple):
    """What was written."""

    path: Path
    model: str  # the model string, as a shell takes it


def new_adapter(name: str, kind: str, folder: Path) -> NewAdapter:
    """Writes an adapter that answers with noise, for its author to put a model into, or a public system's program.

    Args:
        name: of the model.
        kind: of :data:`KINDS` or :data:`SYSTEMS`.
        folder: where the file goes.

    Raises:
        UserError: no such kind, the name cannot be a file's, or there is such a file.
    """
    if kind not in (*KINDS, *SYSTEMS):
        raise unknown_name("kind of adapter", kind, (*KINDS, *SYSTEMS))
    stem = re.sub(r"[\s.-]+", "_", name).lower()
    if not stem.isidentifier() or not stem.isascii() or keyword.iskeyword(stem):
        raise UserError(f'"{name}" cannot be the name of a Python file; letters, digits, "-" and "_" can.')
    path = folder / f"{stem}.py"
    if path.exists():
        raise UserError(f"There is {path} already; choose another name, or move it.")
    words = {"NAME": name, "FILE": path.name, "CLASS": "".join(map(str.capitalize, filter(None, stem.split("_"))))}

    def filled(text: str) -> str:
        return re.sub(r"\b(NAME|FILE|CLASS)\b", lambda found: words[found[1]], text)

    template = _TEMPLATES / f"{kind}.py.txt"
    content = filled(template.read_text(encoding="utf-8")) if kind in KINDS else _system(kind)
    with writing_to(path), creating(path) as temporary:
        temporary.write_text(content, encoding="utf-8")
    words["FILE"] = str(path)
    return NewAdapter(path, filled(KINDS.get(kind, _PROGRAM)))


def _system(kind: str) -> str:
    """Returns a public system's program with what all of them share in place of its import."""
    own, shared = (
        (_SYSTEMS / f"{name}.py").read_text(encoding="utf-8") for name in (kind.replace("-", "_"), "_program")
    )
    _, _, shared = shared.partition("from __future__ import annotations\n")
    return own.replace("from ._program import serve\n", f"{shared.strip()}\n")
