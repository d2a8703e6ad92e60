"""Renders scenes to arrays: samples, frames, truth. Needs only numpy and scipy; the same scene gives the same bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import signal

from .backdrops import BACKDROPS
from .canvas import Canvas, Stencils
from .classes import CLASSES
from .music import fader, synthesise_music
from .pictures import STILL_LIFES, Foreground, Glints, Picture
from .room import background, limit, reverberate
from .scene import FPS, SAMPLE_RATE, Scene, Source, Style

FRAME_SIZE = 160
"""Pixels, height and width of the benchmark's frames."""
REFERENCE_DB = 0.0
"""RMS of the loudest passages of a source with a gain of 0 dB, in dB relative to full scale."""
OFF_SCREEN_HZ = 3500.0
"""Sources out of frame sound as if round a corner: a first-order low-pass at this frequency."""
MARGIN = 0.06
"""Room for the camera's drift on every side, as a fraction of the frame's height."""


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """A scene as arrays."""

    frames: npt.NDArray[np.uint8]  # (frames, height, width, 3), RGB, at :data:`.scene.FPS` by default
    samples: npt.NDArray[np.float32]  # (samples,), mono at :data:`.scene.SAMPLE_RATE`, on the grid of 16-bit integers
    truth: dict[str, Any]
    """The scene's program and its events, see :meth:`.scene.Scene.truth`; and ``contacts``, see :func:`contacts`."""


def render(scene: Scene, size: int = FRAME_SIZE, fps: float = FPS) -> Rendered:
    """Renders sound, picture and truth.

    Args:
        scene: from :func:`.program.scene`.
        size: height and width of the frames in pixels.
        fps: frames a second; with a divisor of 25, every frame is one of the benchmark's frames.
    """
    truth = scene.truth() | {"contacts": contacts(scene)}
    return Rendered(frames=np.stack(list(render_frames(scene, size, fps))), samples=render_audio(scene), truth=truth)


def contacts(scene: Scene) -> dict[str, dict[str, float]]:
    """Returns where in the frame each visible impact shows, by class.

    A disc of ``radius`` round ``x`` and ``y``, all as fractions of the frame, before the camera's drift. Nothing in it
    moves before an onset; something visibly moves in the very frame of the onset.
    """
    discs = {}
    for source in scene.sources:
        picture = _picture(source) if source.on_screen and source.events else None
        if picture is not None and picture.contact is not None:
            x, y, radius = picture.contact
            place = Canvas(np.empty((0, 0, 3), np.float32)).at(source.x, source.y, source.scale, flip=source.flip)
            centre = place.to_pixel(x, y)
            discs[source.shown_as or source.sound_class] = {
                "x": centre.real,
                "y": centre.imag,
                "radius": radius * source.scale,
            }
    return discs


def render_audio(scene: Scene) -> npt.NDArray[np.float32]:
    """Renders (samples,) float32 within [-1, 1], mono at 16 kHz, rounded to the 16-bit grid (multiples of 2**-15)."""
    length = round(scene.duration * SAMPLE_RATE)
    dry = np.zeros(length)
    for source in scene.heard:
        dry += _levelled(source, length)
    mixed = reverberate(dry, scene.room) + background(scene.room, length)
    if scene.music is not None:
        music = synthesise_music(scene.music, length) * fader(scene.music, dry)
        mixed += music * (_rms(mixed) / _rms(music) * 10 ** (scene.music.gain_db / 20))
    return (np.round(limit(mixed) * 2**15) / 2**15).astype(np.float32)


def render_frames(scene: Scene, size: int = FRAME_SIZE, fps: float = FPS) -> Iterator[npt.NDArray[np.uint8]]:
    """Yields (size, size, 3) RGB frames, frame k as the scene is at k / fps seconds."""
    rng = np.random.default_rng(scene.setting.seed)
    margin = int(np.ceil(MARGIN * size)) + 1
    # A plane for each colour: loops over pixels are faster than loops over three colours in each.
    backdrop = np.zeros((3, size + 2 * margin, size + 2 * margin), np.float32).transpose(1, 2, 0)
    pixels = np.empty_like(backdrop)
    stage = Canvas.framing(backdrop, size, margin)
    BACKDROPS[scene.setting.backdrop].draw(stage, scene.setting.hue, scene.setting.light, rng)
    cast = list(_cast(scene, rng))
    for picture, x, y, scale, flip in cast:
        picture.still(stage.at(x, y, scale, flip=flip))
    phase = rng.uniform(0, 2 * np.pi, 4)
    speed = rng.uniform(0.3, 0.9, 4)
    discs = list(contacts(scene).values())
    front = Foreground(scene.setting, discs)
    glints = Glints(scene.setting, discs)
    stencils = Stencils()
    for k in range(round(scene.duration * fps)):
        t = k / fps
        pixels[:] = backdrop
        stencils.begin_frame()
        canvas = Canvas.framing(pixels, size, margin, stencils)
        for picture, x, y, scale, flip in cast:
            picture.draw(canvas.at(x, y, scale, flip=flip), t)
        front.draw(canvas)
        glints.draw(canvas, t)
        drift = scene.setting.drift * size * np.sin(phase + speed * t)
        yield _camera(pixels, size, margin + float(drift[0] + drift[1]) / 2, margin + float(drift[2] + drift[3]) / 2)


def _cast(scene: Scene, rng: np.random.Generator) -> Iterator[tuple[Picture, float, float, float, bool]]:
    """Yields every picture with its place: the still life first, then the sources from back to front."""
    if scene.setting.still_life is not None:
        style = Style(
            pitch=float(rng.uniform(-1, 1)), material=int(rng.integers(3)), brightness=0.5, hue=float(rng.random())
        )
        picture = STILL_LIFES[scene.setting.still_life].make(style, (), rng)
        yield (
            picture,
            rng.uniform(0.44, 0.56),
            rng.uniform(0.52, 0.6),
            rng.uniform(0.32, 0.38),
            bool(rng.random() < 0.5),
        )
    for source in sorted(scene.sources, key=lambda s: s.y):
        if source.on_screen:
            yield _picture(source), source.x, source.y, source.scale, source.flip


def _picture(source: Source) -> Picture:
    rng = np.random.default_rng([source.seed, 2])
    picture = CLASSES[source.shown_as or source.sound_class].picture(source.style, source.events, rng)
    picture.rays = source.rays
    return picture


def _levelled(source: Source, length: int) -> npt.NDArray[np.float64]:
    """Returns a source's dry sound at its level, dulled where it is out of frame."""
    rng = np.random.default_rng([source.seed, 1])
    sound = CLASSES[source.sound_class].sound(source.style, source.events, length, rng)
    if not source.on_screen:
        b, a = signal.butter(1, OFF_SCREEN_HZ, fs=SAMPLE_RATE)
        sound = signal.lfilter(b, a, sound)
    blocks = np.mean(sound[: length // 800 * 800].reshape(-1, 800) ** 2, axis=1)
    loudest = np.sort(blocks)[-len(blocks) // 8 :]
    return sound * (10 ** ((REFERENCE_DB + source.gain_db) / 20) / max(np.sqrt(np.mean(loudest)), 1e-9))


def _camera(pixels: npt.NDArray[np.float32], size: int, left: float, top: float) -> npt.NDArray[np.uint8]:
    """Crops what the camera sees: ``size`` pixels from a fractional position, interpolated bilinearly."""
    x, y = int(left), int(top)
    fx, fy = np.float32(left - x), np.float32(top - y)
    frame = np.empty((size, size, 3), np.uint8)
    for colour in range(3):  # one after the other, the planes of 160 x 160 pixels stay in the processor's cache
        rows = pixels[y : y + size + 1, x : x + size + 1, colour]
        across = _between(rows[:, :-1], rows[:, 1:], fx)
        view = _between(across[:-1], across[1:], fy)
        np.maximum(view, np.float32(0), out=view)
        np.minimum(view, np.float32(1), out=view)
        view *= np.float32(255)
        view += np.float32(0.5)
        frame[..., colour] = view
    return frame


def _between(
    first: npt.NDArray[np.float32], second: npt.NDArray[np.float32], share: np.float32
) -> npt.NDArray[np.float32]:
    """Returns ``first`` moved by ``share`` towards ``second``, as a new array."""
    step = second - first
    step *= share
    step += first
    return step


def _rms(samples: npt.NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean(samples**2))) + 1e-9
