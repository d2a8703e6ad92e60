"""A few held-out scenes, rendered once for all tests of encoders."""

from __future__ import annotations

from pathlib import Path

import pytest

from vggsound_omni.encoders.foleyworld.clips import Clips
from vggsound_omni.encoders.foleyworld.data import Shard, render_shard


@pytest.fixture(scope="session")
def few(tmp_path_factory: pytest.TempPathFactory) -> Clips:
    """48 scenes of the validation split: 40 main, 8 with music."""
    keys = [("validation", "main", i) for i in range(40)] + [("validation", "bgm", i) for i in range(8)]
    folder: Path = tmp_path_factory.mktemp("validation")
    shard = Shard(keys=tuple(keys), folder=folder)
    render_shard(shard)
    return Clips([shard])
