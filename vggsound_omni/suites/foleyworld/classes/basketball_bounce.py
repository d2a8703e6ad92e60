"""Someone dribbles a ball on wood, concrete or rubber."""

from __future__ import annotations

import numpy as np

from ..canvas import Canvas, mix, shade
from ..pictures.motion import (
    INK,
    OUTLINE,
    PAPER,
    Contact,
    Struck,
    outlined_box,
    outlined_ellipse,
    outlined_line,
    puff,
)
from ..scene import Event, Style
from ..sounds.modal import (
    STONE,
    WOOD,
    Blow,
    Body,
    burst,
    chatter,
    contact_time,
    crowd,
    layers,
    push,
    ring,
    struck,
    thud,
)
from ..sounds.sound import Samples
from .sound_class import SoundClass, Timing
from .words import Material, Words

_SPHERE = np.array([2.08, 3.34, 4.49, 4.51, 5.65, 5.94, 6.76, 7.29])
"""k a of a sphere's lowest air modes; a basketball's ring is theirs (Russell, "Basketballs as spherical acoustic
cavities", 2010)."""


def _basketball(style: Style, rng: np.random.Generator) -> Blow:
    """The thump of a ball that is flat for 15 ms, the slap of its skin, the ring of the air in it, and the floor."""
    air = _SPHERE * 343 / (2 * np.pi * 0.121) * 2 ** (0.45 * style.pitch)
    thump = 76 * 2 ** (0.5 * style.pitch)
    size = 2 ** (0.3 * style.pitch)
    floor = (
        Body.plate(60 * size, 2.1, WOOD.held(17), rng, most=100),
        Body.plate(300 * size, 1.3, STONE.held(120), rng, most=60),
        Body.plate(50 * size, 1.5, WOOD.held(60), rng, 900),
    )[style.material]
    stuff = (WOOD, STONE, WOOD)[style.material]
    hard = (1.0, 1.9, 0.4)[style.material]

    def blow(event: Event, rng: np.random.Generator) -> Samples:
        contact = contact_time(0.00055 / hard, style, event)
        t60 = 0.18 * np.linspace(1.0, 0.5, len(air)) * rng.uniform(0.8, 1.2, len(air))
        gain = push(air, 0.4 * contact) * rng.uniform(0.3, 1.0, len(air))
        return layers(
            (0.0, 0.5, thud(thump * rng.uniform(0.94, 1.06), 0.045)),
            (0.0, 0.8 * hard, floor.hit(rng, contact, stray=0.3)),
            (0.0, 0.4 * hard, crowd(rng, 60 * size, 5000, stuff.held(29), contact)),
            (
                0.0,
                0.15,
                ring(
                    air * rng.uniform(0.99, 1.01),
                    t60,
                    gain,
                    6400,
                    rng.uniform(0, 2 * np.pi, len(air)),
                ),
            ),
            (
                0.0,
                0.5 * hard,
                chatter(rng, burst(rng, 250, 7000, 0.035, -4.0), 3, 0.008),
            ),
            (0.0, 1.5, burst(rng, 40, 220 * size, 0.16)),
        )

    return blow


class Basketball(Struck):
    """Someone crouches and dribbles a ball. Material: a floor of wood, concrete or rubber."""

    contact: Contact = (0.26, 0.86, 0.12)
    floor = 0.76
    spot = 0.26  # where the ball bounces

    def _prepare(self) -> None:
        self.specks = self.rng.uniform((-0.95, 0.8), (0.95, 0.95), (18, 2))
        self.spin = float(self.rng.uniform(-0.6, 0.6))
        self.hair = shade(self.second, 0.35)

    def still(self, canvas: Canvas) -> None:
        """The floor."""
        face = mix(self.second_light, (0.6, 0.58, 0.55), 0.5)
        canvas.ellipse(0, 0.88, 1.05, 0.17, shade(face, 0.75))
        canvas.ellipse(0, 0.86, 1.0, 0.14, face)
        if self.style.material == 0:
            for y, half in ((0.81, 0.9), (0.87, 0.98), (0.93, 0.84)):
                canvas.line(-half, y, half, y, 0.02, shade(face, 0.7))
        elif self.style.material == 1:
            canvas.line(-0.86, 0.93, 0.86, 0.93, 0.035, PAPER)
        else:
            for x, y in self.specks:
                if (x / 0.95) ** 2 + ((y - 0.86) / 0.13) ** 2 < 1:
                    canvas.disc(float(x), float(y), 0.03, shade(face, 0.65))

    def draw(self, canvas: Canvas, t: float) -> None:
        """The player, the ball, and the floor while it shakes."""
        jolt, shock = self.beats.jolt(t), self.beats.shock(t)
        if jolt:
            self.still(canvas.at(0, 0.06 * jolt))
        last, coming = self.beats.last(t), self.beats.coming(t)
        lift = self.beats.lift(t, fall=0.26, rise=0.26, wind=0.06, rest=0.85)
        r = 0.2 * self.large
        squash = 0.25 * shock if self.beats.since(t) < 0.03 else 0.0
        y = self.floor - r * (1 - squash) - 0.5 * lift
        puff(canvas, self.spot, self.floor + 0.06, shock, 0.4)
        self.sparks(canvas, self.spot, self.floor - 0.02, shock, 0.55, start=np.pi - 0.1, end=2 * np.pi + 0.1, count=6)
        dip = 0.05 * (1 - lift)
        self._player(canvas, dip, (self.spot - 0.02, max(min(y - r - 0.04, 0.1 + 0.12 * (1 - lift)), -0.3)))
        self._ball(canvas, y, r, squash, self.spin * (t if last or coming else 0.0))

    def _player(self, canvas: Canvas, dip: float, palm: tuple[float, float]) -> None:
        hip, shoulder = (-0.5, 0.12 + dip), (-0.34, -0.42 + dip)
        outlined_line(canvas, *hip, -0.28, 0.42 + 0.5 * dip, 0.17, self.second)
        outlined_line(canvas, -0.28, 0.42 + 0.5 * dip, -0.4, 0.78, 0.14, self.skin)
        outlined_line(canvas, *hip, -0.6, 0.44 + 0.5 * dip, 0.17, self.second_dark)
        outlined_line(canvas, -0.6, 0.44 + 0.5 * dip, -0.78, 0.76, 0.14, self.skin)
        for x in (-0.34, -0.72):
            outlined_box(canvas, x, 0.81, 0.26, 0.09, PAPER, corner=0.03)
        outlined_line(canvas, *shoulder, -0.66, 0.02 + dip, 0.13, self.skin)
        canvas.line(*hip, *shoulder, 0.34 + 2 * OUTLINE, INK)
        canvas.line(*hip, *shoulder, 0.34, self.second)
        outlined_ellipse(canvas, -0.24, -0.72 + dip, 0.17, 0.19, self.skin)
        canvas.ellipse(-0.28, -0.84 + dip, 0.18, 0.1, self.hair, -0.25)
        canvas.disc(-0.14, -0.72 + dip, 0.03, INK)
        elbow = ((shoulder[0] + palm[0]) / 2 - 0.08, (shoulder[1] + palm[1]) / 2 + 0.1)
        outlined_line(canvas, *shoulder, *elbow, 0.13, self.skin)
        outlined_line(canvas, *elbow, *palm, 0.11, self.skin)
        outlined_ellipse(canvas, palm[0] + 0.04, palm[1], 0.13, 0.06, self.skin, 0.15)

    def _ball(self, canvas: Canvas, y: float, r: float, squash: float, turn: float) -> None:
        ball = canvas.at(self.spot, y, r, angle=turn)
        if squash:
            outlined_ellipse(canvas, self.spot, y, r * (1 + squash), r * (1 - squash), self.main)
        else:
            ball.disc(0, 0, 1.2, INK)
            ball.disc(0, 0, 1, self.main)
            ball.disc(-0.3, -0.35, 0.35, self.light, 0.5)
        ball.line(-0.98, 0, 0.98, 0, 0.13, INK)
        ball.line(0, -0.9 * (1 - squash), 0, 0.9 * (1 - squash), 0.13, INK)
        ball.ring(-1.25, 0, 0.95, 0.13, INK, start=-0.75, end=0.75)
        ball.ring(1.25, 0, 0.95, 0.13, INK, start=np.pi - 0.75, end=np.pi + 0.75)


SPEC = SoundClass(
    name="basketball bounce",
    family="things",
    level_db=-11,
    places=("street", "park", "corridor", "harbour"),
    carries=True,
    timing=Timing.of_strikes((4, 14), (0.4, 0.9), 0.08),
    impact=True,
    size=1.15,
    hues=(0.03, 0.09),
    words=Words(
        thing="basketball",
        things="basketballs",
        bare="bouncing",
        clauses=(
            "a basketball bounces/bouncing {m}",
            "someone dribbles/dribbling a basketball {m}",
            "a ball is/being dribbled {m}",
            "a basketball is/being bounced {m}",
            "a ball bounces/bouncing {m}",
            "a player dribbles/dribbling a ball {m}",
            "a person bounces/bouncing a basketball {m}",
            "a player bounces/bouncing a ball {m}",
            "a basketball thumps/thumping {m}",
            "a basketball is/being dribbled {m}",
            "a basketball player dribbles/dribbling a ball {m}",
        ),
        nouns=(
            "the * bouncing of a basketball {m}",
            "the * dribbling of a ball {m}",
            "+* bounces of a ball {m}",
            "the * thumping of a basketball {m}",
            "the * bouncing of a ball {m}",
        ),
        acts=(
            "bounce/bounces of a basketball {m}",
            "bounce/bounces of a ball",
            "thump/thumps of a basketball",
            "beat/beats of a bouncing ball",
        ),
        materials=(
            Material(
                phrases=("on a wooden floor", "on floorboards", "on wood", "on a floor of wood"),
                places=("living room", "kitchen", "workshop", "office", "stage", "corridor"),
            ),
            Material(phrases=("on concrete", "on a concrete floor", "on hard concrete", "on a floor of concrete")),
            Material(phrases=("on rubber", "on a rubber floor", "on a rubber mat", "on a floor of rubber")),
        ),
        low=(
            "with low thumps",
            "with a deep thud",
            "with a dull, low sound",
            "with a deep thump",
            "with low, dull thuds",
        ),
        high=(
            "with a high, hollow ring",
            "with a bright ping",
            "with a high-pitched bounce",
            "with a high ring",
            "with a high, bright ring",
        ),
        strong=("hard", "with force", "forcefully", "with hard bounces", "with strong bounces"),
        gentle=("lightly", "gently", "with light bounces", "with little force", "with gentle bounces"),
    ),
    sound=struck(_basketball, pivot=700),
    picture=Basketball,
)
