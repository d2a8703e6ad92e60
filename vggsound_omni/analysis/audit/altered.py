"""The sounds of an audit: each reference as it is and under every corruption, made when they are wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from vggsound_omni.features import sound_hash
from vggsound_omni.features.signals import Signal, SoundReader, SoundSource, SoundView

from .corruptions import Corruption


def sound_id(item_id: str, corruption: Corruption, severity: float) -> str:
    """Returns the id of an altered sound, which is the id of no item: those hold no bar."""
    return f"{item_id}|{corruption.key}|{severity:g}"


def altered(
    files: Mapping[str, Path], corruptions: Sequence[Corruption], window: float | None
) -> dict[str, SoundSource]:
    """Returns the sounds by id: each reference's under its item's id, altered ones under :func:`sound_id`.

    All are mono and as long as the window, so that an encoder that would take more of a file is given the same of each.

    Args:
        files: the references, by item id.
        corruptions: what is done to each.
        window: seconds from the start that count; None: all.
    """
    reader, view = SoundReader(keep=True), SoundView(seconds=window)

    def clean(item_id: str) -> Callable[[], Signal]:
        return lambda: reader.read(files[item_id], view)

    def damaged(item_id: str, corruption: Corruption, severity: float) -> Callable[[], Signal]:
        def make() -> Signal:
            sound = reader.read(files[item_id], view)
            samples = corruption.apply(item_id, sound.data, int(sound.rate), severity)
            return Signal(samples, sound.rate, sound_hash(samples, int(sound.rate)))

        return make

    sounds: dict[str, SoundSource] = {item_id: clean(item_id) for item_id in files}
    for corruption in corruptions:
        for severity in corruption.severities:
            for item_id in files:
                sounds[sound_id(item_id, corruption, severity)] = damaged(item_id, corruption, severity)
    return sounds
