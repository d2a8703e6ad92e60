"""A guitar with steel, nylon or muted strings is plucked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count

import numpy as np

from ..canvas import Canvas, mix
from ..pictures.motion import INK, PAPER, Contact, Struck, outlined_box, outlined_ellipse, outlined_line
from ..scene import SAMPLE_RATE, Event, Style
from ..sounds.modal import WOOD, Blow, Body, burst, contact_time, layers, push, ring, struck
from ..sounds.sound import Samples
from ..sounds.strings import SCALES, body, hertz, let_ring, partials, released
from .sound_class import SoundClass, Timing
from .words import QUICK_TEMPO, SLOW_TEMPO, Material, Words


def guitar_hertz(style: Style, event: Event) -> float:
    """The note's fundamental: tonics from E2 to E4, variation picks the degree of a pentatonic scale."""
    return hertz(52 + 12 * style.pitch, SCALES[0], event.variation)


_GUITAR_BODY = np.array([101.0, 205.0, 392.0, 530.0, 690.0, 1010.0])
"""Hz: air, top plate, and higher modes of a folk guitar (Fletcher & Rossing, chapter 9)."""
_TUNING = np.array([40, 45, 50, 55, 59, 64])
"""MIDI notes of the open strings."""
_FINGER = 0.15
"""Seconds in which a finger that goes to the next note stills a string by 60 dB."""


def _tonic(style: Style) -> int:
    return round(52 + 12 * style.pitch)


def _string(style: Style, fundamental: float) -> int:
    """The string on which a hand in the position of the style's tonic takes a note."""
    note = round(69 + 12 * np.log2(fundamental / 440))
    position = min(max(_tonic(style) - 52, 0), 12)
    return max(int(np.searchsorted(_TUNING + position, note, side="right")) - 1, 0)


_CHORDS = ((0, 4, 7), (0, 4, 9), (2, 7, 9), (0, 4, 7))
"""Semitones above the tonic, all of the pentatonic scale: of each group of four notes."""


def _chord(style: Style, fundamental: float, number: int, rng: np.random.Generator) -> list[tuple[float, int]]:
    """Delays and MIDI notes of what the other fingers add: chords of four, one, three and one."""
    top = round(69 + 12 * np.log2(fundamental / 440))
    tones = [(_tonic(style) + step) % 12 for step in _CHORDS[number // 4 % 4]]
    below = [note for note in range(max(40, top - 26), top - 2) if note % 12 in tones]
    fingers = (4, 1, 3, 1)[number % 4]
    notes = below[:1] + below[max(len(below) - fingers + 1, 1) :] if fingers else []
    return [(0.004 + 0.011 * k * rng.uniform(0.7, 1.3), note) for k, note in enumerate(notes)]


def _guitar(style: Style, rng: np.random.Generator) -> Blow:
    """Partials as the plucking place combs them, damped by air and friction, through a body of many modes.

    The string moves across the top and along it, where it loses less; the two beat. The thumb adds the tonic or its
    fifth to every fourth note. Materials: steel strings and a plectrum, nylon and fingers, strings muted by the palm.
    """
    response = body(rng, _GUITAR_BODY, 700, 4.0)
    place = (0.13, 0.2, 0.11)[style.material] * rng.uniform(0.85, 1.15)
    soft = (0.00004, 0.00009, 0.00006)[style.material]
    # Nepers a second: at any frequency, and for each kilohertz.
    grip, loss = ((0.9, 1.2), (1.5, 2.4), (4.5, 2.5))[style.material]
    low, high, noise_level = ((1500, 7800, 0.11), (400, 5000, 0.08), (700, 7000, 0.16))[style.material]
    box = Body.plate(100, 1.35, WOOD.held(22), rng, 3000, 60)
    beat = count()

    def string(fundamental: float, event: Event, rng: np.random.Generator) -> Samples:
        n, frequency = partials(fundamental, (6e-5, 2e-5, 6e-5)[style.material], 60)
        at = place * rng.uniform(0.85, 1.15)
        gain = np.sin(np.pi * n * at) / n**0.6 * response(frequency) * rng.uniform(0.85, 1.15, len(n))
        gain *= push(frequency, contact_time(soft, style, event))
        decay = grip + loss * frequency / 1000 * rng.uniform(0.8, 1.25, len(n))
        t60 = 3 * np.log(10) / decay
        phase = rng.uniform(-0.5, 0.5, len(n))
        along = rng.uniform(0.2, 0.5)
        samples = ring(
            np.concatenate((frequency, frequency[:24] * 1.0008)),
            np.concatenate((0.4 * t60, 1.6 * t60[:24])),
            np.concatenate((gain, along * gain[:24])),
            round((event.duration + _FINGER) * SAMPLE_RATE),
            np.concatenate((phase, phase[:24])),
        )
        return released(samples, event.duration, _FINGER)

    def blow(event: Event, rng: np.random.Generator) -> Samples:
        fundamental = guitar_hertz(style, event)
        parts = [
            (0.0, 1.0, string(fundamental, event, rng)),
            (0.0, (0.12, 0.12, 0.18)[style.material], box.hit(rng, 0.0015)),
            (0.0, noise_level * (0.5 + event.strength), burst(rng, low, high, 0.02, 0.0)),
        ]
        parts += [
            (delay, 0.4, string(440 * 2 ** ((note - 69) / 12), replace(event, duration=1.6), rng))
            for delay, note in _chord(style, fundamental, next(beat), rng)
        ]
        return layers(*parts)

    return blow


def _picked(style: Style, events: Sequence[Event], length: int, rng: np.random.Generator) -> Samples:
    strings = [_string(style, guitar_hertz(style, event)) for event in events]
    return struck(_guitar, pivot=900)(style, let_ring(events, strings, 3.0), length, rng)


class Guitar(Struck):
    """A guitar, plucked over the hole; the string that variation picks is seen to vibrate. Contact: the fingerboard."""

    angle = -0.42
    size = 1.1
    place = (-0.05, 0.08)
    board = (-0.31, 0.0)
    contact: Contact = (
        place[0] + size * board[0] * float(np.cos(angle)),
        place[1] + size * board[0] * float(np.sin(angle)),
        0.1,
    )
    strings = (-0.09, -0.03, 0.03, 0.09)

    def _prepare(self) -> None:
        self.plucked = [self.strings[min(int(event.variation * 4), 3)] for event in self.beats.events]
        self.frets = [float(x) for x in self.rng.choice((-0.8, -0.7, -0.6), len(self.beats.events))]

    def still(self, canvas: Canvas) -> None:
        """The guitar."""
        guitar = canvas.at(*self.place, self.size, self.angle)
        bout = 0.44 * (0.7 + 0.3 * self.large)
        for grow, colour in ((0.07, INK), (0.02, self.dark), (-0.03, self.main)):
            guitar.ellipse(0.46, 0, bout + grow, bout + 0.02 + grow, colour)
            guitar.ellipse(0.0, 0, 0.29 + grow, 0.36 + grow, colour)
            guitar.box(0.2, 0, 0.3, 0.56 + 2 * grow, colour)
        outlined_box(guitar, -0.5, 0, 0.74, 0.24, mix(self.second_dark, INK, 0.6))
        for x in (-0.8, -0.7, -0.6, -0.5, -0.4, -0.21):
            guitar.line(x, -0.11, x, 0.11, 0.025, (0.66, 0.69, 0.74))
        outlined_box(guitar, -0.97, 0, 0.2, 0.3, self.dark)
        for x in (-1.02, -0.92):
            for y in (-0.22, 0.22):
                guitar.disc(x, y, 0.05, INK)
        guitar.disc(0.12, 0, 0.2, self.second_light)
        guitar.disc(0.12, 0, 0.16, INK)
        outlined_box(guitar, 0.62, 0, 0.08, 0.34, self.second_dark)
        if self.style.material == 2:
            outlined_box(guitar, 0.53, 0, 0.1, 0.3, self.second)
        for y in self.strings:
            guitar.line(-0.95, y, 0.62, y, 0.022, self._wire())

    def draw(self, canvas: Canvas, t: float) -> None:
        """The vibrating string and the hands."""
        guitar = canvas.at(*self.place, self.size, self.angle)
        begun, shock = self.beats.begun(t), self.beats.shock(t, 0.27)
        y = self.beats.glide(t, self.plucked)
        if shock:
            string = self.plucked[begun - 1]
            guitar.line(-0.86, string, 0.62, string, 0.05 + 0.08 * shock, PAPER, 0.75 * min(2 * shock, 1.0))
            guitar.line(-0.86, string, 0.62, string, 0.02, INK, 0.6)
            self.sparks(guitar, 0.2, 0, shock, 0.55, start=-2.3, end=-0.9, count=4)
        fret = self.beats.glide(t, self.frets) if self.frets else -0.7
        outlined_line(guitar, fret, 0.28, fret + 0.25, 0.72, 0.17, self.second)
        outlined_ellipse(guitar, fret, 0.2, 0.14, 0.09, self.skin)
        for i, reach in enumerate((-0.08, 0.02, -0.04)):
            outlined_line(guitar, fret - 0.09 + 0.09 * i, 0.16, fret - 0.09 + 0.09 * i, reach, 0.05, self.skin)
        lift = self.beats.lift(t, fall=0.12, wind=0.08, rise=0.16)
        picking = guitar.at(0.32, y + 0.2 * lift, angle=0.3 * lift)
        outlined_line(picking, 0.18, 0.2, 0.62, 0.6, 0.2, self.second)
        for i in range(3):
            outlined_line(picking, 0.02 + 0.1 * i, 0.16, -0.04 + 0.1 * i, 0.02 + 0.03 * i, 0.06, self.skin)
        outlined_line(picking, 0.06, 0.22, -0.14, 0.1, 0.06, self.skin)
        outlined_ellipse(picking, 0.14, 0.2, 0.13, 0.11, self.skin)

    def _wire(self) -> tuple[float, float, float]:
        return mix(PAPER, self.second_light, 0.5 * self.style.material)


SPEC = SoundClass(
    name="playing acoustic guitar",
    family="instruments",
    level_db=-14,
    places=("living room", "kitchen", "stage", "street", "forest", "field at night", "beach", "park", "mountains"),
    timing=Timing.of_playing((8, 20), (0.32, 0.68), (0.3, 0.7)),
    impact=True,
    hues=(0.04, 0.11),
    words=Words(
        thing="guitar",
        things="guitars",
        bare="guitar playing",
        clauses=(
            "+strings are/being plucked one by one",
            "someone plays/playing an acoustic guitar {m}",
            "a guitarist plucks/plucking a guitar {m}",
            "a person picks/picking notes on a guitar {m}",
            "+notes are/being plucked on a guitar {m}",
            "a guitar is/being plucked",
            "a musician plucks/plucking an acoustic guitar {m}",
            "a tune is/being picked on a guitar {m}",
            "a guitarist plays/playing a tune",
            "an acoustic guitar is/being played",
            "a guitarist picks/picking an acoustic guitar {m}",
            "+the strings of an acoustic guitar are/being plucked",
        ),
        nouns=(
            "* guitar playing",
            "+* notes of a guitar {m}",
            "the * plucking of guitar strings",
            "the * plucking of a guitar {m}",
            "the * picking of a guitar {m}",
        ),
        acts=(
            "note/notes on a guitar {m}",
            "guitar note/guitar notes",
            "note/notes on an acoustic guitar {m}",
            "plucked note/plucked notes on a guitar {m}",
        ),
        repeats=False,
        materials=(
            Material(phrases=("with steel strings", "with strings of steel")),
            Material(phrases=("with nylon strings", "with strings of nylon")),
            Material(phrases=("with muted strings", "with damped strings")),
        ),
        low=("on the low strings", "in low notes", "in a low register", "in deep notes", "on the low, deep strings"),
        high=(
            "on the high strings",
            "in high notes",
            "in a high register",
            "in bright, high notes",
            "on the high, bright strings",
        ),
        slow=SLOW_TEMPO,
        quick=QUICK_TEMPO,
        timed=False,
        strong=("with strong plucks", "forcefully", "with a hard touch", "with force", "with firm, hard plucks"),
        gentle=("gently", "with a light touch", "delicately", "with soft plucks", "with light plucks"),
    ),
    sound=_picked,
    picture=Guitar,
)
