"""FoleyWorld: a procedural audiovisual world with exact truth.

A scene is drawn from a seed (:func:`scene`) and rendered to arrays (:func:`render`, :func:`render_audio`,
:func:`render_frames`); all are pure functions of the seed and need numpy and scipy only. Coding to files and the suite
are in :mod:`.record` and :mod:`.suite`.
"""

from .classes import CLASSES, SoundClass
from .program import COUNTS, SPLITS, STRATA, scene
from .render import FRAME_SIZE, Rendered, render, render_audio, render_frames
from .scene import DURATION, FPS, SAMPLE_RATE, WORLD_VERSION, Event, Scene, Source

__all__ = [
    "CLASSES",
    "COUNTS",
    "DURATION",
    "FPS",
    "FRAME_SIZE",
    "SAMPLE_RATE",
    "SPLITS",
    "STRATA",
    "WORLD_VERSION",
    "Event",
    "Rendered",
    "Scene",
    "SoundClass",
    "Source",
    "render",
    "render_audio",
    "render_frames",
    "scene",
]
