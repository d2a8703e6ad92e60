"""The process that a generator runs in; the other end is :mod:`.worker`, the messages are in :mod:`.messages`."""

from __future__ import annotations

import faulthandler
import os
import traceback
from collections.abc import Sequence

from vggsound_omni.errors import UserError
from vggsound_omni.generators.cards import card_of
from vggsound_omni.generators.factory import find
from vggsound_omni.generators.registry import listing_of
from vggsound_omni.protocol import Audio, Generator
from vggsound_omni.suites import open_suite

from .channel import Channel, ClosedError
from .in_process import Failed, Outcome, ask, batch_size_of, describe
from .memory import note_gpu
from .messages import Loaded, LoadFailed, Order, Refused, order_from_json, requests_from_json, send_answers, send_loaded
from .process import SCRATCH

_MOST_ASKED = 1 << 30  # bytes of JSON; what our own side sends needs no tighter bound


def main(channel_fd: int) -> None:
    """Loads the generator and answers until the other end closes.

    Args:
        channel_fd: our end of a socket.
    """
    faulthandler.enable()
    os.set_inheritable(channel_fd, False)  # noqa: FBT003 - the generator's own programs must not hold it open
    channel = Channel(channel_fd)
    try:
        loaded = _load(order_from_json(channel.receive(_MOST_ASKED, 0)[0]))
        if isinstance(loaded, LoadFailed):
            send_loaded(channel, loaded)
            return
        generator, ready = loaded
        send_loaded(channel, ready)
        while True:
            requests = requests_from_json(channel.receive(_MOST_ASKED, 0)[0])
            answers = _sendable(ask(generator, ready.card, requests))
            note_gpu(os.environ.get(SCRATCH))
            send_answers(channel, answers)
    except ClosedError:
        return


def _load(order: Order) -> tuple[Generator, Loaded] | LoadFailed:
    try:
        listing = listing_of(order.model)
        suite = None
        if listing and listing.needs_suite and order.suite_name:
            suite = open_suite(order.suite_name)
        generator = find(order.model, order.arguments, suite, order.device)
        return generator, Loaded(card=card_of(generator, order.model), batch_size=batch_size_of(generator))
    except UserError as error:
        return LoadFailed(sentence=str(error), traceback=traceback.format_exc())
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever it raises is told to the user
        sentence = f'The model "{order.model}" could not be loaded: it raised {describe(error)}.'
        return LoadFailed(sentence=sentence, traceback=traceback.format_exc())


def _sendable(outcomes: Sequence[Outcome] | Failed) -> list[Audio | Refused] | Refused:
    if isinstance(outcomes, Failed):
        return Refused(rule=outcomes.rule, reason=outcomes.reason)
    return [
        Refused(rule=outcome.rule, reason=outcome.reason) if isinstance(outcome, Failed) else outcome.audio
        for outcome in outcomes
    ]
