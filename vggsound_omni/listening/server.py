"""The listening test over HTTP: the same page as in a folder, and answers that are kept here.

A listener's browser holds a token for its place. It is sent media by opaque names, its own trials, and nothing else of
the design. Whatever is refused is logged.
"""

from __future__ import annotations

import asyncio
import csv
import hmac
import io
import logging
import os
import secrets
import socket
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Annotated, Any, Literal, ParamSpec, TypeVar

import uvicorn
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vggsound_omni.errors import UserError, first_problem
from vggsound_omni.wording import shorten

from .answers import TONES, Answer
from .given import FILES, PAGE, Completion, given, index_html
from .screening import failing
from .store import AnsweredError, FullError, Place, Store, UnfinishedError
from .study import Study

LARGEST = 16_000
"""Bytes of a request's body."""
_LOG_BYTES = 5_000_000
_LONGEST = 200  # characters of a refused request that are logged
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
        "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_TYPES = {".flac": "audio/flac", ".mp4": "video/mp4"}
_P = ParamSpec("_P")
_T = TypeVar("_T")
_M = TypeVar("_M", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


Identifier = Annotated[str, Field(pattern="^[A-Za-z0-9]{0,64}$")]


class Prolific(_Strict):
    """What Prolific appends to the address."""

    PROLIFIC_PID: Identifier = ""
    STUDY_ID: Identifier = ""
    SESSION_ID: Identifier = ""


class Joining(_Strict):
    """A listener who agrees to take part."""

    consent: Literal[True]
    prolific: Prolific = Prolific()


class Finishing(_Strict):
    """The end of a session."""

    comment: Annotated[str, Field(max_length=2000)] = ""
    headphones: Annotated[int, Field(ge=0, le=TONES)] | None = None


class RefusedError(Exception):
    """A request that is not granted."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class Service:
    """One study over HTTP."""

    def __init__(
        self, study: Study, folder: Path, admin_token: str, completion: Completion, log: logging.Logger
    ) -> None:
        """Opens the study's database in its folder.

        Raises:
            UserError: a file of the study is missing, or the database is not of this study.
        """
        self._study, self._completion, self._log = study, completion, log
        self._admin = admin_token.encode()
        self._media = {
            name: folder / "public" / "media" / name
            for clip in study.clips.values()
            for name in (*clip.sounds.values(), *([clip.picture] if clip.picture else []))
        }
        missing = sorted(name for name, path in self._media.items() if not path.is_file())
        if missing:
            raise UserError(f"{folder} lacks public/media/{missing[0]}; design the study again.")
        self._store = Store(database(folder), study)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="answers")
        self._refused: Counter[str] = Counter()
        self._page = index_html(study, "server", {})

    def app(self) -> ASGIApp:
        """Returns the application."""
        routes = [
            Route("/", self._index),
            Route("/api/join", self._join, methods=["POST"]),
            Route("/api/session", self._session),
            Route("/api/answers", self._answer, methods=["POST"]),
            Route("/api/finish", self._finish, methods=["POST"]),
            Route("/api/admin", self._state),
            Route("/api/admin/answers.zip", self._sheets),
            Route("/api/admin/participants.csv", self._participants),
            Route("/media/{name}", self._medium),
            Route("/{name}", self._file),
        ]
        handlers = {RefusedError: self._refuse, HTTPException: self._unknown, UserError: self._wrong}
        return _Guard(Starlette(routes=routes, exception_handlers=handlers))  # type: ignore[arg-type]

    def close(self) -> None:
        """Waits for what is being stored, and closes the database and the log."""
        self._thread.shutdown()
        self._store.close()
        for handler in self._log.handlers:
            handler.close()

    async def _index(self, _: Request) -> Response:
        return HTMLResponse(self._page, headers={"Cache-Control": "no-cache"})

    async def _file(self, request: Request) -> Response:
        name = request.path_params["name"]
        found = {"admin": "admin.html", "admin.js": "admin.js"} | {name: name for name in FILES}
        if name not in found:
            raise RefusedError(404, "There is no such file.")
        return FileResponse(PAGE / found[name], headers={"Cache-Control": "no-cache"})

    async def _medium(self, request: Request) -> Response:
        path = self._media.get(request.path_params["name"])
        if path is None:
            raise RefusedError(404, "There is no such file.")
        headers = {"Cache-Control": "private, max-age=86400, immutable"}
        return FileResponse(path, media_type=_TYPES[path.suffix], headers=headers)

    async def _join(self, request: Request) -> Response:
        asked = await _body(request, Joining)
        try:
            token = await self._in_turn(self._store.join, asked.prolific.PROLIFIC_PID or None, time.time())
        except FullError:
            raise RefusedError(409, "All places in this test are taken; thank you for coming.") from None
        return _json({"token": token})

    async def _session(self, request: Request) -> Response:
        place = await self._place(request)
        answered = [answer.trial for answer in place.sheet.answers]
        finished = None if place.finished is None else self._completion.shown()
        return _json(given(place.session, self._study) | {"answered": answered, "finished": finished})

    async def _answer(self, request: Request) -> Response:
        place = await self._place(request)
        answer = await _body(request, Answer)
        try:
            await self._in_turn(self._store.answer, place, answer, time.time())
        except AnsweredError:
            raise RefusedError(409, "This trial has its answer.") from None
        return _json({"saved": answer.trial})

    async def _finish(self, request: Request) -> Response:
        place = await self._place(request)
        asked = await _body(request, Finishing)
        try:
            await self._in_turn(self._store.finish, place, asked.headphones, asked.comment, time.time())
        except UnfinishedError:
            raise RefusedError(409, "Some trials have no answer yet.") from None
        except AnsweredError:
            pass  # the page may not have heard that it is finished; what was stored first stays
        return _json(self._completion.shown())

    async def _state(self, request: Request) -> Response:
        self._keeper(request)
        places = await self._in_turn(self._store.places)
        counted = len(self._study.sessions[0].trials)
        listeners = [
            {
                "number": place.id,
                "joined": round(place.joined),
                "last": round(place.last),
                "answered": len(place.sheet.answers),
                "of": counted,
                "finished": place.finished is not None,
                "headphones": place.sheet.headphones,
                "left_out": failing(place.listener, self._study.screening) if place.finished is not None else None,
                "comment": place.sheet.comment,
            }
            for place in places
        ]
        state = {"title": self._study.title, "study": self._study.id, "places": len(self._study.sessions)}
        return _json(state | {"listeners": listeners, "refused": dict(self._refused)})

    async def _sheets(self, request: Request) -> Response:
        self._keeper(request)
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
            for place in await self._in_turn(self._store.places):
                if place.sheet.answers:
                    packed.writestr(f"{place.session.listener}.json", place.sheet.model_dump_json() + "\n")
        return Response(out.getvalue(), media_type="application/zip", headers={"Cache-Control": "no-store"})

    async def _participants(self, request: Request) -> Response:
        self._keeper(request)
        out = io.StringIO()
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(("number", "participant", "finished", "left out"))
        for place in await self._in_turn(self._store.places):
            reason = failing(place.listener, self._study.screening) if place.finished is not None else None
            rows.writerow((place.id, place.participant or "", place.finished is not None, reason or ""))
        return Response(out.getvalue(), media_type="text/csv", headers={"Cache-Control": "no-store"})

    async def _in_turn(self, do: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Runs what uses the database in its thread, one after the other."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: do(*args, **kwargs))

    async def _place(self, request: Request) -> Place:
        place = await self._in_turn(self._store.place, _token(request))
        if place is None:
            raise RefusedError(
                401, "This browser has no place in the test, or has lost it; open the test's page again."
            )
        return place

    def _keeper(self, request: Request) -> None:
        if not hmac.compare_digest(_token(request).encode(), self._admin):
            raise RefusedError(401, "This is not the token that omni-bench listen serve printed.")

    def _refuse(self, request: Request, error: RefusedError) -> Response:
        return self._refused_with(request, error.status, str(error))

    def _wrong(self, request: Request, error: UserError) -> Response:
        return self._refused_with(request, 422, str(error))

    def _unknown(self, request: Request, error: HTTPException) -> Response:
        return self._refused_with(request, error.status_code, str(error.detail))

    def _refused_with(self, request: Request, status: int, sentence: str) -> Response:
        what = shorten(f"{request.method} {request.url.path}", _LONGEST)
        self._refused[f"{status} {_kind(request)}"] += 1
        who = request.client.host if request.client else "unknown"
        self._log.warning("refused %s %s from %s: %s", status, what, who, shorten(sentence, _LONGEST))
        return JSONResponse({"error": sentence}, status, {"Cache-Control": "no-store"})


class _Guard:
    """Puts the headers on every answer, and ends bodies that are too large before they are in memory."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
            await send(message)

        await self._app(scope, receive, sending if scope["type"] == "http" else send)


async def _body(request: Request, model: type[_M]) -> _M:
    """Returns a request's JSON as an object.

    Raises:
        RefusedError: it is no JSON, too large, or not what is expected.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise RefusedError(415, "A body of application/json is expected.")
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > LARGEST:
            raise RefusedError(413, f"The body is larger than {LARGEST // 1000} kB.")
    try:
        return model.model_validate_json(bytes(content))
    except ValidationError as error:
        raise RefusedError(
            422, f"This is not what was asked for ({shorten(first_problem(error), _LONGEST)})."
        ) from error


def listen_at(host: str, port: int) -> socket.socket:
    """Takes a port; 0 picks a free one.

    Raises:
        UserError: it cannot be had.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        raise UserError(f"{host}, port {port}, cannot be used ({error.strerror}); choose another --port.") from error
    # asyncio does it for sockets it made itself; without it, headers and body of a reply are 40 ms apart.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def serve(service: Service, at: socket.socket) -> None:
    """Answers until it is interrupted, and then closes the database."""
    config = uvicorn.Config(
        service.app(),
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        ws="none",
        timeout_keep_alive=30,
        timeout_graceful_shutdown=5,
        h11_max_incomplete_event_size=16_384,
    )
    try:
        uvicorn.Server(config).run(sockets=[at])
    finally:
        service.close()


def database(folder: Path) -> Path:
    """Returns where a study's answers are collected."""
    return folder / "answers.sqlite"


def admin_token(folder: Path) -> str:
    """Returns the token of a study's admin page, made when it is first asked for and readable by its owner alone."""
    path = folder / "admin-token"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        found = path.read_text(encoding="ascii").strip()
        if len(found) < 32:
            raise UserError(f"{path} holds no token; delete it, and a new one is made.") from None
        return found
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        token = secrets.token_urlsafe(32)
        file.write(token + "\n")
    return token


def refusals_log(folder: Path) -> logging.Logger:
    """Returns the log of what is refused: ``refused.log`` in the study's folder, two files of 5 MB at most."""
    log = logging.Logger("listen serve")
    handler = RotatingFileHandler(
        folder / "refused.log", maxBytes=_LOG_BYTES, backupCount=1, encoding="utf-8", delay=True
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log.addHandler(handler)
    return log


def _token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme == "Bearer" else ""


def _kind(request: Request) -> str:
    """Returns a word for what was asked, of which there are few."""
    first, *rest = request.url.path.strip("/").split("/")
    known = ("join", "session", "answers", "finish", "admin")
    return rest[0] if first == "api" and rest and rest[0] in known else first if first == "media" else "page"


def _json(content: dict[str, Any]) -> Response:
    return JSONResponse(content, headers={"Cache-Control": "no-store"})
