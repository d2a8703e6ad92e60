"""A new adapter from a template, which passes ``check`` as it comes."""

from __future__ import annotations

import keyword
import re
from pathlib import Path
from typing import Literal, NamedTuple

from vggsound_omni.errors import UserError
from vggsound_omni.io import creating, writing_to

Kind = Literal["python", "program", "server"]
KINDS: tuple[Kind, ...] = ("python", "program", "server")
_TEMPLATES = Path(__file__).parent / "templates"
_MODELS: dict[Kind, str] = {
    "python": "FILE:CLASS",
    "program": '"cmd:python FILE"',
    "server": "http://127.0.0.1:8000/",
}


class NewAdapter(NamedTuple):
    """What was written."""

    path: Path
    model: str  # the model string, as a shell takes it


def new_adapter(name: str, kind: Kind, folder: Path) -> NewAdapter:
    """Writes an adapter that answers with noise, for its author to put a model into.

    Args:
        name: of the model.
        kind: a class in our environment, a program in the model's, or a server on another machine.
        folder: where the file goes.

    Raises:
        UserError: the name cannot be a file's, or there is such a file.
    """
    stem = re.sub(r"[\s.-]+", "_", name).lower()
    if not stem.isidentifier() or not stem.isascii() or keyword.iskeyword(stem):
        raise UserError(f'"{name}" cannot be the name of a Python file; letters, digits, "-" and "_" can.')
    path = folder / f"{stem}.py"
    if path.exists():
        raise UserError(f"There is {path} already; choose another name, or move it.")
    words = {"NAME": name, "FILE": path.name, "CLASS": "".join(map(str.capitalize, filter(None, stem.split("_"))))}

    def filled(text: str) -> str:
        return re.sub(r"\b(NAME|FILE|CLASS)\b", lambda found: words[found[1]], text)

    content = filled((_TEMPLATES / f"{kind}.py.txt").read_text(encoding="utf-8"))
    with writing_to(path), creating(path) as temporary:
        temporary.write_text(content, encoding="utf-8")
    words["FILE"] = str(path)
    return NewAdapter(path, filled(_MODELS[kind]))
