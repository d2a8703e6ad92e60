"""A drummer plays bass drum, snare and hi-hat."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..canvas import Canvas, mix
from ..pictures.motion import INK, PAPER, Beats, Contact, Struck, outlined_box, outlined_ellipse, outlined_line
from ..scene import SAMPLE_RATE, Event, Style
from ..sounds.modal import Blow, burst, layers, ring, struck
from ..sounds.noise import cycles, seconds
from ..sounds.sound import Samples, Sound
from .sound_class import SoundClass, Timing
from .words import DISTANT, QUICK_TEMPO, SLOW_TEMPO, Words


def _kick(style: Style, _: np.random.Generator) -> Blow:
    """A slack membrane whose pitch falls as its amplitude does, and the click of the felt beater."""
    low = 50 * 2 ** (0.4 * style.pitch)
    fall = (0.32, 0.55, 0.42)[style.material]

    def blow(event: Event, rng: np.random.Generator) -> Samples:
        t = seconds(round(1.1 * fall * SAMPLE_RATE))
        glide = low * (1 + (1.6 + event.strength) * np.exp(-t / 0.016))
        skin = np.sin(2 * np.pi * cycles(glide)) * 10 ** (-3 * t / fall)
        overtones = ring(low * np.array([3.2, 4.6, 7.1]), np.full(3, 0.12), np.array([0.5, 0.35, 0.25]), len(t))
        return layers(
            (0.0, 1.0, skin),
            (0.0, 0.22, overtones),
            (0.0, 0.30 + 0.2 * event.strength, burst(rng, 1200, 5500, 0.022, -2.0)),
            (0.004, 0.035, burst(rng, 1500, 7000, 0.2, 0.0)),  # the snare buzzes along
        )

    return blow


def _snare(style: Style, _: np.random.Generator) -> Blow:
    """The modes of two coupled heads, and the wires that rattle below them."""
    low = 185 * 2 ** (0.45 * style.pitch)
    wires, heads = ((0.22, 0.15), (0.30, 0.22), (0.40, 0.12))[style.material]
    ratios = np.array([1.0, 1.78, 1.99, 2.44, 2.89, 3.55])

    def blow(event: Event, rng: np.random.Generator) -> Samples:
        frequency = low * ratios * (1 + 0.01 * rng.standard_normal(len(ratios)))
        t60 = heads * np.array([1.0, 0.9, 0.7, 0.6, 0.5, 0.4])
        gain = np.array([1.0, 0.7, 0.45, 0.4, 0.3, 0.3]) * rng.uniform(0.7, 1.0, len(ratios))
        return layers(
            (0.0, 0.75, ring(frequency, t60, gain, round(heads * 1.1 * SAMPLE_RATE))),
            (0.0, 0.55, burst(rng, 900, 7800, 0.03, 0.0)),
            (0.002, 0.6, burst(rng, 1300, 7800, wires * (0.7 + 0.5 * event.strength), -1.0)),
        )

    return blow


def _hat(style: Style, rng: np.random.Generator) -> Blow:
    """Two cymbals: modes too many to tell apart, choked short; the highest variations are played open."""
    frequency = np.sort(7900 * rng.beta(2.2, 1.2, 70)) * 2 ** (0.15 * style.pitch)
    level = (frequency / 6000) ** 1.5 * rng.uniform(0.3, 1.0, len(frequency))
    closed = (0.09, 0.14, 0.2)[style.material]

    def blow(event: Event, rng: np.random.Generator) -> Samples:
        t60 = 0.75 if event.variation > 0.93 else closed * (0.7 + 0.6 * event.strength)
        phase = rng.uniform(0, 2 * np.pi, len(frequency))
        metal = ring(frequency, t60 * (0.6 + 0.6 * level), level, round(1.2 * t60 * SAMPLE_RATE), phase)
        return layers(
            (0.0, 1.0, metal),
            (0.0, 0.5, burst(rng, 5200, 7900, t60, 1.0)),
            (0.0, 0.7, burst(rng, 2500, 7900, 0.012, 2.0)),
        )

    return blow


_DRUMS: tuple[tuple[float, Sound], ...] = (
    (1.0, struck(_kick, pivot=500)),
    (0.85, struck(_snare, pivot=1500)),
    (0.4, struck(_hat, pivot=5000)),
)


def _drum_kit(style: Style, events: Sequence[Event], length: int, rng: np.random.Generator) -> Samples:
    """Variation picks bass drum (below 1/3), snare (below 2/3) or hi-hat. Materials: dry, open and wet kits."""
    total = np.zeros(length)
    for number, (level, drum) in enumerate(_DRUMS):
        total += level * drum(style, [e for e in events if min(int(e.variation * 3), 2) == number], length, rng)
    return total


class Drums(Struck):
    """A drummer. Variation picks bass drum (below 1/3), snare (below 2/3) or hi-hat; the bass drum shakes with all."""

    contact: Contact = (0.05, 0.45, 0.26)

    def _prepare(self) -> None:
        self.kick, self.snare, self.hat = (
            Beats([event for event in self.beats.events if min(int(event.variation * 3), 2) == drum])
            for drum in range(3)
        )
        self.points = int(self.rng.integers(4, 7))

    def still(self, canvas: Canvas) -> None:
        """The drummer's body, stands, toms and a crash cymbal."""
        outlined_line(canvas, 0.05, -0.42, 0.05, 0.1, 0.46, self.second)
        for x, y in ((-0.72, 0.3), (0.72, 0.4)):
            for side in (-0.16, 0, 0.16):
                canvas.line(x, y, x + side, 0.94, 0.05, INK)
        canvas.line(-0.72, -0.1, -0.72, 0.9, 0.05, INK)
        canvas.line(0.8, -0.55, 0.6, 0.6, 0.05, INK)
        outlined_ellipse(canvas, 0.8, -0.55, 0.3, 0.07, self.second_light, -0.25)
        for x in (-0.22, 0.32):
            outlined_box(canvas, x, -0.08, 0.38, 0.2, self.main)
            outlined_ellipse(canvas, x, -0.18, 0.19, 0.05, PAPER)
        self._bass_drum(canvas, 0.0, 0.0)

    def draw(self, canvas: Canvas, t: float) -> None:
        """Head and arms, sticks, and the three drums that are played."""
        kick, snare, hat = self.kick.shock(t, 0.2), self.snare.shock(t, 0.2), self.hat.shock(t, 0.2)
        head_y = -0.68 - 0.08 * self.beats.lift(t)
        outlined_ellipse(canvas, 0.05, head_y, 0.17, 0.2, self.skin)
        canvas.ellipse(0.05, head_y - 0.12, 0.18, 0.11, self.second_dark)
        for x in (-0.01, 0.11):
            canvas.disc(x, head_y + 0.03, 0.025, INK)
        if kick or snare or hat:
            self._bass_drum(canvas, max(kick, 0.6 * snare, 0.6 * hat), kick)
        y = 0.25 + 0.1 * snare
        outlined_box(canvas, 0.7, y, 0.46 * self.large, 0.24, self.main)
        outlined_ellipse(canvas, 0.7, y - 0.12, 0.23 * self.large, 0.06, PAPER)
        self.sparks(canvas, 0.7, 0.1, snare, 0.4, self.second_light)
        tilt = 0.35 * hat
        outlined_ellipse(canvas, -0.72, -0.02, 0.28, 0.05, self.second_dark)
        outlined_ellipse(canvas, -0.72, -0.1 + 0.04 * hat, 0.28, 0.05, self.second_light, tilt)
        self.sparks(canvas, -0.72, -0.12, hat, 0.45, self.second_light)
        self._arm(canvas, self.hat, t, -1, (-0.66, -0.16))
        self._arm(canvas, self.snare, t, 1, (0.66, 0.1))

    def _bass_drum(self, canvas: Canvas, shock: float, kick: float) -> None:
        r = 0.46 * (0.93 + 0.07 * self.large) * (1 + 0.08 * kick)
        outlined_ellipse(canvas, 0.05, 0.45, r, r, self.main)
        canvas.disc(0.05, 0.45, 0.84 * r, mix(PAPER, self.second_light, kick))
        inner = canvas.at(0.05, 0.45, 0.26 * (1 + 0.45 * shock), angle=0.5 * shock)
        ends = np.linspace(0, 2 * np.pi, 2 * self.points + 1)[:-1] - np.pi / 2
        radii = [1.0, 0.5] * self.points
        inner.polygon(
            [(r * float(np.cos(a)), r * float(np.sin(a))) for a, r in zip(ends, radii, strict=True)], self.second_dark
        )

    def _arm(self, canvas: Canvas, beats: Beats, t: float, side: int, tip: tuple[float, float]) -> None:
        lift = beats.lift(t, rest=0.5)
        x, y = 0.05 + side * 0.3, tip[1] - 0.12 - 0.18 * lift
        outlined_line(canvas, 0.05 + side * 0.22, -0.4, x, y, 0.13, self.second)
        outlined_line(canvas, x, y, tip[0] - side * 0.1 * lift, tip[1] - 0.5 * lift, 0.035, PAPER)
        outlined_ellipse(canvas, x, y, 0.08, 0.07, self.skin)


SPEC = SoundClass(
    name="playing drum kit",
    family="instruments",
    level_db=-7,
    places=("stage", "living room", "workshop", "street", "park"),
    carries=True,
    timing=Timing.of_playing((8, 24), (0.24, 0.56), (0.2, 0.4)),
    impact=True,
    size=1.1,
    words=Words(
        thing="drum kit",
        bare="drumming",
        clauses=(
            "a drummer plays/playing a beat",
            "someone plays/playing the drums",
            "a drummer drums/drumming",
            "someone plays/playing a drum kit",
            "+drums are/being played",
            "a beat is/being played on a drum kit",
            "a musician plays/playing a rhythm on the drums",
            "someone drums/drumming on a drum kit",
            "+drums and cymbals are/being hit",
            "a rhythm is/being played on drums and cymbals",
            "a person beats/beating a drum kit",
        ),
        nouns=(
            "* drumming",
            "the * beat of a drum kit",
            "the * playing of a drummer",
            "the * beating of drums and cymbals",
            "+* beats on a drum kit",
        ),
        acts=(
            "hit/hits on a drum kit",
            "drum beat/drum beats",
            "stroke/strokes on a drum kit",
            "beat/beats on the drums",
        ),
        repeats=False,
        low=(
            "on low-tuned drums",
            "with a deep sound",
            "on deep drums",
            "with a low, deep sound",
            "on low, deep drums",
        ),
        high=(
            "on high-tuned drums",
            "with a bright, high sound",
            "on high drums",
            "with a high, tight sound",
            "on bright, high drums",
        ),
        slow=SLOW_TEMPO,
        quick=QUICK_TEMPO,
        timed=False,
        faint=DISTANT,
        strong=("hard", "with hard hits", "vigorously", "forcefully", "with heavy hits"),
        gentle=("lightly", "gently", "with light hits", "with a light touch", "with soft hits"),
    ),
    sound=_drum_kit,
    picture=Drums,
)
