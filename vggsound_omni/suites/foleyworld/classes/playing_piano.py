"""Hands play a piano."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count

import numpy as np

from ..canvas import Canvas, shade
from ..pictures.motion import INK, PAPER, Contact, Struck, hand, outlined_box
from ..scene import SAMPLE_RATE, Event, Style
from ..sounds.modal import WOOD, Blow, Body, burst, contact_time, layers, push, ring, struck
from ..sounds.sound import Samples
from ..sounds.strings import SCALES, body, hertz, partials, released
from .sound_class import SoundClass, Timing
from .words import QUICK_TEMPO, SLOW_TEMPO, Words


def piano_hertz(style: Style, event: Event) -> float:
    """The note's fundamental were its string not stiff: tonics from G2 to A5, variation picks the degree."""
    return hertz(62 + 19 * style.pitch, SCALES[style.material], event.variation)


_BOARD = np.array([90.0, 150.0, 230.0, 330.0])
"""Hz of a soundboard's lowest modes (Suzuki, "Vibration and sound radiation of a piano soundboard", 1986)."""
_BAR = 4
"""Notes to a bar: harmony and pedal change with the first."""
_CHORDS = ((0, 4, 2), (-2, 4, 1), (-3, 2, 3), (0, 4, 2))
"""Degrees of the scale, of each bar: bass, and what goes above it."""


def _piano(style: Style, rng: np.random.Generator) -> Blow:
    """Three strings a note, struck at an eighth of their length by felt, and the board that they drive.

    While they move together they drive the board hard and die fast, then drift apart and linger (Weinreich 1977). The
    hammer's thump and the key's knock come along. Low and softer, the left hand plays a chord with the first of four
    notes and a part of it with each of the others. Materials: grand, upright, and a soft, felted piano, each with
    a scale of its own.
    """
    response = body(rng, _BOARD, 400, 4.0)
    board = Body.plate(75, 1.5, WOOD.held(18), rng, 3500, 80)
    # Cents between the strings of a unison: each note has its own.
    mistuned = rng.uniform(0.4, 1.6, (2, 12)) * (1, 2.5, 1.6)[style.material]
    softness = (0.6, 0.7, 1.1)[style.material]
    lasting = (1.0, 0.75, 0.8)[style.material]
    damper = (0.25, 0.2, 0.25)[style.material]
    beat = count()

    def note(fundamental: float, event: Event, rng: np.random.Generator) -> Samples:
        octaves = np.log2(fundamental / 261.6)
        # Stiffness doubles every 8 semitones (Young, "Inharmonicity of plain wire piano strings", 1952).
        n, frequency = partials(fundamental, 3e-4 * 2 ** (1.5 * octaves), 45)
        contact = contact_time(0.0009 * softness * 2 ** (-0.4 * octaves), style, event)
        gain = np.sin(np.pi * n / rng.uniform(7.7, 8.6)) * n**-0.8 * push(frequency, contact) * response(frequency)
        # Air and friction: nepers a second for each kilohertz, and the board, which takes most from the treble.
        t60 = 3 * np.log(10) * lasting / (0.6 * 2 ** (0.6 * octaves) + 0.5 * frequency / 1000)
        cents = mistuned[:, round(12 * octaves) % 12] / 1200
        few = frequency[:16]
        samples = ring(
            np.concatenate((frequency, few * 2 ** cents[0], few * 2 ** -cents[1])),
            np.concatenate((0.6 * t60, 2.5 * t60[:16], 1.6 * t60[:16])),
            np.concatenate((gain, 0.3 * gain[:16], 0.25 * gain[:16])),
            round((event.duration + damper) * SAMPLE_RATE),
            rng.uniform(0.0, 0.6, len(n) + 2 * len(few)),
        )
        return released(samples, event.duration, damper)

    def blow(event: Event, rng: np.random.Generator) -> Samples:
        parts = [
            (0.0, 1.0, note(piano_hertz(style, event), event, rng)),
            (0.0, 0.15 + 0.1 * event.strength, board.hit(rng, 0.0012)),
            (0.0, 0.04 + 0.06 * event.strength, burst(rng, 400, 6000, 0.025, -2.0)),
        ]
        number = next(beat)
        chord = _CHORDS[number // _BAR % len(_CHORDS)]
        degrees = (chord, chord[2:], chord[1:], chord[1:2])[number % _BAR]
        for degree in degrees:
            low = _low(style, degree)
            parts.append((0.0, 0.8 / len(degrees) ** 0.5, note(low, event, rng)))
        return layers(*parts)

    return blow


def _low(style: Style, degree: int) -> float:
    """Hz of a degree of the scale, between E2 and E4, below the tonic where it can be."""
    scale = SCALES[style.material][:7] if style.material else SCALES[0][:5]
    octave, step = divmod(degree, len(scale))
    note = round(62 + 19 * style.pitch) - 12 + 12 * octave + scale[step]
    while note > 64:
        note -= 12
    while note < 40:
        note += 12
    return float(440 * 2 ** ((note - 69) / 12))


def _pedalled(style: Style, events: Sequence[Event], length: int, rng: np.random.Generator) -> Samples:
    """The pedal lets the notes of a bar ring on into each other, up to four seconds."""
    changes = [*(event.onset for event in events[::_BAR]), np.inf]
    held = [replace(event, duration=min(changes[i // _BAR + 1] - event.onset, 4.0)) for i, event in enumerate(events)]
    return struck(_piano, pivot=900)(style, held, length, rng)


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
    timing=Timing.of_playing((8, 22), (0.28, 0.6)),
    impact=True,
    size=1.1,
    hues=(-0.02, 0.1),
    words=Words(
        thing="piano",
        bare="piano playing",
        clauses=(
            "someone plays/playing the piano",
            "a pianist plays/playing a tune",
            "a piano is/being played",
            "a person plays/playing notes on a piano",
            "+piano notes are/being played",
            "a pianist plays/playing a melody",
            "a tune is/being played on the piano",
            "a musician plays/playing the piano",
            "someone plays/playing a melody on a piano",
            "a melody is/being played on the piano",
            "+the keys of a piano are/being played",
        ),
        nouns=(
            "* piano playing",
            "+* piano notes",
            "the * playing of a pianist",
            "a melody on the piano",
            "+* notes from a piano",
        ),
        acts=("note/notes on a piano", "piano note/piano notes", "note/notes from a piano", "tone/tones on a piano"),
        repeats=False,
        low=(
            "in the low register",
            "in deep notes",
            "in low notes",
            "in a low register",
            "at the deep end of the keyboard",
        ),
        high=(
            "in the high register",
            "in high notes",
            "in a high register",
            "in bright, high notes",
            "at the high end of the keyboard",
        ),
        slow=SLOW_TEMPO,
        quick=QUICK_TEMPO,
        timed=False,
        strong=("with a strong touch", "forcefully", "with a hard touch", "with force", "with hard strikes"),
        gentle=("gently", "with a light touch", "delicately", "with a gentle touch", "with a gentle, light touch"),
    ),
    sound=_pedalled,
    picture=Piano,
)
