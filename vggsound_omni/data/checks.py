"""Checks of clips: decoded from end to end, measured, and compared with limits."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vggsound_omni.errors import UserError
from vggsound_omni.media.survey import ClipSurvey, SoundSurvey, survey
from vggsound_omni.suites.places import Place

from .local_clips import Clip
from .problems import Problem

CHECKS_VERSION = 2
"""Raised whenever the same clip would be measured differently."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Limits that a clip must keep; recorded with the suite."""

    seconds: float = 8.0  # the shorter of picture and sound must last this long, less 0.1 s for a frame's rounding
    moving: float = 0.1  # share of steps of 0.4 s over which the picture must change
    peak_dbfs: float = -60.0  # a peak below this is silence
    apart: float = 0.25  # seconds that the sound may begin after the picture, or end before it
    needs_sound: bool = True  # whether a reference recording must be there


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What was measured of one clip. Plain numbers: this is what the journal keeps."""

    video_sha256: str | None = None
    audio_sha256: str | None = None  # of the files' bytes; the video's again where its own sound is the reference
    error: str | None = None  # why it could not be decoded; then nothing below is known
    picture_seconds: float | None = None
    sound_start: float | None = None
    sound_end: float | None = None
    moving: float | None = None
    peak_dbfs: float | None = None  # None if every sample is zero, or there is no sound
    finite: bool = True
    width: int | None = None
    height: int | None = None
    frame_rate: float | None = None
    sample_rate: int | None = None
    channels: int | None = None

    @property
    def seconds(self) -> float:
        """Length of the item: of its picture, else of its sound."""
        return self.picture_seconds if self.picture_seconds is not None else self.sound_end or 0.0


def check(clip: Clip) -> Facts:
    """Decodes a clip's files from end to end; what is wrong with them is recorded, never raised."""
    try:
        return _facts(clip)
    except UserError as error:
        return Facts(error=str(error))
    except MemoryError:
        return Facts(error="it needs more memory than a clip may take; cut it or make it smaller")
    except Exception as error:  # noqa: BLE001 - one odd clip costs one item, whatever it makes a library raise
        return Facts(error=f"it cannot be measured ({type(error).__name__}); write or download it again")


def _facts(clip: Clip) -> Facts:
    files = {kind: _measured(place) for kind in ("video", "audio") if (place := getattr(clip, kind)) is not None}
    picture_hash, seen = files.get("video", (None, None))
    sound_hash, heard = files.get("audio", (picture_hash, seen))
    picture = seen.picture if seen is not None else None
    sound = heard.sound if heard is not None else None
    return Facts(
        video_sha256=picture_hash if picture is not None else None,
        audio_sha256=sound_hash if sound is not None else None,
        picture_seconds=None if picture is None else round(picture.seconds, 3),
        sound_start=None if sound is None else round(sound.start, 3),
        sound_end=None if sound is None else round(sound.end, 3),
        moving=None if picture is None else round(picture.moving, 3),
        peak_dbfs=_decibels(sound),
        finite=sound is None or sound.finite,
        width=None if picture is None else picture.width,
        height=None if picture is None else picture.height,
        frame_rate=None if picture is None else round(picture.frame_rate, 3),
        sample_rate=None if sound is None else sound.sample_rate,
        channels=None if sound is None else sound.channels,
    )


def _decibels(sound: SoundSurvey | None) -> float | None:
    return round(20 * math.log10(sound.peak), 2) if sound is not None and sound.finite and sound.peak > 0 else None


def _measured(place: Place) -> tuple[str, ClipSurvey]:
    with on_disk(place) as path:
        try:
            return place.sha256(), survey(path)
        except UserError as error:
            # The message must not depend on the folder: reports of two machines are compared.
            raise UserError(str(error).replace(str(path), place.name).replace(place.shown, place.name)) from error


@contextmanager
def on_disk(place: Place) -> Iterator[Path]:
    """Yields a path to read a clip from; one inside a tar is extracted for the duration of the block.

    Raises:
        UserError: it cannot be copied out.
    """
    if not place.member:
        yield Path(place.path)
        return
    with tempfile.TemporaryDirectory(prefix="omni-bench-") as folder:
        path = Path(folder, f"clip{place.suffix}")
        try:
            with path.open("wb") as file:
                place.copy_to(file)
        except OSError as error:
            raise UserError(f"{place.path}: {place.name} cannot be copied out ({error.strerror or error}).") from error
        yield path


def judged(item_id: str, facts: Facts, limits: Limits, kept: frozenset[str]) -> list[Problem]:
    """Returns what is wrong with a clip under these limits.

    Args:
        item_id: whose.
        facts: what was measured of it.
        limits: what is allowed.
        kept: kinds of problem that are reported but leave no item out.
    """
    return [
        Problem(item_id, kind, why, left_out=kind not in kept or kind == "unreadable")
        for kind, why in _wrong(facts, limits)
    ]


def _wrong(facts: Facts, limits: Limits) -> Iterator[tuple[str, str]]:
    if facts.error is not None:
        yield "unreadable", facts.error
        return
    if facts.picture_seconds is None:
        yield "no-picture", "no file of it holds a picture"
    if facts.sound_end is None or facts.sound_start is None:
        if limits.needs_sound:
            yield "no-sound", "no file of it holds sound"
    else:
        if not facts.finite:
            yield "not-finite", "it holds samples that are not numbers, or are beyond a million times full scale"
        elif facts.peak_dbfs is None or facts.peak_dbfs < limits.peak_dbfs:
            peak = "-inf" if facts.peak_dbfs is None else f"{facts.peak_dbfs:.1f}"
            yield "silent", f"its peak is {peak} dBFS"
        if facts.picture_seconds is not None:
            late, early = facts.sound_start, facts.picture_seconds - facts.sound_end
            if late > limits.apart or early > limits.apart:
                yield "out-of-step", f"its sound begins {late:+.2f} s and ends {-early:+.2f} s from its picture"
    shortest = min(x for x in (facts.picture_seconds, facts.sound_end, math.inf) if x is not None)
    if shortest < limits.seconds - 0.1:
        yield "short", f"it lasts {shortest:.2f} s"
    if facts.moving is not None and facts.moving < limits.moving:
        yield "still", f"its picture changes over {facts.moving:.0%} of the steps of 0.4 s"


def as_record(facts: Facts) -> dict[str, Any]:
    """Returns facts as JSON, without those that are not known."""
    return {name: value for name, value in asdict(facts).items() if value is not None}
