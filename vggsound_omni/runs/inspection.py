"""Checks every item's sound, and compares it with its recording, before anything is scored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
from rich.console import Console

from vggsound_omni.errors import UserError
from vggsound_omni.features import sound_hash
from vggsound_omni.features.prefetch import prefetch
from vggsound_omni.media import describe, read_audio
from vggsound_omni.progress import with_progress
from vggsound_omni.protocol import Audio
from vggsound_omni.suites import Item, unreadable
from vggsound_omni.wording import clean

from .folder import Record, RunFolder
from .generate import changed_media
from .heard import OTHERS_ASKED, OWN, Spectrum, alone, borrowed, correlation, fingerprint, spectrum
from .plan import Plan
from .result import Failure, Heard, Signal

Fingerprint = npt.NDArray[np.float32]
_MOST = 1.02  # of the track's window; no valid sound is longer, so no more of a file is decoded


@dataclass(frozen=True)
class _Look:
    """What was found out about one finished item."""

    signal: Signal | None = None
    failure: tuple[str, str] | None = None  # rule and reason, if there is no signal
    compared: bool = False  # whether it was compared with a recording
    suspect: Spectrum | None = None  # the sound, if it resembles its own recording
    sound: Fingerprint | None = None
    recording: Fingerprint | None = None


class Inspection:
    """Checks that every item's sound exists and is what was generated, and whether it is a copy of its recording."""

    def __init__(self, plan: Plan, folder: RunFolder) -> None:
        self._plan, self._folder = plan, folder
        there = folder.records()
        self.records = {item.id: there[item.id] for item in plan.items if item.id in there}
        self.signals: dict[str, Signal] = {}
        self.failures: dict[str, Failure] = {}
        self._compared: set[str] = set()
        self._copies: set[str] = set()
        self._heard: Heard | None = None
        self._sounds: dict[str, Fingerprint] = {}
        self._recordings: dict[str, Fingerprint] = {}
        self._window = plan.track.window or max((item.duration for item in plan.items), default=1.0)

    def run(self, console: Console) -> Self:
        """Checks all items; the next few are read in threads meanwhile.

        Raises:
            UserError: no item can be scored.
        """
        done = [item for item in self._plan.items if item.id in self.records and self._done(item)]
        # This renders missing media on all cores; later they are requested one by one.
        gone = unreadable(self._plan.suite, done)
        if done and len(gone) == len(done):
            raise UserError(f"No item can be scored: {gone[done[0].id]}")
        whole = [item for item in done if item.id not in gone]
        changed = set(changed_media(self._plan.suite, whole, self.records))
        for item in self._plan.items:
            record = self.records.get(item.id)
            if record is None:
                self._fail(item.id, "missing", "it was not generated; run the same command again")
            elif record.status == "failed":
                self._fail(item.id, record.rule or "", record.reason or "")
            elif item.id in gone:
                self._fail(item.id, "reference", gone[item.id])
            elif item.id in changed:
                self._fail(item.id, "changed", "its video or recording has changed since its sound was generated")
        items = [item for item in whole if item.id not in changed]
        recordings = {item.id: self._plan.suite.media(item).audio for item in items if item.has_audio}
        others: dict[str, Spectrum] = {}
        jobs = [(self.records[item.id], recordings.get(item.id)) for item in items]
        looks = prefetch(lambda job: self._look(*job), jobs)
        for item, look in with_progress(zip(items, looks, strict=True), len(items), "Reading audio", console):
            if look.failure is not None:
                self._fail(item.id, *look.failure)
            elif look.signal is not None:
                self.signals[item.id] = look.signal
            if look.compared:
                self._compared.add(item.id)
            if look.sound is not None and look.recording is not None:
                self._sounds[item.id], self._recordings[item.id] = look.sound, look.recording
            if look.suspect is not None:
                others = others or self._spread(recordings)
                if alone(look.suspect, [other for other_id, other in others.items() if other_id != item.id]):
                    self._copies.add(item.id)
        return self

    def _done(self, item: Item) -> bool:
        return self.records[item.id].status == "done"

    def _look(self, record: Record, recording: Path | None) -> _Look:
        window = self._window
        path = self._folder.audio_path(record.id)  # the very file that the encoders are given
        try:
            audio = read_audio(path, mono=False, seconds=_MOST * window)
        except UserError as error:
            return _Look(failure=("missing", str(error)))
        sha256 = sound_hash(audio.samples, audio.sample_rate)
        if sha256 != record.sha256:
            return _Look(failure=("changed", f"{record.audio} is not what was generated; delete it and run again."))
        signal = signal_of(audio, sha256, record.media)
        if recording is None:
            return _Look(signal=signal)
        try:
            reference = read_audio(recording, seconds=window)
        except UserError as error:
            return _Look(failure=("reference", str(error)))
        sound = spectrum(audio, window)
        suspect = sound if correlation(sound, spectrum(reference, window)) > OWN else None
        prints = fingerprint(audio, window), fingerprint(reference, window)
        return _Look(signal=signal, compared=True, suspect=suspect, sound=prints[0], recording=prints[1])

    def _spread(self, recordings: Mapping[str, Path | None]) -> dict[str, Spectrum]:
        """Returns a few recordings, evenly spread over the items so that they are of several kinds."""
        window = self._window
        ids = [item_id for item_id, path in recordings.items() if path is not None]
        found: dict[str, Spectrum] = {}
        for item_id in ids[:: max(1, len(ids) // (OTHERS_ASKED + 1))]:
            path = recordings[item_id]
            try:
                if path is not None and len(found) <= OTHERS_ASKED:
                    found[item_id] = spectrum(read_audio(path, seconds=window), window)
            except UserError:  # reported when the item itself is checked
                continue
        return found

    def _fail(self, item_id: str, rule: str, reason: str) -> None:
        self.failures[item_id] = Failure(id=item_id, rule=rule, reason=clean(reason))

    def drop(self, unreadable: Mapping[str, str]) -> None:
        """Fails items whose media turned out to be unreadable when they were encoded."""
        for item_id, why in unreadable.items():
            if self.signals.pop(item_id, None) is not None:
                self._fail(item_id, "reference", why)

    def heard(self) -> Heard | None:
        """Returns how many of the sounds are recordings; None if there are no recordings."""
        compared = self._compared & set(self.signals)
        if not compared:
            return None
        if self._heard is None or self._heard.compared != len(compared):  # items are only ever dropped
            others = borrowed({item_id: self._sounds[item_id] for item_id in compared}, self._recordings)
            self._heard = Heard(compared=len(compared), copies=len(self._copies & compared), borrowed=len(others))
        return self._heard

    def warnings(self) -> list[str]:
        """Returns caveats about these sounds that concern every score, one sentence each."""
        return [*heard_sentences(self.heard()), *self._code_sentences()]

    def _code_sentences(self) -> list[str]:
        codes = Counter(self.records[item_id].code for item_id in self.signals)
        if len(codes) < 2:
            return []
        counts = " and ".join(str(count) for _, count in codes.most_common())
        return [f"The model's code changed during this run: {counts} items are by different versions of it."]


def heard_sentences(heard: Heard | None) -> list[str]:
    """Returns a sentence if the model must have had the recordings that its sounds are compared with."""
    if heard is None or not heard.marked:
        return []
    sentence = (
        f"The model heard the reference: {heard.copies} of {heard.compared} sounds are copies, or nearly, of the "
        "recordings that they are compared with, so these numbers say nothing about how well it generates."
    )
    return [sentence]


def signal_of(audio: Audio, sha256: str, media: str | None) -> Signal:
    """Returns the facts about a sound that need no encoder.

    Args:
        audio: the sound.
        sha256: of its samples.
        media: of the item's video and recording.
    """
    facts = describe(audio)
    return Signal(
        seconds=audio.duration,
        sample_rate=audio.sample_rate,
        channels=len(audio.samples),
        peak_dbfs=facts.peak_dbfs,
        rms_dbfs=facts.rms_dbfs,
        clipped=facts.clipped,
        sha256=sha256,
        media=media,
    )
