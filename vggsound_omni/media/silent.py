"""A clip's picture without its sound."""

from __future__ import annotations

from pathlib import Path

import av

from vggsound_omni.errors import UserError

from ._container import opened, picture

_IN_MP4 = {"h264", "hevc", "av1", "mpeg4", "vp9"}
"""Codecs that go into MP4; Matroska takes any."""


def copy_picture(source: Path, folder: Path) -> Path:
    """Copies the coded picture, bit by bit, into a file of the same name in ``folder``, and nothing else.

    The evaluated generator is given this copy, so that it cannot hear the reference.

    Returns:
        The copy: MP4, or Matroska where MP4 cannot hold the codec.

    Raises:
        UserError: ``source`` cannot be read, or has no picture.
    """
    with opened(source) as container:
        stream = picture(container)
        if stream is None:
            raise UserError(f"{source}: holds no picture.")
        suffix, form = (".mp4", "mp4") if stream.codec_context.name in _IN_MP4 else (".mkv", "matroska")
        target = folder / f"{source.stem}{suffix}"
        with av.open(str(target), "w", format=form) as copy:
            out = copy.add_stream_from_template(stream)
            for packet in container.demux(stream):
                if packet.dts is not None:
                    packet.stream = out
                    copy.mux(packet)
    return target
