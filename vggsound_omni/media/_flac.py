"""FLAC that FFmpeg does not decode although it is whole, proven by the checksum that the file carries."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ._bounds import MOST_SOUND_BYTES

_HEADER = 42  # bytes: the format's name, a block's head, and STREAMINFO
_WIDTHS = (8, 16, 24)


def flac_by_checksum(path: Path) -> tuple[npt.NDArray[np.float32], int] | None:
    """Decodes FLAC by libFLAC, if the samples are those that the file's MD5 is of.

    FFmpeg takes a few bytes of noise for the start of a frame, in about one file of noise in ten thousand.

    Returns:
        (channels, samples), ``samples / 2 ** (bits - 1)``, and the sample rate; None if it is no FLAC, has no checksum,
        or is not what its checksum says.
    """
    import soundfile

    with path.open("rb") as file:
        head = file.read(_HEADER)
    if len(head) < _HEADER or head[:4] != b"fLaC" or head[4] & 0x7F != 0:
        return None
    facts, checksum = int.from_bytes(head[18:26], "big"), head[26:42]
    rate, channels, bits, count = facts >> 44, (facts >> 41 & 7) + 1, (facts >> 36 & 31) + 1, facts & (1 << 36) - 1
    if not any(checksum) or bits not in _WIDTHS or not count or 4 * channels * count > MOST_SOUND_BYTES:
        return None
    try:
        samples, _ = soundfile.read(path, dtype="int32", always_2d=True)
    except soundfile.LibsndfileError:
        return None
    samples >>= 32 - bits
    as_bytes = samples.astype("<i4", copy=False).view(np.uint8).reshape(*samples.shape, 4)[..., : bits // 8]
    if hashlib.md5(as_bytes.tobytes(), usedforsecurity=False).digest() != checksum:
        return None
    return (samples.T / 2.0 ** (bits - 1)).astype(np.float32), rate
