"""What the documentation shows works as it stands."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from vggsound_omni.cli.check import command
from vggsound_omni.generators import listing_of, names
from vggsound_omni.generators.check.conformance import RULES

DOCS = Path(__file__).parents[2] / "docs"


def example(page: str, holds: str) -> str:
    """The only Python block of a page that holds a text."""
    blocks = re.findall(r"```python\n(.*?)```", (DOCS / page).read_text(), re.DOTALL)
    (block,) = [block for block in blocks if holds in block]
    return str(block)


def passes(model: str) -> None:
    result = CliRunner().invoke(command, [model], env={"COLUMNS": "300"})
    assert result.exit_code == 0, result.output
    assert "–" not in result.output


def test_the_first_adapter_passes_every_check_and_is_short(tmp_path: Path) -> None:
    code = example("write-an-adapter.md", "class MyModel")
    assert len([line for line in code.splitlines() if line]) <= 10
    (tmp_path / "my_model.py").write_text(code)
    passes(f"{tmp_path / 'my_model.py'}:MyModel")


def test_the_program_passes_every_check(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(example("generators.md", "for line in sys.stdin"))
    passes(f"cmd:{sys.executable} {tmp_path / 'program.py'}")


def test_the_server_passes_every_check(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code = example("generators.md", "serve_forever").replace("8000", str(port))
    with subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, stderr=subprocess.DEVNULL) as server:
        try:
            wait_for(port)
            passes(f"http://127.0.0.1:{port}/generate")
        finally:
            server.kill()


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with socket.socket() as knock:
            if knock.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    pytest.fail("the server did not start")


def test_every_rule_and_every_name_is_documented() -> None:
    page = (DOCS / "generators.md").read_text()
    documented = re.findall(r"^\| `(\w+)` \|", page.partition("## Rules")[2], re.MULTILINE)
    assert documented == list(RULES)
    baselines = re.findall(r"^\| `(\w+)` \|", page.partition("## Baselines")[2].partition("##")[0], re.MULTILINE)
    bundled = [name for name, spec in names().items() if spec.origin in ("built in", "vggsound-omni")]
    assert baselines == [name for name in bundled if name != "ref"]
    for scheme in ("dir:x", "cmd:x", "http://x", "https://x"):
        listing = listing_of(scheme)
        assert listing is not None
        assert f"`{listing.name}" in page
