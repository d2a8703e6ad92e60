"""Hands play a piano."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count

import numpy as np

from ..canvas import Canvas, shade
from ..pictures.motion import INK, PAPER, Contact, Struck, hand, outlined_box
from ..scene import SAMPLE_RATE, Event, Style
from ..sounds.modal import WOOD, Array, Blow, Body, burst, contact_time, layers, push, ring, struck
from ..sounds.sound import Samples
from ..sounds.strings import SCALES, hertz, partials, released
from .sound_class import SoundClass, Timing


def piano_hertz(style: Style, event: Event) -> float:
    """The note's fundamental were its string not stiff: tonics from G2 to A5, variation picks the degree."""
    return hertz(62 + 19 * style.pitch, SCALES[style.material], event.variation)


def _soundboard(rng: np.random.Generator) -> Callable[[Array], Array]:
    """Gain over frequency of a board that is too small for the bass and has resonances everywhere, some 4 dB deep."""
    knots = np.geomspace(40, 8000, 60)
    ripple = 10 ** (rng.normal(0, 4, len(knots)) / 20)
    return lambda f: np.interp(f, knots, ripple) / np.sqrt(1 + (100 / f) ** 4)


def _piano(style: Style, rng: np.random.Generator) -> Blow:
    """Three strings a note, struck at an eighth of their length and damped after the key comes up.

    While they move together they drive the board hard and die fast, then drift apart and linger (Weinreich 1977); the
    key's knock comes along. Every fourth time the left hand adds the tonic and its fifth, low and soft. Materials:
    grand with its pedal down, upright, and a soft, felted piano, each with a scale of its own.
    """
    board = _soundboard(rng)
    knock = Body.plate(85, 1.6, WOOD.held(40), rng, 900)
    mistuned = rng.uniform(0.0002, 0.0006, 2) * (1, 2.2, 1.3)[style.material]
    softness = (1.0, 0.8, 2.0)[style.material]
    lasting = (1.0, 0.7, 0.6)[style.material]
    beat = count()

    def note(fundamental: float, event: Event) -> Samples:
        octaves = np.log2(fundamental / 261.6)
        # Stiffness doubles every 8 semitones (Young, "Inharmonicity of plain wire piano strings", 1952).
        n, frequency = partials(fundamental, 3e-4 * 2 ** (1.5 * octaves), 50)
        contact = contact_time(0.0009 * softness * 2 ** (-0.5 * octaves), style, event)
        gain = np.abs(np.sin(np.pi * n / 8.2)) * n**-0.3 * push(frequency, contact) * board(frequency)
        t60 = lasting * np.clip(5.0 * (frequency / 261.6) ** -0.7, 0.2, 12.0)
        damper = (1.0, 0.3, 0.5)[style.material] + 0.15 * 2 ** (-0.7 * octaves)
        strings = ring(
            np.concatenate((frequency, frequency[:20] * (1 + mistuned[0]), frequency[:20] * (1 - mistuned[1]))),
            np.concatenate((0.6 * t60, 2.2 * t60[:20], 1.5 * t60[:20])),
            np.concatenate((gain, 0.3 * gain[:20], 0.25 * gain[:20])),
            round((event.duration + damper) * SAMPLE_RATE),
        )
        return released(strings, event.duration, damper)

    def blow(event: Event, rng: np.random.Generator) -> Samples:
        parts = [
            (0.0, 1.0, note(piano_hertz(style, event), event)),
            (0.0, 0.10 + 0.08 * event.strength, knock.hit(rng, 0.002)),
            (0.0, 0.05 + 0.05 * event.strength, burst(rng, 250, 5000, 0.03)),
        ]
        if next(beat) % 4 == 0:
            low = piano_hertz(style, replace(event, variation=0.0)) / 2
            parts += [(0.0, 0.4, note(low, event)), (0.0, 0.3, note(1.5 * low, event))]
        return layers(*parts)

    return blow


class Piano(Struck):
    """Hands on a piano. Variation picks the key, low to the left; every blow shakes the sheet on its stand."""

    contact: Contact = (0.0, -0.56, 0.2)

    def _prepare(self) -> None:
        # High styles have small keys, and more of them.
        self.keys = 10 + 2 * ((self.style.pitch > 1 / 3) - (self.style.pitch < -1 / 3))
        self.key = 1.9 / self.keys
        self.pressed = [min(int(event.variation * self.keys), self.keys - 1) for event in self.beats.events]
        self.places = [
            [self._x(key) if (key < self.keys // 2) == left else rest for key in self.pressed]
            for left, rest in ((True, -0.48), (False, 0.48))
        ]
        self.notes = [
            (float(x), int(row)) for x, row in zip(np.linspace(-0.3, 0.3, 6), self.rng.integers(0, 4, 6), strict=True)
        ]

    def still(self, canvas: Canvas) -> None:
        """The case and the keys at rest."""
        outlined_box(canvas, 0, -0.5, 1.94, 0.94, self.main, corner=0.05)
        canvas.box(0, -0.93, 1.94, 0.1, self.light, corner=0.04)
        for x in (-0.7, 0.7):
            outlined_box(canvas, x, -0.5, 0.34, 0.6, shade(self.main, 0.9))
        outlined_box(canvas, 0, -0.12, 1.94, 0.16, self.dark)
        outlined_box(canvas, 0, 0.3, 1.9, 0.62, PAPER)
        for i in range(1, self.keys):
            x = self._x(i) - self.key / 2
            canvas.line(x, 0.0, x, 0.6, 0.03, shade(PAPER, 0.45))
        self._black_keys(canvas)
        self._sheet(canvas, 0.0)

    def draw(self, canvas: Canvas, t: float) -> None:
        """The key that is down, the hands, the sheet while it shakes."""
        begun, shock, jolt = self.beats.begun(t), self.beats.shock(t, 0.2), self.beats.jolt(t, 0.2)
        if shock:
            canvas.box(0, -0.55, 0.96, 0.6, self.main)
            self._sheet(canvas, jolt)
            x = self._x(self.pressed[begun - 1])
            canvas.box(x, 0.32, self.key, 0.66, self.dark)
            canvas.box(x, 0.33, 0.7 * self.key, 0.64, self.second_light)
            self._black_keys(canvas, near=self.pressed[begun - 1])
        down = self.beats.lift(t, fall=0.1, wind=0.06, rise=0.12, rest=0.8)
        coming = self.pressed[min(begun, len(self.pressed) - 1)] if self.pressed else 0
        playing = self.pressed[begun - 1] if begun and self.beats.since(t) < 0.12 else coming
        for side in (0, 1):
            x = self.beats.glide(t, self.places[side], 0.2) if self.pressed else (-0.48, 0.48)[side]
            plays = bool(self.pressed) and (playing < self.keys // 2) == (side == 0)
            hand(canvas, x, 0.54, down if plays else 1.0, 1 - 2 * side, self.skin, self.second)

    def _x(self, key: int) -> float:
        return (key - (self.keys - 1) / 2) * self.key

    def _black_keys(self, canvas: Canvas, near: int | None = None) -> None:
        for i in range(self.keys - 1):
            if i % 7 in (0, 1, 3, 4, 5) and (near is None or near in (i, i + 1)):
                x = self._x(i) + self.key / 2
                canvas.box(x, 0.15, 0.63 * self.key, 0.34, INK)
                canvas.line(x, 0.05, x, 0.24, 0.03, shade(PAPER, 0.45))

    def _sheet(self, canvas: Canvas, jolt: float) -> None:
        sheet = canvas.at(0, -0.55 - 0.09 * jolt)
        outlined_box(sheet, 0, 0, 0.82, 0.5, PAPER)
        sheet.line(0, -0.24, 0, 0.24, 0.025, shade(PAPER, 0.6))
        for row in range(4):
            sheet.line(-0.36, -0.17 + 0.11 * row, 0.36, -0.17 + 0.11 * row, 0.022, shade(PAPER, 0.55))
        for x, row in self.notes:
            y = -0.17 + 0.11 * row
            sheet.disc(x, y, 0.045, self.second_dark)
            sheet.line(x + 0.035, y, x + 0.035, y - 0.11, 0.022, self.second_dark)


SPEC = SoundClass(
    name="playing piano",
    family="instruments",
    level_db=-11,
    places=("living room", "office", "stage"),
    carries=True,
    place="indoors",
    timing=Timing.of_playing((8, 22), (0.28, 0.6)),
    impact=True,
    subject=("a piano", "a pianist"),
    verb=("plays a melody", "plays notes"),
    manners=(
        ("in the low register", "with deep notes"),
        ("gently", "in the middle register"),
        ("in the high register", "with high notes"),
    ),
    sound=struck(_piano, pivot=900),
    picture=Piano,
)
