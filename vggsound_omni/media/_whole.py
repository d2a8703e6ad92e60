"""Checks, without decoding, that a file has all the bytes that its own structure promises.

FFmpeg silently reads as much of a truncated file as exists, so each container is checked here: chunk sizes of RIFF, box
sizes of MP4 (ISO/IEC 14496-12, 4.2), the segment size of Matroska (RFC 9559), the end-of-stream flag of Ogg (RFC 3533,
6), and frame lengths of ADTS (ISO/IEC 13818-7, 6.2).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_BOXES = {b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"styp", b"moof", b"sidx"}
_UNKNOWN = 0x7FFF_0000  # sizes from here on mean "unknown": programs that stream a WAV write them
_OGG_TAIL = 1 << 17  # two of the largest Ogg pages (65,307 bytes) fit
_MOST_PIECES = 1_000_000  # chunks, boxes or frames that are checked; any more are left to the decoder
_SIGNATURES = b"RIFF", b"\x1aE\xdf\xa3", b"OggS", b"fLaC", b"ID3"


def looks_like_media(path: Path) -> bool:
    """Whether a file begins like a media file; if it cannot be opened then, it must be damaged."""
    with path.open("rb") as file:
        head = file.read(8)
    return head.startswith(_SIGNATURES) or head[4:] in _BOXES


def is_mono_pcm(path: Path) -> bool:
    """Whether a file is a WAV with one channel of PCM, integer or float, according to its first chunk."""
    with path.open("rb") as file:
        head = file.read(24)
    kind, channels = int.from_bytes(head[20:22], "little"), int.from_bytes(head[22:24], "little")
    return head[:4] == b"RIFF" and head[8:16] == b"WAVEfmt " and kind in (1, 3) and channels == 1


def missing_bytes(path: Path) -> str | None:
    """Returns what is missing from a file, in words; None if it is complete or its format does not tell."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(16)
        file.seek(0)
        if head[:4] == b"RIFF":
            return _riff(file, size)
        if head[4:8] in _BOXES:
            return _boxes(file, size)
        if head[:4] == b"\x1aE\xdf\xa3":
            return _matroska(file, size)
        if head[:4] == b"OggS":
            return _ogg(file, size)
        if len(head) > 1 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
            return _adts(file, size)
    return None


def has_stopped_clock(path: Path) -> bool:
    """Whether an MP4 file, or one of its tracks, has a timescale of 0 (``mvhd``, ``mdhd``; 8.2.2, 8.4.2).

    FFmpeg then reads ticks as seconds, and a clip of two seconds seems to last minutes or hours.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        if file.read(8)[4:] not in _BOXES:
            return False
        return any(
            _ticks(file, *box) == 0
            for moov in _children(file, 0, size, b"moov")
            for box in [
                *_children(file, *moov, b"mvhd"),
                *(
                    mdhd
                    for trak in _children(file, *moov, b"trak")
                    for mdia in _children(file, *trak, b"mdia")
                    for mdhd in _children(file, *mdia, b"mdhd")
                ),
            ]
        )


def _walk(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yields the name of each box between two positions, where its content starts, and where it says that it ends."""
    for _ in range(_MOST_PIECES):
        if start + 8 > end:
            return
        file.seek(start)
        box = file.read(16)
        length, head = int.from_bytes(box[:4], "big"), 8
        if length == 1:
            length, head = int.from_bytes(box[8:16], "big"), 16
        elif length == 0:
            length = end - start
        yield box[4:8], start + head, start + length
        if length < head:
            return
        start += length


def _children(file: BinaryIO, start: int, end: int, name: bytes) -> Iterator[tuple[int, int]]:
    """Yields the start and end of the content of each box with this name between two positions."""
    boxes = _walk(file, start, end)
    yield from ((first, min(last, end)) for kind, first, last in boxes if kind == name and last >= first)


def _ticks(file: BinaryIO, start: int, end: int) -> int | None:
    """Returns the timescale in an ``mvhd`` or ``mdhd`` box; None if the box is cut short."""
    file.seek(start)
    content = file.read(min(24, end - start))
    field = content[20:24] if content[:1] == b"\1" else content[12:16]
    return int.from_bytes(field, "big") if len(field) == 4 else None


def declares_length(path: Path) -> bool:
    """Whether an MP3 file declares its length, with a Xing, Info or VBRI tag in its first frame."""
    with path.open("rb") as file:
        head = file.read(10)
        skip = 0
        if head[:3] == b"ID3":
            skip = 10 + sum(byte << 7 * (3 - place) for place, byte in enumerate(head[6:10]))
        file.seek(skip)
        frame = file.read(256)
    return any(tag in frame for tag in (b"Xing", b"Info", b"VBRI"))


def _riff(file: BinaryIO, size: int) -> str | None:
    header = file.read(12)
    if header[8:12] == b"AVI ":
        end = 8 + int.from_bytes(header[4:8], "little")
        return f"its header promises {end:,} bytes, {size:,} are there" if end > size + 1 else None
    position = 12
    for _ in range(_MOST_PIECES):
        if position + 8 > size:
            break
        file.seek(position)
        chunk = file.read(8)
        length = int.from_bytes(chunk[4:], "little")
        if chunk[:4] == b"data":
            missing = position + 8 + length - size
            return f"{missing:,} bytes of its sound are missing" if missing > 0 and length < _UNKNOWN else None
        position += 8 + length + length % 2
    return "it ends before its sound begins"


def _boxes(file: BinaryIO, size: int) -> str | None:
    names = set()
    for kind, _, end in _walk(file, 0, size):
        names.add(kind)
        if end > size:
            name = "".join(chr(byte) if 32 <= byte < 127 else "?" for byte in kind)
            return f'{end - size:,} bytes of its "{name}" box are missing'
    return None if b"moov" in names else 'its index (the "moov" box) is missing'


def _matroska(file: BinaryIO, size: int) -> str | None:
    file.seek(4)
    header, _ = _variable_integer(file)
    if header > size:
        return "it ends before its segment begins"
    file.seek(header, os.SEEK_CUR)
    if file.read(4) != b"\x18\x53\x80\x67":
        return "it ends before its segment begins"
    length, bits = _variable_integer(file)
    missing = file.tell() + length - size
    unknown = length == (1 << bits) - 1
    return f"{missing:,} bytes of its segment are missing" if missing > 0 and not unknown else None


def _variable_integer(file: BinaryIO) -> tuple[int, int]:
    """Reads an EBML length (RFC 8794, 4); returns its value and its number of bits."""
    first = file.read(1) or b"\x01"
    more = 8 - first[0].bit_length()
    bits = 7 * (more + 1)
    return int.from_bytes(first + file.read(more), "big") & ((1 << bits) - 1), bits


def _ogg(file: BinaryIO, size: int) -> str | None:
    start = max(0, size - _OGG_TAIL)
    file.seek(start)
    tail = file.read()
    page = tail.rfind(b"OggS")
    header = tail[page : page + 27]
    table = tail[page + 27 : page + 27 + (header[26] if len(header) == 27 else 0)]
    if len(header) < 27 or len(table) < header[26] or page + 27 + len(table) + sum(table) > len(tail):
        return "its last page is incomplete"
    return None if header[5] & 4 else "its last page does not end the stream"


def _adts(file: BinaryIO, size: int) -> str | None:
    position, head = 0, b""
    for _ in range(_MOST_PIECES):
        file.seek(position)
        head = file.read(7)
        if len(head) < 7 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0:
            break
        length = int.from_bytes(head[3:6], "big") >> 5 & 0x1FFF
        if length < 7:
            return None
        position += length
    if position > size or (0 < len(head) < 7 and head[0] == 0xFF):
        return "its last frame is incomplete"
    return None
