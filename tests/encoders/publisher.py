"""A publisher of files: a real HTTP server on this machine, with the faults that networks have; and what it offers."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import numpy as np
import pytest

from vggsound_omni.encoders.fetch.published import Address, Published, Weights
from vggsound_omni.encoders.fetch.store import Store
from vggsound_omni.errors import UserError

COMMIT = "0123456789abcdef0123456789abcdef01234567"


CONTENT = np.random.default_rng(0).bytes(3_000_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
FILE = "weights = 1.pth"
"""Published names hold signs that addresses escape."""


@dataclass
class Publisher:
    """What is served, how the next answers go wrong, and what was asked."""

    url: str
    files: dict[str, bytes] = field(default_factory=dict)
    """By path, without the first slash."""
    faults: list[tuple[str, int]] = field(default_factory=list)
    """For the next GETs, in order: ``("cut", bytes)`` closes the connection after so many, ``("corrupt", at)`` changes
    a byte, ``("truncate", bytes)`` serves so many as if they were all, ``("status", code)`` answers that."""
    ranges: bool = True
    """Whether Range is understood."""
    tags: bool = True
    """Whether versions are told by an ETag."""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Path and Range of every GET."""


@contextmanager
def publisher() -> Iterator[Publisher]:
    """A server for as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_arguments: Any) -> None:
            pass

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def _answer(self, *, body: bool) -> None:
            path, wanted = unquote(urlparse(self.path).path.lstrip("/")), self.headers.get("Range", "")
            fault, amount = "", 0
            if body:
                served.asked.append((path, wanted))
                if served.faults:
                    fault, amount = served.faults.pop(0)
            content = served.files.get(path)
            if fault == "status" or content is None:
                self.send_response(amount if fault == "status" else 404)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self._send(content, wanted, fault, amount, body=body)

        def _send(self, content: bytes, wanted: str, fault: str, amount: int, *, body: bool) -> None:
            tag = f'"{hashlib.sha256(content).hexdigest()}"'
            if fault == "truncate":
                content = content[:amount]
            if fault == "corrupt":
                content = content[:amount] + bytes([content[amount] ^ 1]) + content[amount + 1 :]
            total, start = len(content), 0
            found = re.match(r"bytes=(\d+)-", wanted)
            if found and served.ranges and self.headers.get("If-Range", tag) == tag:
                start = int(found[1])
                if start >= total:
                    self.send_response(416)
                    self.send_header("Content-Range", f"bytes */{total}")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
            else:
                self.send_response(200)
            self.send_header("Content-Length", str(total - start))
            self.send_header("X-Repo-Commit", COMMIT)
            if served.tags:
                self.send_header("ETag", tag)
            self.end_headers()
            if body:
                with suppress(ConnectionError):  # a client may leave when it has heard enough
                    self.wfile.write(content[start : start + amount] if fault == "cut" else content[start:])

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served = Publisher(url=f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def entry(server: Publisher, **changes: object) -> Weights:
    """Weights of an encoder ``net`` that this publisher has."""
    source = Address(f"{server.url}/release/weights%20%3D%201.pth?download=1")
    file = Published(name=FILE, source=source, size=len(CONTENT), sha256=SHA256)
    file = replace(file, **{key: changes.pop(key) for key in ("size", "sha256", "source") if key in changes})  # type: ignore[arg-type]
    weights = Weights(
        name="net",
        publisher="A. Body",
        page="https://example.org",
        licence="CC BY-NC 4.0",
        restricted=False,
        files=(file,),
    )
    return replace(weights, **changes)  # type: ignore[arg-type]


def store(tmp_path: Path, weights: Weights, mirror: str = "", hub: str | None = None) -> Store:
    """A store that knows these weights only, and is quick to try again."""
    return Store(root=tmp_path / "weights", mirror=mirror, catalogue={weights.name: weights}, hub=hub, pause=0.01)


def failure(made: Store, name: str = "net") -> str:
    """The sentence of a pull that fails; nothing may lie where the file would."""
    with pytest.raises(UserError) as error:
        made.pull(name)
    assert not (made.root / name / FILE).exists()
    sentence = str(error.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence
