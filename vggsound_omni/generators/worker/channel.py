"""Messages between a generator's process and ours: JSON, and sound as raw bytes behind it.

A frame is the four bytes ``OMNI``, the length of the JSON as an unsigned 32-bit number, that of the body as an unsigned
64-bit number (both big-endian), the JSON, the body. Nothing in it can run code. The receiver says beforehand how
long both may be and how long it waits.
"""

from __future__ import annotations

import json
import os
import select
import struct
import time
from collections.abc import Callable, Sequence

_MAGIC = b"OMNI"
_HEAD = struct.Struct(">4sIQ")
_LOOK = 0.1
"""Seconds between checks whether the other end is alive; bytes are noticed at once."""

Buffer = bytes | bytearray | memoryview


class FrameError(Exception):
    """What came is not a frame, or not the expected one; the text says why."""


class ClosedError(Exception):
    """The other end is gone."""


class Channel:
    """Frames over a file descriptor of a socket or pipe, which is made non-blocking.

    No call waits beyond its deadline (of :func:`time.monotonic`; None: as long as it takes), not even in the middle of
    a frame, whether the other end is silent, slow or never reads.
    """

    def __init__(self, fd: int, lives: Callable[[], bool] = lambda: True) -> None:
        """Takes the descriptor over.

        Args:
            fd: open for reading, writing, or both.
            lives: whether the other end's process lives. A descriptor that a descendant of it holds open says nothing.
        """
        os.set_blocking(fd, False)
        self._fd = fd
        self._lives = lives

    def send(self, message: object, body: Sequence[Buffer] = (), deadline: float | None = None) -> None:
        """Writes a frame.

        Args:
            message: anything that JSON holds.
            body: buffers that are written one after the other behind it.
            deadline: when to give up.

        Raises:
            ClosedError: nobody reads.
            TimeoutError: it was not taken in time.
        """
        text = json.dumps(message).encode()
        parts = [memoryview(part).cast("B") for part in body]
        head = _HEAD.pack(_MAGIC, len(text), sum(map(len, parts)))
        for part in (memoryview(head + text), *parts):
            self._write(part, deadline)

    def receive(self, most_json: int, most_body: int, deadline: float | None = None) -> tuple[object, int]:
        """Reads a frame up to its body.

        Args:
            most_json: bytes that the JSON may have.
            most_body: bytes that the body may have.
            deadline: when to give up.

        Returns:
            The message, and how many bytes follow it, which :meth:`fill` must be given room for.

        Raises:
            FrameError: what came is not a frame, or too long; nothing is allocated for it.
            ClosedError: the other end closed or ended first.
            TimeoutError: it was not complete in time.
        """
        magic, length, body = _HEAD.unpack(self._read(_HEAD.size, deadline))
        if magic != _MAGIC:
            raise FrameError("it does not begin as a message does")
        if length > most_json or body > most_body:
            raise FrameError(
                f"it announces {length:,} bytes of JSON and {body:,} of sound; at most {most_json:,} and {most_body:,} "
                "can belong to what was asked"
            )
        text = self._read(length, deadline)
        try:
            return json.loads(text.decode("utf-8"), parse_constant=_refused), body
        except (ValueError, RecursionError) as error:
            raise FrameError("it is not JSON") from error

    def fill(self, buffer: Buffer, deadline: float | None = None) -> None:
        """Reads the next bytes of a body into a writable buffer until it is full.

        Raises:
            ClosedError: the other end closed or ended first.
            TimeoutError: they did not all come in time.
        """
        rest = memoryview(buffer).cast("B")
        while rest:
            _check(deadline)
            try:
                count = os.readv(self._fd, [rest])
            except BlockingIOError:
                self._wait(select.POLLIN, deadline)
                continue
            except OSError as error:
                raise ClosedError from error
            if not count:
                raise ClosedError
            rest = rest[count:]

    def close(self) -> None:
        """Closes the descriptor, which the other end sees."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _read(self, count: int, deadline: float | None) -> bytearray:
        content = bytearray(count)
        self.fill(content, deadline)
        return content

    def _write(self, rest: memoryview, deadline: float | None) -> None:
        while rest:
            _check(deadline)
            try:
                rest = rest[os.write(self._fd, rest) :]
            except BlockingIOError:
                self._wait(select.POLLOUT, deadline)
            except OSError as error:
                raise ClosedError from error

    def _wait(self, event: int, deadline: float | None) -> None:
        poll = select.poll()
        poll.register(self._fd, event)
        while True:
            remaining = _LOOK if deadline is None else deadline - time.monotonic()
            if remaining <= 0:
                raise TimeoutError
            lives = self._lives()  # checked before the descriptor, so that a last message is not missed
            if poll.poll(max(1, round(1000 * min(_LOOK, remaining)))):
                return
            if not lives:
                raise ClosedError


def _check(deadline: float | None) -> None:
    """Enforces the deadline even if there is always something to read."""
    if deadline is not None and time.monotonic() > deadline:
        raise TimeoutError


def _refused(constant: str) -> float:
    raise ValueError(constant)  # NaN and Infinity are no JSON
