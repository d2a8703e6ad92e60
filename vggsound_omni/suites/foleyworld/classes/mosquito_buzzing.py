"""A mosquito flies to and fro."""

from __future__ import annotations

import numpy as np

from ..canvas import Canvas, mix, shade
from ..pictures.actor import Actor
from ..pictures.motion import INK, PAPER
from ..scene import FPS, Style
from ..sounds.noise import Course, contour, cycles, lasting, noise, wander, wave
from ..sounds.sound import Samples
from .sound_class import SoundClass, Timing
from .words import Words


def _mosquito(style: Style, course: Course, rng: np.random.Generator) -> Samples:
    """Wingbeats of 350 to 700 Hz; in every event it passes the ear once: louder, sharper, then lower in pitch."""
    u = course.phase
    beat = 500 * 2 ** (0.5 * style.pitch)
    closest = 0.34
    distance = np.hypot((u - closest) * np.where(u < closest, 1.6, 0.9), 0.11 + 0.03 * style.material)
    doppler = contour(u, (0, 0.02), (0.12, 0.035), (closest, 0.0), (0.6, -0.03), (0.97, -0.025), (1, 0.02))
    vibrato = np.sin(2 * np.pi * cycles(6.5 + 1.5 * wander(rng, course.length, 3)))
    course_of_flight = 0.01 * wander(rng, course.length, 5) + 0.004 * wander(rng, course.length, 60)
    own = course.steps([0.05 * (event.variation - 0.5) for event in course.events], 0.15)
    phase = cycles(beat * (1 + doppler + 0.009 * vibrato + course_of_flight + own))
    k = np.arange(1.0, min(16.0, 7600 / (beat * 1.1)))
    near = 0.11 / distance
    body = (1.0, 0.8, 1.3)[style.material]
    mellow = wave(phase, k**-1.6)
    # Wings are wide plates: close by, the even harmonics stand out.
    sharp = wave(phase, k**-0.65 * np.where(k % 2 == 0, body, 0.8) * np.exp(1j * k * k))
    flutter = 1 + 0.15 * wander(rng, course.length, 25)
    air = 0.06 * noise(rng, course.length, 800, 6000, -3.0)
    return near * flutter * (mellow * (1 - 0.6 * near) + (sharp + air) * (0.35 + 0.65 * near))


class _Mosquito(Actor):
    """A small dark insect that rests on a leaf; each event is a pass, off in a new direction, nearer if louder.

    A dotted line shows the last third of a second of its flight, since it is small.
    """

    _HOME = (-0.1, 0.52)
    second_hues = (0.22, 0.4)

    def _prepare(self) -> None:
        self.turns = self.rng.uniform(-0.5, 0.5, len(self.beats.events))
        self.body = mix(self.main, INK, 0.62)
        self.stripe = mix(self.main, PAPER, 0.55)

    def still(self, canvas: Canvas) -> None:
        leaf = mix(self.second, INK, 0.3)
        canvas.line(-0.95, 1.0, -0.5, 0.82, 0.05, shade(leaf, 0.6))
        canvas.polygon(((-0.62, 0.86), (-0.3, 0.72), (0.2, 0.68), (0.62, 0.8), (0.25, 0.95), (-0.25, 0.97)), leaf)
        canvas.line(-0.5, 0.86, 0.5, 0.81, 0.025, shade(leaf, 0.6))

    def _path(self, t: float) -> tuple[float, float, float, bool, int]:
        """Where it is: x, y, how near, whether it flies, which pass it is on."""
        act = self.act(t)
        x, y = self._HOME
        if act is None or act.share >= 1:
            return x, y, 0.4, False, 0
        # A loop out of the resting place and back: quick at first, so that a new pass shows at once.
        share = min((act.age + 1 / FPS) / (act.event.duration + 1 / FPS), 1.0) ** 0.6
        away = (-1.57 + 1.1 * (-1) ** act.index) + self.turns[act.index]
        turn = 2 * np.pi * share * (-1) ** act.index
        x += 0.62 * (np.cos(away) - np.cos(away + turn)) + 0.06 * np.sin(17 * t)
        y += 0.52 * (np.sin(away) - np.sin(away + turn)) - 0.06 * np.sin(23 * t)
        near = 0.34 + (0.08 + 0.2 * act.event.strength) * np.sin(np.pi * min(0.15 + share, 1.0))
        return float(np.clip(x, -0.85, 0.85)), float(np.clip(y, -0.85, 0.6)), float(near), True, act.index

    def draw(self, canvas: Canvas, t: float) -> None:
        x, y, near, flying, index = self._path(t)
        if flying:
            for i in range(8, 1, -1):
                px, py, _, flew, _ = self._path(max(t - i / FPS, 0.0))
                if flew:
                    canvas.disc(px, py, 0.022, PAPER, 0.75 - 0.07 * i)
        tilt = (0.3 * (-1) ** index + 0.15 * np.sin(9 * t)) if flying else 0.0
        self._insect(canvas.at(x, y, near * self.size, tilt), t, flying=flying)

    def _insect(self, c: Canvas, t: float, *, flying: bool) -> None:
        for foot, knee in ((-0.7, -0.45), (-0.35, -0.2), (0.3, 0.3)):
            hang = 0.75 if flying else 0.5
            c.line(0.0, 0.05, knee, -0.2, 0.06, INK)
            c.line(knee, -0.2, foot, hang, 0.05, INK)
        wing = mix((0.75, 0.8, 0.85), PAPER, 0.4)
        if flying:
            beat = (-1.3, -0.75) if round(t * FPS) % 2 else (-1.65, -1.05)
            for spread in beat:
                c.at(0.02, -0.12, 1.0, spread + np.pi / 2).ellipse(0.0, -0.5, 0.17, 0.5, wing, alpha=0.6)
        else:
            c.ellipse(-0.42, -0.1, 0.5, 0.1, wing, 0.12, alpha=0.85)
        c.ellipse(-0.5, 0.14, 0.5, 0.1, self.body, -0.22)
        for x in (-0.35, -0.52, -0.69):
            c.line(x, 0.02 - 0.22 * (x + 0.45), x - 0.02, 0.18 - 0.22 * (x + 0.45), 0.06, self.stripe)
        c.disc(0.06, -0.02, 0.2, self.body)
        c.disc(0.31, 0.06, 0.12, self.body)
        c.line(0.38, 0.1, 0.78, 0.42, 0.04, INK)
        c.line(0.36, -0.02, 0.66, -0.14, 0.03, INK)
        c.disc(0.34, 0.03, 0.055, PAPER)


SPEC = SoundClass(
    name="mosquito buzzing",
    family="animals",
    level_db=-24,
    places=("living room", "kitchen", "office", "forest", "field at night", "park", "beach"),
    high_up=True,
    timing=Timing.of_spans((1.0, 2.4)),
    size=0.75,
    hues=(0.05, 0.15),
    words=Words(
        thing="mosquito",
        things="mosquitoes",
        bare="buzzing",
        clauses=(
            "a mosquito buzzes/buzzing around",
            "a mosquito whines/whining",
            "a mosquito hums/humming",
            "an insect buzzes/buzzing around",
            "a mosquito buzzes/buzzing",
            "a small insect whines/whining",
            "a mosquito flies/flying about with a whine",
            "a mosquito buzzes/buzzing through the air",
            "an insect hums/humming",
            "a mosquito hovers/hovering with a hum",
            "a flying insect whines/whining",
        ),
        nouns=(
            "the * buzzing of a mosquito",
            "the * whine of a mosquito",
            "the * hum of an insect",
            "* buzzing",
            "the * humming of a mosquito",
        ),
        low=("with a low drone", "on a low note", "at a low pitch", "with a low hum", "with a deep drone"),
        high=("with a thin, high whine", "on a high note", "at a high pitch", "shrilly", "with a high, thin whine"),
        slow=(),
        quick=(),
        timed=False,
    ),
    sound=lasting(_mosquito, pivot=1500, crest=8.0),
    picture=_Mosquito,
)
