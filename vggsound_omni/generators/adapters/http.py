"""``http://...``: a server that is posted a request as JSON and answers with sound."""

from __future__ import annotations

import base64
import ipaddress
import json
import os
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from pathlib import Path

from vggsound_omni.errors import UserError
from vggsound_omni.generators.check.conformance import MOST_OF_DURATION, SAMPLE_RATES, ConformanceError
from vggsound_omni.generators.worker.process import SCRATCH
from vggsound_omni.protocol import Audio, Request
from vggsound_omni.wording import shorten

from .answer_file import asked, read_answer

TOKEN = "OMNI_BENCH_TOKEN"  # noqa: S105 - the variable's name
_KNOCK_SECONDS = 10.0
_PATIENCE = 60.0  # seconds in which a server that went away may come back
_PAUSE = 1.0  # seconds between two looks whether it has
_WIDEST = 2 * 8  # bytes a sample of the largest kind that can be an answer: two channels of 64 bits
_MOST_CROPPED = 8.0  # times the duration asked for, of an answer that is cropped
_BESIDES = 1024 * 1024  # bytes of headers, tags and covers
_CHUNK = 64 * 1024


class HttpServer:
    """Posts ``{"id", "task", "duration", "text", "video", "seed"}`` to the URL; ``video`` is the MP4 as base64 or null.

    The answer's body is a sound file of any usual kind; a status of 400 or more is a failure, its body the reason. If
    ``OMNI_BENCH_TOKEN`` is set, every request carries it as ``Authorization: Bearer``, but never to where an answer
    redirects; it is no argument, since those are written into run folders and results.
    """

    def __init__(self, address: str) -> None:
        """Checks with one HEAD request that a server answers, whatever the answer.

        Args:
            address: the URL to post to.

        Raises:
            UserError: none does.
        """
        self._url = address
        self._token = os.environ.get(TOKEN, "")
        if not self._token.isascii() or any(character.isspace() for character in self._token):
            raise UserError(f"{TOKEN} has spaces or other characters that no header can carry; choose another token.")
        host = urllib.parse.urlsplit(address).hostname
        if not host:
            raise UserError(f'The address "{address}" names no host; http://HOST:PORT/PATH was expected.')
        # Never through a proxy to this machine, whatever the environment says.
        handlers = [urllib.request.ProxyHandler({})] if _is_here(host) else []
        self._opener = urllib.request.build_opener(*handlers)
        self._given_up = False
        try:
            self._knock()
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == HTTPStatus.UNAUTHORIZED:
                what = "another token" if self._token else "a token"
                raise UserError(f"The server at {address} wants {what}; set {TOKEN} to the server's.") from error
        except (OSError, ValueError) as error:
            raise UserError(f"Nobody answers at {address} ({_why(error)}); start the server first.") from error

    def generate(self, requests: Sequence[Request]) -> list[Audio]:
        """Posts the requests one after the other; what a server went away of is posted again once it is back.

        Raises:
            ConformanceError: the server reported an error, went away for good or twice, or sent something that is not a
                sound.
        """
        return [self._one(request) for request in requests]

    def _knock(self) -> None:
        knock = urllib.request.Request(self._url, method="HEAD")  # noqa: S310 - http(s) is what leads here
        self._authorise(knock)
        self._opener.open(knock, timeout=_KNOCK_SECONDS).close()

    def _is_back(self) -> bool:
        """Waits for a server that went away, but no longer for one that was given up and has not answered since."""
        until = time.monotonic() + (0.0 if self._given_up else _PATIENCE)
        while not self._answers():
            if time.monotonic() > until:
                self._given_up = True
                return False
            time.sleep(_PAUSE)
        self._given_up = False
        return True

    def _answers(self) -> bool:
        """Returns whether a server is there, whatever it answers."""
        try:
            self._knock()
        except urllib.error.HTTPError as error:
            error.close()
        except (OSError, HTTPException):
            return False
        return True

    def _authorise(self, request: urllib.request.Request) -> None:
        if self._token:
            request.add_unredirected_header("Authorization", f"Bearer {self._token}")

    def _one(self, request: Request) -> Audio:
        try:
            return self._posted(request)
        except ConformanceError as broken:
            if broken.rule != "died" or not self._is_back():
                raise
        return self._posted(request)

    def _posted(self, request: Request) -> Audio:
        video = base64.b64encode(request.video.path.read_bytes()).decode() if request.video else None
        post = urllib.request.Request(  # noqa: S310
            self._url, json.dumps(asked(request, video)).encode(), {"Content-Type": "application/json"}, method="POST"
        )
        self._authorise(post)
        try:
            with self._opener.open(post) as answer:  # the worker enforces the time limit
                self._given_up = False
                sound = _body(answer, most_bytes(request))
        except urllib.error.HTTPError as error:
            self._given_up = False
            with error:
                text = shorten(_start(error).decode(errors="replace")) or shorten(str(error.reason))
            raise ConformanceError("raised", f"the server answered {error.code}: {text}") from error
        except (OSError, HTTPException) as error:
            raise ConformanceError("died", f"the server at {self._url} went away ({_why(error)})") from error
        with tempfile.TemporaryDirectory(dir=os.environ.get(SCRATCH)) as folder:
            path = Path(folder) / "answer"
            path.write_bytes(sound)
            try:
                return read_answer(path, request)
            except ConformanceError as broken:
                if broken.rule != "missing":
                    raise
                start = shorten(sound[:80].decode("ascii", errors="replace"))
                message = f'the server\'s answer is no sound file; it has {len(sound):,} bytes and starts "{start}"'
                raise ConformanceError("type", message) from broken


def most_bytes(request: Request) -> int:
    """Returns the most bytes that an answer to a request can have: as 64-bit WAV at the highest sample rate."""
    longest = _MOST_CROPPED if "crop" in request.fit else MOST_OF_DURATION
    return int(_WIDEST * SAMPLE_RATES[1] * request.duration * longest) + _BESIDES


def _body(answer: HTTPResponse, most: int) -> bytes:
    """Reads the whole body, but no more than an answer can need."""
    announced = answer.length  # None if it comes in chunks, or ends with the connection
    if announced is not None and announced > most:
        raise ConformanceError(
            "length", f"the server announces {announced:,} bytes; at most {most:,} can be a sound asked for"
        )
    body = bytearray()
    while chunk := answer.read1(_CHUNK):
        body += chunk
        if len(body) > most:
            raise ConformanceError(
                "length", f"the server sent more than {most:,} bytes, which no sound asked for can need"
            )
    if announced is not None and len(body) < announced:
        raise ConformanceError("died", f"the server's answer ended after {len(body):,} of {announced:,} bytes")
    return bytes(body)


def _start(error: urllib.error.HTTPError) -> bytes:
    """The start of an error's body; empty if it breaks off."""
    try:
        return error.read(4096)
    except (OSError, HTTPException):
        return b""


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _why(error: Exception) -> str:
    reason = getattr(error, "reason", error)
    return shorten(getattr(reason, "strerror", None) or str(reason)) or type(error).__name__
