"""A model that answers questions, wherever it runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Annotated, Any, Protocol

from pydantic import Discriminator, Tag

from vggsound_omni.io import cache_dir

from .local import Local, LocalModel
from .servers import Answer, Budget, Client, Endpoint, Question, Replies


class Asker(Protocol):
    """A server's client, or a model in this process; safe in threads."""

    name: str  # of the model
    identity: str  # what answers depend on besides the question
    at_once: int  # questions that it takes at the same time
    video: bool  # whether a clip is shown to it as a video, not as pictures

    def ask(self, question: Question) -> Answer:
        """Answers a question.

        Raises:
            AnswerError: there is no answer.
            BudgetSpentError: it could cost more than is left.
        """


def _kind(value: Any) -> str:  # noqa: ANN401
    return "local" if isinstance(value, Local) or (isinstance(value, dict) and "local" in value) else "server"


Model = Annotated[
    Annotated[Endpoint, Tag("server")] | Annotated[Local, Tag("local")],
    Discriminator(_kind),
]
"""How a file of models names one: a server, or with the key ``local`` a model that runs in this process."""


@contextmanager
def opened(models: dict[str, Endpoint | Local], budget: Budget) -> Iterator[dict[str, Asker]]:
    """Opens models by role, which share a budget, and what answers are known; closes them with the block.

    A model that plays several roles is loaded once.

    Raises:
        UserError: a key is not set.
    """
    with ExitStack() as stack:
        replies = Replies(cache_dir() / "replies.sqlite")
        stack.callback(replies.close)
        found: dict[str, Asker] = {}
        loaded: dict[str, LocalModel] = {}
        for role, model in models.items():
            if isinstance(model, Local):
                found[role] = loaded.setdefault(model.model_dump_json(), LocalModel(model, replies))
            else:
                found[role] = stack.enter_context(Client(model, budget, replies))
        yield found
