"""All that the author of a generator needs to read.

A generator is any object with ``generate(requests)``; no base class, no registration::

    class MyModel:
        def generate(self, requests: Sequence[Request]) -> list[Audio]:
            return [Audio(samples=my_model(r.text, r.video, r.duration, r.seed), sample_rate=44_100) for r in requests]

Then ``omni-bench check my_file.py:MyModel`` says whether it conforms, and ``omni-bench run --model my_file.py:MyModel``
runs it. Optional attributes: ``card`` (a :class:`ModelCard`) and ``batch_size`` (how many requests it wants at once).
This module imports neither numpy nor torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, get_args

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Task = Literal["t2a", "v2a", "vt2a"]
"""Given text (t2a), video (v2a) or both (vt2a)."""
TASKS: tuple[Task, ...] = get_args(Task)
Fit = Literal["crop", "pad"]
FITS: tuple[Fit, ...] = get_args(Fit)
Side = Literal["generated", "reference", "video", "text"]
"""What of an item a metric looks at: the generated sound, the item's recording, its picture, its caption."""
SIDES: tuple[Side, ...] = get_args(Side)
_FRAME_READER: Final = "vggsound_omni.media.frames:read_frames"  # loaded for the first picture; media needs this module


@dataclass(frozen=True, kw_only=True)
class Video:
    """A video file; nothing is decoded before frames are asked for."""

    # A copy made for the request, in any container that FFmpeg reads, without sound and without the item's name.
    path: Path
    frame_rate: float  # frames a second, the average if the rate varies
    seconds: float  # the request's duration: nothing beyond it is decoded, however long the file is

    def frames(self, fps: float, size: int | None = None) -> npt.NDArray[np.uint8]:
        """Decodes the picture.

        Args:
            fps: frames a second wanted; frame k is what is on screen at k / fps seconds.
            size: the shorter side is scaled to this many pixels and the middle square is cut out; None keeps the
                file's own size.

        Returns:
            (frames, height, width, 3), RGB; at most ``round(seconds * fps)`` frames.
        """
        frames: npt.NDArray[np.uint8] = resolve_name(_FRAME_READER)(self.path, fps, size, self.seconds)
        return frames


@dataclass(frozen=True, kw_only=True)
class Request:
    """One sound to generate."""

    # Opaque: unique within a run, safe as a file name, the same when a run is resumed, different in another run. Models
    # that find files or recordings by it (``dir:``, some baselines) are given the item's own id.
    id: str
    task: Task
    duration: float  # seconds of audio wanted; within 1 % is accepted
    text: str | None  # the caption; None for v2a
    video: Video | None  # None for t2a
    # In [0, 2**32). The same request with the same seed must give the same audio, in any batch. It is derived from the
    # run's seed and the item's id, so it is no secret to anyone who knows every id of a suite.
    seed: int
    fit: tuple[Fit, ...] = ()  # what is done with an answer of another length; no concern of a generator's


@dataclass(frozen=True, kw_only=True)
class Audio:
    """Sound in memory."""

    samples: npt.NDArray[np.float32]  # (channels, samples), within [-1, 1]; one or two channels from a generator
    sample_rate: int  # Hz

    @property
    def duration(self) -> float:
        """Returns the length in seconds."""
        return self.samples.shape[-1] / self.sample_rate


@dataclass(frozen=True, kw_only=True)
class ModelCard:
    """What a generator is and what it was trained on."""

    name: str
    version: str = "0"
    tasks: tuple[Task, ...] = TASKS  # tasks it claims; it is never asked for others
    parameters: int | None = None  # count of trained numbers; 0 for a system without any
    licence: str | None = None  # SPDX name of the licence of its weights
    training_data: tuple[str, ...] = ()  # names of data sets; say so if they overlap with a suite's source
    url: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)  # anything else worth recording, as JSON


class Generator(Protocol):
    """The system under test."""

    def generate(self, requests: Sequence[Request]) -> Sequence[Audio]:
        """Returns one Audio for each request, in the same order."""
