"""Clips one after the other through one large encoder: what it is given of each file, a profile says.

Threads read ahead while the network runs. What a network said is kept in the feature store under what it was given, so
that it never runs twice on the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import numpy as np
from rich.console import Console
from torch import Tensor

from vggsound_omni.encoders.encoder import AudioFace, Outputs, TextFace, VideoFace
from vggsound_omni.errors import UserError

from . import Face, Features, FeatureStore, Filing, Key, picture_hash, sound_hash, text_hash
from .clips import Clips
from .passage import tell_unwritable
from .prefetch import Bar, ahead

Source = TypeVar("Source")
Given = TypeVar("Given")


class OneByOne:
    """One encoder and what it could not encode."""

    def __init__(self, encoder: AudioFace, clips: Clips, store: FeatureStore, console: Console) -> None:
        """Takes an encoder.

        Args:
            encoder: a pretrained one.
            clips: what it is given of a file; the same for one encoder after the other.
            store: where features come from and go to.
            console: where progress is shown.
        """
        self._encoder, self._clips = encoder, clips
        self._store, self._console = store, console
        self._writable = True
        self.failures: dict[str, str] = {}
        """Why an item has no features, by id."""
        self.unreadable: dict[str, str] = {}
        """Those among them whose file could not be decoded."""

    def hear(self, files: Mapping[str, Path]) -> dict[str, Features]:
        """Features of sounds, by id."""
        encoder = self._encoder

        def read(path: Path) -> tuple[str, Tensor]:
            samples = self._clips.sound(encoder, path)
            return sound_hash(samples.numpy(), encoder.sample_rate), samples

        return self._through("audio", files, read, encoder.audio)

    def see(self, files: Mapping[str, Path]) -> dict[str, Features]:
        """Features of pictures, by id, of an encoder that sees."""
        encoder = self._encoder
        if not isinstance(encoder, VideoFace):
            raise TypeError(f"{encoder.card.name} does not see.")

        def read(path: Path) -> tuple[str, Tensor]:
            frames = self._clips.picture(encoder, path)
            return picture_hash(frames.numpy(), encoder.fps), frames

        return self._through("video", files, read, encoder.video)

    def read(self, texts: Mapping[str, str]) -> dict[str, Features]:
        """Features of captions, by id, of an encoder that reads."""
        encoder = self._encoder
        if not isinstance(encoder, TextFace):
            raise TypeError(f"{encoder.card.name} does not read.")
        return self._through("text", texts, lambda text: (text_hash(text), text), lambda text: encoder.text([text]))

    def _through(
        self,
        face: Face,
        sources: Mapping[str, Source],
        read: Callable[[Source], tuple[str, Given]],
        forward: Callable[[Given], Outputs],
    ) -> dict[str, Features]:
        filing = Filing(self._encoder, face)

        def reading(job: tuple[str, Source]) -> tuple[str, tuple[str, Given] | UserError]:
            try:
                return job[0], read(job[1])
            except UserError as error:
                return job[0], error

        found: dict[str, Features] = {}
        with Bar(self._console, f"{self._encoder.card.name}: {face}", len(sources)) as bar:
            for item, outcome in ahead(reading, list(sources.items())):
                if isinstance(outcome, UserError):
                    self.failures[item] = self.unreadable[item] = str(outcome)
                else:
                    sha256, given = outcome
                    key = filing.key(sha256)
                    known = self._store.get_many([key]).get(key)
                    try:
                        found[item] = known or self._kept(key, forward(given))
                    except UserError as error:
                        self.failures[item] = str(error)
                bar.advance()
        return found

    def _kept(self, key: Key, outputs: Outputs) -> Features:
        """One clip's outputs, out of the store's mapped file if it can be written to."""
        features = {name: np.asarray(values[0].cpu().numpy(), np.float32) for name, values in outputs.items()}
        if not self._writable:
            return features
        try:
            self._store.put_many({key: features})
        except OSError as error:
            self._writable = False
            tell_unwritable(self._store, error, self._console)
            return features
        return self._store.get_many([key]).get(key, features)
