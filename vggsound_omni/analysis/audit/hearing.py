"""References held in memory, altered and encoded there; what was encoded before comes from the feature store."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from vggsound_omni.encoders.encoder import AudioFace, Outputs
from vggsound_omni.features import FeatureStore, sound_hash
from vggsound_omni.features.decode import Signal, View, read_sound
from vggsound_omni.features.modality import Medium, Prepared, Sounds
from vggsound_omni.features.passage import Pass
from vggsound_omni.runs.measure import RoleFeatures

from .corruptions import Corruption

BATCH = 16
"""Signals given to a network at once."""
Hear = Callable[[], Signal]
"""Makes a signal when it is wanted."""


class _InMemory(Medium[Hear, AudioFace]):
    """Sound that no file holds."""

    face = "audio"
    title = "Encoding sound"

    def __init__(self) -> None:
        self._as_of_files = Sounds(None)

    def view(self, encoder: AudioFace) -> View:
        return self._as_of_files.view(encoder)

    def decode(self, source: Hear, views: Collection[View]) -> dict[View, Signal]:
        return dict.fromkeys(views, source())

    def forward(self, encoder: AudioFace, signals: Sequence[Signal], device: str, prepared: Prepared) -> Outputs:
        return self._as_of_files.forward(encoder, signals, device, prepared)


class References:
    """The reference sounds of a suite, each decoded once."""

    def __init__(
        self,
        files: Mapping[str, Path],
        window: float,
        encoders: Sequence[AudioFace],
        clean: Mapping[str, RoleFeatures],
        device: str,
    ) -> None:
        """Decodes.

        Args:
            files: by id.
            window: seconds from the start that count.
            encoders: what listens.
            clean: by role, what these encoders made of the references themselves as the generated side.
            device: where they run.
        """
        self._sounds = {item_id: read_sound(path, window) for item_id, path in files.items()}
        self._encoders, self._clean, self._device = encoders, clean, device
        self._store, self._quiet = FeatureStore(), Console(quiet=True)

    def altered(self, corruption: Corruption, severity: float) -> dict[str, RoleFeatures]:
        """By role: the features of every clip, damaged, on the generated side."""

        def hear(item_id: str) -> Hear:
            return lambda: _damaged(corruption, item_id, self._sounds[item_id], severity)

        encoded = Pass(_InMemory(), self._encoders, self._store, self._quiet, self._device, BATCH).run(
            {item_id: hear(item_id) for item_id in self._sounds}
        )
        return {
            role: replace(
                features,
                generated=encoded.features[features.card.name],
                failures={**features.failures, **encoded.failures[features.card.name]},
            )
            for role, features in self._clean.items()
        }

    def swapped(self, sources: Mapping[str, str]) -> dict[str, RoleFeatures]:
        """By role: the features of every clip, in the places that ``sources`` says; nothing is encoded."""
        return {
            role: replace(
                features,
                generated={
                    item_id: features.generated[source]
                    for item_id, source in sources.items()
                    if source in features.generated
                },
            )
            for role, features in self._clean.items()
        }


def _damaged(corruption: Corruption, item_id: str, sound: Signal, severity: float) -> Signal:
    samples = corruption.apply(item_id, sound.data, int(sound.rate), severity)
    return Signal(samples, sound.rate, sound_hash(samples, int(sound.rate)))
