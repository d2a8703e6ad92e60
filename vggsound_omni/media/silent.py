"""Copies a clip's video without its sound."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import av
from av.container import InputContainer, OutputContainer

from vggsound_omni.errors import UserError

from ._container import RefusedError, TargetError, opened, packets, picture

_IN_MP4 = {"h264", "hevc", "av1", "mpeg4", "vp9"}  # codecs that go into MP4
_CONTAINERS = {"mp4": ".mp4", "matroska": ".mkv", "mov": ".mov", "flv": ".flv", "asf": ".asf", "avi": ".avi"}
"""FFmpeg's names and suffixes, in the order in which they are tried. Matroska holds nearly every codec except H.263
(MOV), Sorenson's H.263 (FLV) and Windows Media's (ASF); AVI stores no timestamps, so it comes last."""
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EIO}


def copy_picture(source: Path, folder: Path, name: str | None = None) -> Path:
    """Copies only the video stream, without re-encoding, into a file called ``name`` in ``folder``.

    The evaluated generator gets this copy, so that it cannot hear the reference.

    Args:
        source: any file with a video stream.
        folder: the folder of the copy.
        name: the copy's name without suffix; None uses the source's, which two sources may share.

    Returns:
        The copy: MP4, or the first of Matroska, MOV, FLV, ASF and AVI that can hold the codec.

    Raises:
        UserError: ``source`` cannot be read or has no video stream, no container holds its codec, or the copy's name is
            taken.
        OSError: the disk is full, or the folder cannot be written to.
    """
    with opened(source) as container:
        stream = picture(container)
        if stream is None:
            raise RefusedError("holds no picture.")
        codec = stream.codec_context.name
    for form, suffix in _CONTAINERS.items():
        if form == "mp4" and codec not in _IN_MP4:
            continue
        target = folder / f"{source.stem if name is None else name}{suffix}"
        if target.exists():
            raise UserError(f"{target}: is there already; the picture of {source} is not copied over it.")
        try:
            _copy(source, target, form)
        except TargetError:
            target.unlink(missing_ok=True)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
        else:
            return target
    raise UserError(f"{source}: no container takes its picture ({codec}) as it is; convert it to MP4 with H.264.")


def _copy(source: Path, target: Path, form: str) -> None:
    with opened(source) as container:
        stream = picture(container)
        assert stream is not None, "it was there a moment ago"
        with _writing(target):
            copy = av.open(str(target), "w", format=form)
        try:
            _copy_packets(container, stream, copy, target)
        except BaseException:
            with suppress(Exception):
                copy.close()
            raise
        with _writing(target):
            copy.close()


def _copy_packets(source: InputContainer, stream: av.VideoStream, copy: OutputContainer, target: Path) -> None:
    with _writing(target):
        out = copy.add_stream_from_template(stream)
    empty = True
    for packet in packets(source, [stream]):
        if packet.dts is not None:
            empty = False
            packet.stream = out
            with _writing(target):
                copy.mux(packet)
    if empty:
        raise RefusedError("has a video stream without a single picture.")


@contextmanager
def _writing(target: Path) -> Iterator[None]:
    """Distinguishes errors of writing from the source's: TargetError, or OSError if another container cannot help."""
    try:
        yield
    except Exception as error:
        code = getattr(error, "errno", None)
        if code in _FULL:
            raise OSError(code, os.strerror(code), str(target)) from error
        raise TargetError(str(error)) from error
