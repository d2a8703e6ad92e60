"""Shards: which items of a job are one worker's, by the item's id alone."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import TypeVar

from vggsound_omni.errors import UserError

MOST = 100_000
"""Shards of one job; more is a slip of the finger."""

T = TypeVar("T")


@dataclass(frozen=True)
class Shard:
    """The ``index``-th of ``count`` parts of a job, counted from 1.

    An item's part follows from its id, so it is the same in every process, in any order, whatever else is in the suite.
    """

    index: int
    count: int

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MOST:
            raise UserError(f"A job has between 1 and {MOST:,} shards, not {self.count}.")
        if not 1 <= self.index <= self.count:
            raise UserError(
                f"There is no shard {self}; of {self.count} they are 1/{self.count} to {self.count}/{self.count}."
            )

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Reads "3/16".

        Raises:
            UserError: it is not of that form, or there is no such shard.
        """
        found = re.fullmatch(r"([0-9]{1,9})/([0-9]{1,9})", text)
        if not found:
            raise UserError(f'"{text}" names no shard; K/N was expected, such as 3/16 for the third of sixteen.')
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"

    @property
    def label(self) -> str:
        """The shard as part of a file's name: "3-of-16"."""
        return f"{self.index}-of-{self.count}"

    def holds(self, item_id: str) -> bool:
        """Returns whether an item is of this shard."""
        return number_of(item_id) % self.count == self.index - 1


def number_of(item_id: str) -> int:
    """Returns what an item's shard follows from: the number's rest by the count of shards, plus 1."""
    return int.from_bytes(hashlib.sha256(f"shard {item_id}".encode()).digest()[:8], "big")


def shard_of(items: Iterable[T], shard: Shard | None, item_id: Callable[[T], str] = attrgetter("id")) -> list[T]:
    """Returns the items of a shard, in their order; all of them without one."""
    return [item for item in items if shard is None or shard.holds(item_id(item))]
