"""The scenes that the reference model learns from, rendered once and shared with the benchmark's encoders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from vggsound_omni.encoders.foleyworld.data import Shard, shards

PARTED: Final = ("natural", "conflict")
"""Strata in which what is heard is not seen: out of frame, or another class performed to what the picture does."""


@dataclass(frozen=True, kw_only=True)
class Scenes:
    """Which scenes, in whole shards of 250."""

    count: int = 6000  # of train, as the benchmark's encoders have them: of 24, 20 main, 2 natural, 2 with music
    further: int = 750  # of each of :data:`PARTED`, besides
    rendered: bool = True  # whether to render those that are missing; programs and captions are there without
    jobs: int | None = None  # processes that render; None: one for each core

    def aligned(self) -> list[Shard]:
        """Returns scenes of train in which what is seen is heard."""
        return [shard for shard in self._mixed() if shard.keys[0][1] not in PARTED]

    def parted(self) -> list[Shard]:
        """Returns scenes of train in which text and picture part."""
        found = [shard for shard in self._mixed() if shard.keys[0][1] in PARTED]
        for stratum in PARTED:
            found += shards("train", self.further, self.jobs, stratum=stratum, rendered=self.rendered, coded=False)
        return found

    def validation(self) -> list[Shard]:
        """Returns the scenes of the validation split in which what is seen is heard."""
        return [shard for shard in self.held_out() if shard.keys[0][1] not in PARTED]

    def held_out(self) -> list[Shard]:
        """Returns all scenes of the validation split."""
        return shards("validation", jobs=self.jobs, rendered=self.rendered, coded=False)

    def _mixed(self) -> list[Shard]:
        return shards("train", self.count, self.jobs, rendered=self.rendered, coded=False)
