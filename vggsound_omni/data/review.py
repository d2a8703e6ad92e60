"""A page on this machine for reviewing off-screen candidates; its decisions are a file."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import unquote

import numpy as np

from vggsound_omni.errors import UserError
from vggsound_omni.media import read_frames
from vggsound_omni.suites.suite import Item, Suite

from .decisions import CHOICES, append_decision, read_decisions

_STILLS = 5
_PIXELS = 96
"""Height and width of a still."""
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
_HERE = Path(__file__).parent
_TYPES = {".mp4": "video/mp4", ".webm": "video/webm", ".mkv": "video/x-matroska", ".mov": "video/quicktime"}


@dataclass(frozen=True, kw_only=True)
class Review:
    """What is reviewed, and where the decisions go."""

    suite: Suite
    items: Sequence[Item]
    decisions: Path

    def state(self) -> dict[str, Any]:
        """Returns everything the page shows: candidates, and the decisions on them, the latest last."""
        decided = read_decisions(self.decisions) if self.decisions.exists() else {}
        candidates = [
            {
                "id": item.id,
                "caption": item.caption,
                "labels": list(item.labels),
                "why": item.provenance.get("selected_by", {}),
            }
            for item in self.items
        ]
        known = {item.id for item in self.items}
        order = [item_id for item_id in decided if item_id in known]
        return {"candidates": candidates, "decisions": {item_id: decided[item_id] for item_id in order}, "order": order}

    def decide(self, item_id: str, decision: str | None) -> None:
        """Records a decision; None undoes it.

        Raises:
            UserError: there is no such candidate or decision.
        """
        if item_id not in {item.id for item in self.items}:
            raise UserError(f'There is no candidate "{item_id}".')
        if decision not in (*CHOICES, None):
            raise UserError(f"A decision is {', '.join(CHOICES)} or null, not {decision!r}.")
        append_decision(self.decisions, item_id, decision)


class Server(ThreadingHTTPServer):
    """Serves the page to this machine alone."""

    daemon_threads = True

    def __init__(self, review: Review, port: int = 0) -> None:
        """Binds a port of this machine; 0 picks a free one.

        Raises:
            UserError: the port is taken.
        """
        self.review = review
        self.lock = Lock()
        self.by_id = {item.id: item for item in review.items}
        try:
            super().__init__(("127.0.0.1", port), _Handler)
        except OSError as error:
            raise UserError(f"Port {port} cannot be used ({error.strerror}); choose another --port.") from error

    @property
    def address(self) -> str:
        """What to open in a browser."""
        return f"http://127.0.0.1:{self.server_port}/"

    def stills(self, item: Item) -> bytes:
        """Returns a PNG of five frames of the clip, evenly spaced, side by side."""
        return _stills(self.video(item), item.duration)

    def video(self, item: Item) -> Path:
        """Returns the file of a candidate's picture.

        Raises:
            UserError: it has none, or the file is missing.
        """
        video = self.review.suite.media(item).video
        if video is None:
            raise UserError(f'Item "{item.id}" has no picture.')
        return video


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if not self._from_here():
            return
        try:
            self._answer(unquote(self.path).split("?")[0])
        except UserError as error:
            self._send(HTTPStatus.NOT_FOUND, str(error).encode(), "text/plain; charset=utf-8")
        except (BrokenPipeError, ConnectionResetError):
            return  # a browser that has seen enough of a video

    def do_POST(self) -> None:
        if not self._from_here() or self.path != "/decisions":
            return
        try:
            asked = json.loads(self.rfile.read(min(int(self.headers.get("Content-Length", 0)), 10_000)))
            with self.server.lock:
                self.server.review.decide(asked["id"], asked["decision"])
        except (UserError, ValueError, KeyError, TypeError) as error:
            self._send(HTTPStatus.BAD_REQUEST, str(error).encode(), "text/plain; charset=utf-8")
            return
        self._send(HTTPStatus.OK, b"{}", "application/json")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
        """Says nothing: the page shows what happens."""

    def _from_here(self) -> bool:
        """Refuses other sites' pages, by host name (DNS rebinding) and by origin."""
        own = f"127.0.0.1:{self.server.server_port}"
        host, origin = self.headers.get("Host", ""), self.headers.get("Origin")
        if host == own and origin in (None, f"http://{own}"):
            return True
        self._send(HTTPStatus.FORBIDDEN, b"This page is for this machine alone.", "text/plain")
        return False

    def _answer(self, path: str) -> None:
        if path == "/":
            self._send(HTTPStatus.OK, (_HERE / "review.html").read_bytes(), "text/html; charset=utf-8")
        elif path == "/state":
            content = json.dumps(self.server.review.state(), ensure_ascii=False).encode()
            self._send(HTTPStatus.OK, content, "application/json")
        elif path.startswith("/stills/"):
            self._send(HTTPStatus.OK, self.server.stills(self._item(path)), "image/png")
        elif path.startswith("/video/"):
            self._send_part(self.server.video(self._item(path)))
        else:
            raise UserError(f"There is nothing at {path}.")

    def _item(self, path: str) -> Item:
        item_id = path.split("/", 2)[2]
        if item_id not in self.server.by_id:
            raise UserError(f'There is no candidate "{item_id}".')
        return self.server.by_id[item_id]

    def _send_part(self, path: Path) -> None:
        """Sends a file, or the range that a player requests when it seeks (RFC 9110, 14)."""
        size = path.stat().st_size
        kind = _TYPES.get(path.suffix.lower(), "application/octet-stream")
        match = _RANGE.fullmatch(self.headers.get("Range", ""))
        first = int(match[1]) if match else 0
        last = min(int(match[2]), size - 1) if match and match[2] else size - 1
        if first > last:
            self._send(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, b"", kind, {"Content-Range": f"bytes */{size}"})
            return
        with path.open("rb") as file:
            file.seek(first)
            content = file.read(last - first + 1)
        headers = {"Accept-Ranges": "bytes"}
        if match:
            headers["Content-Range"] = f"bytes {first}-{last}/{size}"
        self._send(HTTPStatus.PARTIAL_CONTENT if match else HTTPStatus.OK, content, kind, headers)

    def _send(self, status: HTTPStatus, content: bytes, kind: str, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        fixed = {
            "Content-Type": kind,
            "Content-Length": str(len(content)),
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'self'; script-src 'unsafe-inline'; style-src 'unsafe-inline'",
        }
        for name, value in {**fixed, **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


@lru_cache(maxsize=64)
def _stills(video: Path, seconds: float) -> bytes:
    from matplotlib.image import imsave

    frames = read_frames(video, _STILLS / max(seconds, 0.1), _PIXELS)[:_STILLS]
    image = io.BytesIO()
    imsave(image, np.concatenate(list(frames), axis=1), format="png")
    return image.getvalue()
