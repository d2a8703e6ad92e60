"""Clips and a store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from vggsound_omni.encoders import registry
from vggsound_omni.encoders.encoder import EncoderSpec
from vggsound_omni.features import FeatureStore
from vggsound_omni.media import write_wav
from vggsound_omni.registry import Registry

from . import stubs
from .shared import sound


@pytest.fixture
def sounds(tmp_path: Path) -> dict[str, Path]:
    """Seven clips of two rates, one or two channels and three lengths."""
    files = {}
    for n, (seconds, channels, rate) in enumerate(
        [
            (1, 1, 22_050),
            (1, 2, 22_050),
            (0.5, 1, 22_050),
            (1, 1, 16_000),
            (2, 1, 22_050),
            (1, 1, 22_050),
            (0.5, 2, 16_000),
        ]
    ):
        files[f"clip{n}"] = tmp_path / "media" / f"clip{n}.wav"
        write_wav(files[f"clip{n}"], sound(n, seconds, channels, rate), "FLOAT")
    return files


@pytest.fixture
def store(tmp_path: Path) -> FeatureStore:
    return FeatureStore(tmp_path / "store")


@pytest.fixture
def made_set(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes these specs all the encoders that there are, and forgets what was built before."""
    stubs.BUILT.clear()
    stubs.ALIVE.clear()

    def known(*specs: EncoderSpec) -> None:
        monkeypatch.setattr(registry, "ENCODERS", Registry("encoder", "no.such.group", specs, key="name"))

    return known
