"""From "module:object" or "file.py:object" to the object, or to its definition in the source without importing it."""

from __future__ import annotations

import ast
import hashlib
import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from vggsound_omni.errors import UserError, unknown_name


def locate(target: str) -> object:
    """Imports the module or file before the last colon and returns its attribute after it.

    Modules in the working folder can be imported, as under ``python -m``; a file can import its neighbours, as a script
    can.

    Raises:
        UserError: no such file, module or attribute, or a module that it imports is not installed.
    """
    place, _, name = target.rpartition(":")
    if not place or not name:
        raise UserError(f'"{target}" lacks a part: write package.module:factory or file.py:factory.')
    module = _from_file(Path(place), target) if place.endswith(".py") else _from_name(place, target)
    thing: object = module
    for part in name.split("."):
        if not hasattr(thing, part):
            known = _factories(module)
            if not known:
                raise UserError(f'{place} holds no "{name}", and nothing else that could make a generator.')
            raise unknown_name(f"factory in {place}", name, known)
        thing = getattr(thing, part)
    return thing


def definition(target: str) -> ast.stmt | None:
    """Returns the statement that defines "module:name" at the top of its module, read from the source, never run.

    None if there is no such source, or nothing of that name in it.
    """
    place, _, name = target.partition(":")
    parts = place.split(".")
    try:
        root = importlib.util.find_spec(parts[0])  # a top-level name is found without running any of its code
    except (ImportError, ValueError):
        return None
    if root is None or root.origin is None:
        return None
    base = Path(root.origin).parent.joinpath(*parts[1:]) if len(parts) > 1 else Path(root.origin).with_suffix("")
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            try:
                tree = ast.parse(path.read_bytes())
            except (OSError, SyntaxError, ValueError):
                return None
            return next((node for node in tree.body if name in _defines(node)), None)
    return None


def first_line(node: ast.stmt | None) -> str:
    """Returns the first line of a class's or function's docstring without its full stop; empty if there is none."""
    if not isinstance(node, ast.ClassDef | ast.FunctionDef):
        return ""
    return (ast.get_docstring(node) or "").partition("\n")[0].rstrip(".")


def _defines(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _from_file(path: Path, target: str) -> ModuleType:
    if not path.is_file():
        raise UserError(f'"{target}": there is no file {path}.')
    path = path.resolve()
    # A name of its own, so that two files called model.py do not collide; each file is run once.
    name = f"{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    _importable(path.parent)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except ModuleNotFoundError as error:
        del sys.modules[name]
        raise _not_installed(error, target) from error
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _from_name(name: str, target: str) -> ModuleType:
    _importable(Path.cwd())
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(error.name + ".")):
            raise UserError(
                f'"{target}": there is no module "{error.name}", neither installed nor in the working folder.'
            ) from error
        raise _not_installed(error, target) from error


def _not_installed(error: ModuleNotFoundError, target: str) -> UserError:
    return UserError(f'"{target}" imports the module "{error.name}", which is not installed in this environment.')


def _importable(folder: Path) -> None:
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


def _factories(module: ModuleType) -> list[str]:
    """Names in a module that the user may have meant: its own classes and functions, and objects that generate."""
    return [
        name
        for name, thing in vars(module).items()
        if not name.startswith("_")
        and (hasattr(thing, "generate") or getattr(thing, "__module__", None) == module.__name__)
    ]
