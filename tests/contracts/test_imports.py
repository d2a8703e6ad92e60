"""Own modules are imported at the top of a file, where cycles show; `lint-imports` sees to the order of the rooms."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "vggsound_omni"
FACE = PACKAGE / "__init__.py"  # imports what is asked of it, so that listing verbs stay quick
HEAVY = ("_torchaudio", "vggsound_omni.soundatlas.judge")  # optional packages of others behind modules of ours
FILES = [path for path in sorted(PACKAGE.rglob("*.py")) if path != FACE and path.parent.name != "cli"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_function_imports_a_module_of_ours(path: Path) -> None:
    functions = (
        node
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    assert not [ast.unparse(node) for function in functions for node in ast.walk(function) if _is_own(node)]


def _is_own(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        own = node.level > 0 or (node.module or "").partition(".")[0] in ("vggsound_omni", "reference_model")
        return own and node.module not in HEAVY
    return isinstance(node, ast.Import) and any(name.name.startswith("vggsound_omni") for name in node.names)
