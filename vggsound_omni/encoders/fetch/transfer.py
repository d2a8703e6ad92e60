"""One large file over HTTP: resumed where it broke off, checked before it gets its name."""

from __future__ import annotations

import errno
import http.client
import json
import os
import re
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

from vggsound_omni.errors import UserError
from vggsound_omni.io import compute_sha256
from vggsound_omni.version import __version__

Progress = Callable[[int, int | None], None]
"""Called with bytes that are here, and bytes in all where that is known."""

_BLOCK = 1 << 20
_TIMEOUT = 30.0
_PASSING = {408, 425, 429, 500, 502, 503, 504}
"""Answers that may be others a little later."""
_BROKEN = (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError)
"""What a network does; other errors of the system are the disk's."""


class NotPublishedError(UserError):
    """The server answered, and has no such file."""


def part_of(path: Path) -> Path:
    """Where what has come of a file is kept until it is whole."""
    return path.with_name(path.name + ".part")


@dataclass
class Transfer:
    """One file from an address to a path.

    What has come lies in ``FILE.part``, with ``FILE.part.json`` to tell from which version of which address, so that
    the same call goes on from there; a file that changed meanwhile is begun anew.
    """

    url: str
    path: Path
    size: int | None = None
    """Bytes that the file must have."""
    sha256: str | None = None
    """That it must have."""
    progress: Progress = lambda _here, _all: None
    tries: int = 5
    """Times in a row that nothing may come."""
    pause: float = 1.0
    """Seconds before the second try; doubled for each further one."""

    def run(self) -> str:
        """Fetches the file and returns its SHA-256.

        Raises:
            NotPublishedError: the server has no such file.
            UserError: it cannot be had, or is not what was expected; nothing is at the path then.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._attempts()
        part = part_of(self.path)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        digest = compute_sha256(part)
        if self.sha256 and digest != self.sha256:
            self._forget()
            raise UserError(
                f"{self.url} arrived with SHA-256 {digest}, {self.sha256} was expected: it was damaged on its way or "
                f"replaced by its publisher, and has been removed; the same command tries again."
            )
        part.replace(self.path)
        self._forget()
        return digest

    def _attempts(self) -> None:
        failures = 0
        while True:
            before = self._here()
            try:
                if self._continue():
                    return
                reason = "the connection ended early"
            except urllib.error.HTTPError as error:
                error.close()
                if error.code not in _PASSING:
                    raise self._refused(error) from error
                reason = f"the server answered {error.code}"
            except _BROKEN as error:
                reason = str(getattr(error, "reason", error)) or type(error).__name__
            except OSError as error:
                raise self._unwritable(error) from error
            failures = 0 if self._here() > before else failures + 1
            if failures >= self.tries:
                raise UserError(
                    f"{self.url} cannot be had ({reason}): {_megabytes(self._here())} are kept, and the same command "
                    f"goes on from there."
                )
            if failures:
                time.sleep(self.pause * 2 ** (failures - 1))

    def _continue(self) -> bool:
        """One request, from where the last ended; whether the file is whole now."""
        if not self.url.startswith(("http://", "https://")):
            raise UserError(f"{self.url} is not an address that begins with http:// or https://.")
        here, validator = self._here(), self._validator()
        headers = {"User-Agent": f"omni-bench/{__version__}", "Accept-Encoding": "identity"}
        if here:
            headers["Range"] = f"bytes={here}-"
            if validator:
                headers["If-Range"] = validator
        request = urllib.request.Request(self.url, headers=headers)  # noqa: S310
        try:
            answer = urllib.request.urlopen(request, timeout=_TIMEOUT)  # noqa: S310
        except urllib.error.HTTPError as error:
            if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE and here:
                error.close()
                if here == (_total(error.headers) or self.size):
                    return True
                self._forget()
                return False
            raise
        with answer:
            if answer.status == http.client.PARTIAL_CONTENT and _start(answer.headers) == here:
                total = _total(answer.headers)
            else:
                here, total = 0, _length(answer.headers)
            total = self.size if total is None else total
            self._check(total)
            self._note(answer.headers, total)
            here = self._receive(answer, here, total)
        return total is None or here == total

    def _receive(self, answer: http.client.HTTPResponse, here: int, total: int | None) -> int:
        """Writes what comes behind the bytes that are here, and counts."""
        with part_of(self.path).open("r+b" if here else "wb") as file:
            if here:
                file.seek(here)
                file.truncate()
            self.progress(here, total)
            while block := _next(answer):
                file.write(block)
                here += len(block)
                self.progress(here, total)
                if total is not None and here > total:
                    raise http.client.HTTPException("more came than was announced")
        return here

    def _check(self, total: int | None) -> None:
        """Refuses a file of another size, and one that the disk has no room for, before it is fetched."""
        if total is not None and self.size is not None and total != self.size:
            self._forget()
            raise UserError(
                f"{self.url} has {total:,} bytes, {self.size:,} were expected: its publisher has replaced it, or "
                f"something else answers under this address."
            )
        free = shutil.disk_usage(self.path.parent).free
        if total is not None and free < total - self._here():
            raise UserError(
                f"{self.path.parent} has {_megabytes(free)} left, and {self.path.name} needs "
                f"{_megabytes(total - self._here())}: make room, or set OMNI_BENCH_CACHE to a folder on another disk."
            )

    def _here(self) -> int:
        """Bytes that came so far and can be gone on from."""
        part = part_of(self.path)
        same = self._noted().get("url") == self.url and (self.sha256 or self._validator())
        return part.stat().st_size if same and part.exists() else 0

    def _note_path(self) -> Path:
        return self.path.with_name(self.path.name + ".part.json")

    def _noted(self) -> dict[str, str]:
        try:
            content = json.loads(self._note_path().read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}

    def _validator(self) -> str:
        """What tells this version of the file from others: a strong entity tag, or the time of its last change."""
        return self._noted().get("validator", "")

    def _note(self, headers: Message, total: int | None) -> None:
        tag = headers.get("ETag", "")
        validator = tag if tag and not tag.startswith("W/") else headers.get("Last-Modified", "")
        note = {"url": self.url, "validator": validator, "total": total}
        self._note_path().write_text(json.dumps(note), encoding="utf-8")

    def _forget(self) -> None:
        part_of(self.path).unlink(missing_ok=True)
        self._note_path().unlink(missing_ok=True)

    def _refused(self, error: urllib.error.HTTPError) -> UserError:
        if error.code in {http.client.NOT_FOUND, http.client.GONE}:
            return NotPublishedError(f"{self.url} does not exist (the server answered {error.code}).")
        return UserError(f"{self.url} is refused: the server answered {error.code} {error.reason}.")

    def _unwritable(self, error: OSError) -> UserError:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            return UserError(
                f"{self.path.parent} is full: {_megabytes(self._here())} of {self.path.name} are kept; make room, and "
                f"the same command goes on from there."
            )
        return UserError(f"Cannot write to {self.path.parent}: {error.strerror or error}.")


def _next(answer: http.client.HTTPResponse) -> bytes:
    try:
        return answer.read(_BLOCK)
    except OSError as error:
        raise ConnectionError(error.strerror or str(error)) from error


def _start(headers: Message) -> int | None:
    found = re.match(r"bytes (\d+)-", headers.get("Content-Range", ""))
    return int(found[1]) if found else None


def _total(headers: Message) -> int | None:
    found = re.search(r"/(\d+)$", headers.get("Content-Range", ""))
    return int(found[1]) if found else None


def _length(headers: Message) -> int | None:
    given = headers.get("Content-Length", "")
    return int(given) if given.isdigit() else None


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"
