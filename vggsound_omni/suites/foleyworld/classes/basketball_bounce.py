"""A hand dribbles a ball on wood, concrete or rubber."""

from __future__ import annotations

import numpy as np

from ..canvas import Canvas
from ..pictures.motion import INK, PAPER, Contact, Struck, outlined_box, outlined_ellipse, outlined_line, puff, sparks
from ..scene import Event, Style
from ..sounds.modal import STONE, WOOD, Blow, Body, burst, contact_time, layers, push, ring, struck, thud
from ..sounds.sound import Samples
from .sound_class import SoundClass, Timing

_SPHERE = np.array([2.08, 3.34, 4.49, 4.51, 5.65, 5.94, 6.76, 7.29])
"""k a of a sphere's lowest air modes; a basketball's ring is theirs (Russell, "Basketballs as spherical acoustic
cavities", 2010)."""


def _basketball(style: Style, rng: np.random.Generator) -> Blow:
    """The thump of a ball that is flat for 15 ms, the slap of its skin, the ring of the air in it, and the floor."""
    air = _SPHERE * 343 / (2 * np.pi * 0.121) * 2 ** (0.45 * style.pitch)
    thump = 82 * 2 ** (0.5 * style.pitch)
    floor = (
        Body.plate(105 * 2 ** (0.3 * style.pitch), 2.1, WOOD.held(17), rng, 900),
        Body.plate(900, 1.3, STONE.held(160), rng, 4000),
        Body.plate(70 * 2 ** (0.3 * style.pitch), 1.5, WOOD.held(60), rng, 350),
    )[style.material]

    def blow(event: Event, rng: np.random.Generator) -> Samples:
        contact = contact_time((0.0011, 0.0007, 0.0024)[style.material], style, event)
        t60 = np.linspace(0.30, 0.16, len(air))
        gain = push(air, 0.4 * contact) * rng.uniform(0.6, 1.0, len(air))
        return layers(
            (0.0, 0.8, thud(thump, 0.022)),
            (0.0, (0.75, 0.3, 0.5)[style.material], floor.hit(rng, contact)),
            (0.0, (0.34, 0.42, 0.22)[style.material], ring(air, t60, gain, 5200)),
            (0.0, (0.35, 0.75, 0.25)[style.material], burst(rng, 300, 1.5 / contact + 2500, 0.035, -3.0)),
        )

    return blow


class Basketball(Struck):
    """A hand dribbles a ball. Material: a floor of wood, concrete or rubber."""

    contact: Contact = (0.0, 0.76, 0.14)
    floor = 0.72

    def _prepare(self) -> None:
        self.specks = self.rng.uniform((-0.85, 0.74), (0.85, 0.92), (14, 2))
        self.spin = float(self.rng.uniform(-0.6, 0.6))

    def still(self, canvas: Canvas) -> None:
        """The floor."""
        outlined_box(canvas, 0, 0.83, 1.9, 0.26, self.second)
        canvas.box(0, 0.72, 1.9, 0.05, self.second_light)
        if self.style.material == 0:
            canvas.line(-0.95, 0.84, 0.95, 0.84, 0.035, self.second_dark)
            for x in (-0.6, -0.1, 0.5):
                canvas.line(x, 0.76, x - 0.05, 0.83, 0.035, self.second_dark)
                canvas.line(x + 0.25, 0.86, x + 0.2, 0.94, 0.035, self.second_dark)
        elif self.style.material == 1:
            for i in range(-4, 5):
                canvas.line(0.2 * i, 0.77, 0.21 * i, 0.93, 0.03, self.second_dark)
            canvas.line(-0.92, 0.85, 0.92, 0.85, 0.05, PAPER)
        else:
            for x, y in self.specks:
                canvas.disc(float(x), float(y), 0.03, self.second_dark)

    def draw(self, canvas: Canvas, t: float) -> None:
        """Ball, hand, and the floor while it shakes."""
        jolt, shock = self.beats.jolt(t), self.beats.shock(t)
        if jolt:
            self.still(canvas.at(0, 0.07 * jolt))
        last, coming = self.beats.last(t), self.beats.coming(t)
        lift = self.beats.lift(t, fall=0.26, rise=0.26, wind=0.06, rest=0.85)
        r = 0.27 * self.large
        squash = 0.25 * shock if self.beats.since(t) < 0.03 else 0.0
        y = self.floor - r * (1 - squash) - 0.95 * lift
        puff(canvas, 0, self.floor + 0.06, shock, 0.5)
        sparks(canvas, 0, self.floor - 0.02, shock, 0.7, start=np.pi - 0.1, end=2 * np.pi + 0.1, count=6)
        ball = canvas.at(0, y, r, angle=self.spin * (t if last or coming else 0.0))
        if squash:
            outlined_ellipse(canvas, 0, y, r * (1 + squash), r * (1 - squash), self.main)
        else:
            ball.disc(0, 0, 1 + 0.16, INK)
            ball.disc(0, 0, 1, self.main)
            ball.disc(-0.3, -0.35, 0.35, self.light, 0.5)
        ball.line(-0.98, 0, 0.98, 0, 0.12, INK)
        ball.line(0, -0.9 * (1 - squash), 0, 0.9 * (1 - squash), 0.12, INK)
        ball.ring(-1.25, 0, 0.95, 0.12, INK, start=-0.75, end=0.75)
        ball.ring(1.25, 0, 0.95, 0.12, INK, start=np.pi - 0.75, end=np.pi + 0.75)
        self._hand(canvas, max(min(y - r, -0.12 + 0.1 * lift), -0.8), lift)

    def _hand(self, canvas: Canvas, y: float, lift: float) -> None:
        bend = 0.35 * (1 - lift)
        wrist = (0.36, y - 0.12)
        outlined_line(canvas, 0.85, -0.75, *wrist, 0.17, self.second)
        for i in range(3):
            outlined_line(canvas, 0.24, y - 0.1, -0.2 + 0.12 * i, y - 0.03 - 0.04 * i + bend * 0.1, 0.06, self.skin)
        outlined_ellipse(canvas, 0.22, y - 0.1, 0.15, 0.08, self.skin, 0.2)


SPEC = SoundClass(
    name="basketball bounce",
    family="household",
    level_db=-11,
    places=("street", "park", "corridor", "harbour"),
    carries=True,
    timing=Timing.of_strikes((4, 14), (0.4, 0.9), 0.08),
    impact=True,
    subject=("a basketball", "a ball"),
    verb=("bounces", "is dribbled"),
    manners=(("with low thumps", "heavily"), ("repeatedly", "steadily"), ("briskly", "with a hollow ring")),
    materials=("on a wooden floor", "on concrete", "on rubber"),
    sound=struck(_basketball, pivot=700),
    picture=Basketball,
)
