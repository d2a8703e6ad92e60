"""The few sounds that are published with a result: chosen by the suite's hash, coded as Opus, measured."""

from __future__ import annotations

import hashlib
import io
import math
from collections.abc import Sequence

import numpy as np

from vggsound_omni.media import resample
from vggsound_omni.protocol import Audio
from vggsound_omni.suites.history import suite_of_track

from .reading import RefusedError
from .submission import SAMPLES

_RATE = 24_000  # Hz; one of Opus's own rates
_LONGEST = 60.0  # seconds decoded of a stranger's file; a file of some kilobytes can hold hours of silence


def sample_ids(track: str, items_sha256: str, ids: Sequence[str]) -> list[str]:
    """Returns the items whose sounds are published: the same for all models, and of nobody's choosing.

    Args:
        track: its name.
        items_sha256: of the track's items; where rows of schema 1 hold the whole suite's hash, that chooses.
        ids: those scored.
    """
    salt = suite_of_track(items_sha256, track)
    return sorted(ids, key=lambda item_id: hashlib.sha256(f"{salt}:{item_id}".encode()).digest())[:SAMPLES]


def code(audio: Audio, seconds: float | None) -> bytes:
    """Codes a sound's first seconds (None: all) as mono Opus. The same sound gives the same bytes."""
    import soundfile

    mono = audio.samples.mean(axis=0, keepdims=True, dtype=np.float64).astype(np.float32)
    if seconds is not None:
        mono = mono[:, : round(seconds * audio.sample_rate)]
    if audio.sample_rate != _RATE:
        mono = resample(mono, audio.sample_rate, _RATE)
    coded = io.BytesIO()
    with soundfile.SoundFile(coded, "w", _RATE, 1, format="OGG", subtype="OPUS", compression_level=0.85) as file:
        file.write(np.clip(mono[0], -1, 1))
    return _with_serial(coded.getvalue())


def decode(content: bytes) -> Audio:
    """Reads a published sound.

    Raises:
        RefusedError: it is no Opus, or longer than a minute.
    """
    import soundfile

    try:
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            if file.subtype != "OPUS" or file.channels > 2:
                raise RefusedError("It is not a sound in Opus of one or two channels.")
            samples = file.read(round(_LONGEST * file.samplerate) + 1, dtype="float32", always_2d=True)
            if len(samples) > _LONGEST * file.samplerate:
                raise RefusedError(f"It is longer than {_LONGEST:.0f} s.")
            return Audio(samples=np.ascontiguousarray(samples.T), sample_rate=file.samplerate)
    except (soundfile.LibsndfileError, RuntimeError):
        raise RefusedError("It is no sound that can be decoded.") from None


def loudness(audio: Audio) -> float | None:
    """Returns the RMS level in dB relative to full scale; None for silence (below -90)."""
    power = float(np.square(audio.samples, dtype=np.float64).mean()) if audio.samples.size else 0.0
    level = 10 * math.log10(max(power, 1e-30))
    return round(level, 2) if level > -90 else None


def _with_serial(ogg: bytes, serial: bytes = b"omni") -> bytes:
    """Gives every page of an Ogg file one serial number, which the coder draws at random, and a new checksum."""
    pages, place = bytearray(ogg), 0
    while place < len(pages):
        count = pages[place + 26]
        end = place + 27 + count + sum(pages[place + 27 : place + 27 + count])
        pages[place + 14 : place + 18] = serial
        pages[place + 22 : place + 26] = bytes(4)
        pages[place + 22 : place + 26] = _checksum(pages[place:end]).to_bytes(4, "little")
        place = end
    return bytes(pages)


def _checksum(page: bytes | bytearray) -> int:
    """Returns the CRC-32 of Ogg (RFC 3533, section 6): polynomial 0x04c11db7, not reflected, from 0."""
    value = 0
    for byte in page:
        value = ((value << 8) & 0xFFFFFFFF) ^ _TABLE[(value >> 24) ^ byte]
    return value


def _entry(index: int) -> int:
    value = index << 24
    for _ in range(8):
        value = ((value << 1) ^ (0x04C11DB7 if value & 0x80000000 else 0)) & 0xFFFFFFFF
    return value


_TABLE = [_entry(index) for index in range(256)]
