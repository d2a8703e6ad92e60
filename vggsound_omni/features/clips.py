"""What a pretrained encoder is given of one file, as a profile wants it: channels, cut, mean, frames."""

from __future__ import annotations

import threading
from pathlib import Path

import torch
from torch import Tensor

from vggsound_omni.encoders.encoder import AudioFace, VideoFace
from vggsound_omni.encoders.pretrained.frames import read_field_frames
from vggsound_omni.encoders.pretrained.networks import Profile
from vggsound_omni.encoders.pretrained.preprocessing import prepare
from vggsound_omni.errors import UserError
from vggsound_omni.media import read_audio, sinc_resample
from vggsound_omni.protocol import Audio

AV_BENCHMARK_SECONDS = 8.0
"""What av-benchmark scores of a clip."""
_WITH_CHANNELS = ("imagebind", "ms-clap")
"""Encoders that av-benchmark gives whole files with all their channels."""
_WHOLE = ("audiobox",)
"""Encoders that it gives whole files, mono."""


_LONGEST = 3600.0
"""Seconds of a file that is wanted whole; no clip is longer."""
_KEPT_BYTES = 2**30
"""Of decoded sound that is kept for the next encoder: some hundred clips."""


class Clips:
    """Files as one profile gives them to encoders.

    Sound is decoded once for all encoders, up to a limit of memory; what is beyond it is decoded again, and so are
    pictures, which take fifty megabytes a clip and a hundredth of the time of the networks that see them.
    """

    def __init__(self, profile: Profile, seconds: float | None) -> None:
        """Chooses what is taken of every file.

        Args:
            profile: whose choices; encoders are made with the same.
            seconds: only so much from the start, in the omni profile; None takes the whole file. av-benchmark takes
                8 s, or for some encoders the whole file.
        """
        self._published = profile == "av-benchmark"
        self._seconds = seconds
        self._kept: dict[Path, Audio] = {}
        self._room = _KEPT_BYTES
        self._lock = threading.Lock()

    def sound(self, encoder: AudioFace, path: Path) -> Tensor:
        """A batch of one, (1, samples) or (1, channels, samples), at the encoder's rate.

        Raises:
            UserError: the file cannot be read, has no sound, or samples that are not finite.
        """
        heard = self._decoded(path)
        samples = torch.from_numpy(heard.samples)
        if not samples.isfinite().all():
            raise UserError(f"{path}: has samples that are not finite numbers.")
        name = encoder.card.name
        if self._published and name in _WITH_CHANNELS:
            return sinc_resample(samples, heard.sample_rate, encoder.sample_rate)[None]
        cut = AV_BENCHMARK_SECONDS if self._published and name not in _WHOLE else None
        remove_dc: bool = getattr(encoder, "remove_dc", False)
        return prepare(samples, heard.sample_rate, encoder.sample_rate, cut, remove_dc=remove_dc)[None]

    def picture(self, encoder: VideoFace, path: Path) -> Tensor:
        """A batch of one, (1, time, height, width, 3) uint8 with a short side of 224 pixels.

        Raises:
            UserError: the file cannot be read or has no picture.
        """
        upright: bool = getattr(encoder, "upright", True)
        cut = AV_BENCHMARK_SECONDS if self._published else self._seconds
        (frames,) = read_field_frames(path, [encoder.fps], cut, upright=upright)
        return frames[None]

    def _decoded(self, path: Path) -> Audio:
        kept = self._kept.get(path)
        if kept is not None:
            return kept
        cut = None if self._published else self._seconds
        heard = read_audio(path, mono=not self._published, seconds=_LONGEST + 1 if cut is None else cut)
        if cut is None and heard.duration > _LONGEST:
            raise UserError(f"{path}: is longer than {_LONGEST / 60:.0f} minutes, and it is encoded whole; cut it.")
        with self._lock:
            if path not in self._kept and heard.samples.nbytes <= self._room:
                self._kept[path] = heard
                self._room -= heard.samples.nbytes
        return heard
