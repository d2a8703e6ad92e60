"""The process in which a generator lives; its other end is :mod:`.worker`.

Messages are pickled over a pipe: in come an :class:`Order`, then lists of requests; out go a :class:`Loaded` or
:class:`LoadFailed`, then what :func:`.asking.ask` returns for each list.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import threading
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection

from vggsound_omni.errors import UserError
from vggsound_omni.generators.asking import ask, batch_size_of, describe
from vggsound_omni.generators.registry import card_of, find, listing_of
from vggsound_omni.protocol import Generator, ModelCard


@dataclass(frozen=True, kw_only=True)
class Order:
    """What to load."""

    model: str
    arguments: Mapping[str, str]
    suite_name: str | None
    device: str | None


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """The generator is ready."""

    card: ModelCard
    batch_size: int


@dataclass(frozen=True, kw_only=True)
class LoadFailed:
    """It could not be made."""

    sentence: str
    traceback: str


def main(connection_fd: int, lifeline_fd: int) -> None:
    """Loads the generator and answers until the other end closes.

    Args:
        connection_fd: one end of a duplex pipe.
        lifeline_fd: reads end-of-file when the parent is gone, however it went.
    """
    faulthandler.enable()
    for fd in (connection_fd, lifeline_fd):
        os.set_inheritable(fd, False)  # noqa: FBT003 - the generator's own programs must not hold these open
    threading.Thread(target=_die_with_parent, args=(lifeline_fd,), daemon=True).start()
    connection: Connection = Connection(connection_fd)
    try:
        loaded = _load(connection.recv())
        if isinstance(loaded, LoadFailed):
            connection.send(loaded)
            return
        generator, ready = loaded
        connection.send(ready)
        while True:
            connection.send(ask(generator, ready.card, connection.recv()))
    except (EOFError, BrokenPipeError):
        return


def _load(order: Order) -> tuple[Generator, Loaded] | LoadFailed:
    try:
        listing = listing_of(order.model)
        suite = None
        if listing and listing.needs_suite and order.suite_name:
            from vggsound_omni.suites import open_suite

            suite = open_suite(order.suite_name)
        generator = find(order.model, order.arguments, suite, order.device)
        return generator, Loaded(card=card_of(generator, order.model), batch_size=batch_size_of(generator))
    except UserError as error:
        return LoadFailed(sentence=str(error), traceback=traceback.format_exc())
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever it raises is told to the user
        sentence = f'The model "{order.model}" could not be loaded: it raised {describe(error)}.'
        return LoadFailed(sentence=sentence, traceback=traceback.format_exc())


def _die_with_parent(lifeline_fd: int) -> None:
    os.read(lifeline_fd, 1)  # nothing is ever written: this returns when the parent's end is closed
    os.killpg(os.getpgrp(), signal.SIGKILL)
