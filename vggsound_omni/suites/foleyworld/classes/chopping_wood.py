"""An axe splits logs on a block."""

from __future__ import annotations

import numpy as np

from ..canvas import Canvas, mix
from ..pictures.motion import (
    INK,
    SHINE,
    STEEL,
    Contact,
    Struck,
    fist,
    outlined_box,
    outlined_ellipse,
    outlined_line,
    puff,
    smooth,
)
from ..scene import Event, Style
from ..sounds.modal import METAL, WOOD, Blow, Body, burst, chatter, contact_time, crowd, layers, struck
from ..sounds.sound import Samples
from .sound_class import SoundClass, Timing
from .words import DISTANT, QUICK_ACTS, SLOW_ACTS, Words


def _axe(style: Style, rng: np.random.Generator) -> Blow:
    """A thud and a knock of the log, the crack of splitting fibres, and, if it splits, two halves that fall.

    Materials: seasoned, green and rotten wood.
    """
    size = 2 ** (0.8 * style.pitch)
    hold = (20, 34, 50)[style.material]
    log = Body.plate(95 * size, 1.25, WOOD.held(1.3 * hold), rng, most=90)
    knock = Body.plate(330 * size, 2.2, WOOD.held(2 * hold), rng, most=60)
    half = Body.bar(390 * size, WOOD.held(1.5 * hold), rng)
    blade = Body.plate(2300, 1.6, METAL.held(150), rng, most=40)

    def blow(event: Event, rng: np.random.Generator) -> Samples:
        contact = contact_time(0.0009, style, event)
        parts = [
            (0.0, 0.7, log.hit(rng, contact, stray=0.2)),
            (0.0, 0.6, knock.hit(rng, 0.4 * contact, stray=0.2)),
            (0.0, 0.8, chatter(rng, crowd(rng, 120 * size, 7500, WOOD.held(hold), 0.5 * contact), 3, 0.008)),
            (0.0, 0.3, burst(rng, 45, 170 * size, 0.16)),
            (0.0, 0.7, burst(rng, 700 * size, 7500, 0.05, -2.0)),
            (0.0, 0.08, blade.hit(rng, 0.1 * contact)),
        ]
        fibres = np.sort(rng.exponential(0.03 + 0.03 * event.strength, (16, 9, 5)[style.material]))
        parts += [
            (0.006 + t, 0.55 * rng.random() * np.exp(-t / 0.09), burst(rng, 900 * size, 7500, 0.014, -2.0))
            for t in fibres
        ]
        if event.variation > 0.3:
            for fall in (rng.uniform(0.26, 0.36), rng.uniform(0.38, 0.52)):
                scale = rng.uniform(0.85, 1.2)
                for delay, level in ((0.0, 0.3), (rng.uniform(0.07, 0.11), 0.13)):
                    parts.append((fall + delay, 0.7 * level, half.hit(rng, 0.0012, scale=scale)))
                    parts.append((fall + delay, 0.7 * level, crowd(rng, 200, 5000, WOOD.held(70), 0.001, 50)))
        return layers(*parts)

    return blow


class Axe(Struck):
    """An axe splits a log on a chopping block; the halves fly apart, and the next log is set up in time."""

    contact: Contact = (0.0, 0.72, 0.14)

    def still(self, canvas: Canvas) -> None:
        """The block, and wood split before."""
        self._block(canvas)
        self._halves(canvas, 1.0)

    def draw(self, canvas: Canvas, t: float) -> None:
        """The log or its halves, the axe, and the block while it shakes."""
        begun, since, until = self.beats.begun(t), self.beats.since(t), self.beats.until(t)
        jolt, shock = self.beats.jolt(t), self.beats.shock(t)
        if jolt:
            self._block(canvas.at(0.08 * jolt, 0.03 * jolt))
        set_up = 1.0 if begun == 0 else smooth((0.55 - until) / 0.15)
        if since < 0.4:
            self._halves(canvas, min(since + 0.04, 0.4) / 0.4)
        elif set_up:
            self._log(canvas.at(0, -0.25 * (1 - set_up)))
        self.sparks(canvas, 0, 0.4, shock, 0.6)
        puff(canvas, 0, 0.5, shock, 0.5)
        lift = self.beats.lift(t, rise=0.4, fall=0.2, wind=0.25, stay=0.06)
        hand = canvas.at(0.9, -0.13 - 0.3 * lift, angle=1.05 * lift)
        outlined_line(hand, 0.0, 0.0, 0.25, 0.42, 0.2, self.second)
        outlined_line(hand, -0.9, 0, 0.16, 0.0, 0.07, self.main)
        hand.polygon([(-1.0, -0.14), (-0.74, -0.14), (-0.64, 0.32), (-1.12, 0.32)], INK)
        hand.polygon([(-0.95, -0.1), (-0.79, -0.1), (-0.72, 0.2), (-1.03, 0.2)], STEEL)
        hand.line(-1.01, 0.23, -0.74, 0.23, 0.09, SHINE)
        fist(hand, -0.25, 0, self.skin, 0.2)
        fist(hand, 0.04, 0, self.skin, 0.2)

    def _block(self, canvas: Canvas) -> None:
        outlined_ellipse(canvas, 0, 0.88, 0.5, 0.1, self.dark)
        outlined_box(canvas, 0, 0.69, 1.0, 0.42, self.dark, corner=0.0)
        canvas.ellipse(0, 0.88, 0.5, 0.1, self.dark)
        for x in (-0.4, -0.25, -0.08, 0.05, 0.2, 0.37):
            canvas.line(x, 0.62, x, 0.88, 0.05, mix(self.light, self.dark, 0.2))
        outlined_ellipse(canvas, 0, 0.5, 0.5, 0.1, self.light)
        canvas.ellipse(0, 0.5, 0.34, 0.06, self.main)

    def _log(self, canvas: Canvas) -> None:
        w = 0.27 * self.large
        outlined_box(canvas, 0, 0.25, 2 * w, 0.52, self.main, corner=0.04)
        for x in (-0.6, -0.1, 0.5):
            canvas.line(x * w, 0.15, x * w, 0.42, 0.03, self.dark)
        outlined_ellipse(canvas, 0, 0.0, w, 0.1, self.light)
        canvas.ellipse(0, 0.0, 0.55 * w, 0.055, self.main)
        canvas.ellipse(0, 0.0, 0.35 * w, 0.035, self.light)

    def _halves(self, canvas: Canvas, u: float) -> None:
        w = 0.27 * self.large
        for side in (-1, 1):
            half = canvas.at(side * (0.15 + 0.65 * u), 0.24 + 1.5 * u * u - 0.9 * u, angle=side * 1.75 * u)
            outlined_box(half, 0, 0, w, 0.52, self.main)
            half.box(-side * 0.25 * w, 0, 0.5 * w, 0.52, self.light)


SPEC = SoundClass(
    name="chopping wood",
    family="things",
    level_db=-9,
    places=("forest", "park", "mountains", "field at night"),
    carries=True,
    timing=Timing.of_strikes((2, 5), (1.1, 2.4), 0.15),
    impact=True,
    hues=(0.05, 0.11),
    words=Words(
        thing="axe",
        things="axes",
        bare="chopping",
        clauses=(
            "an axe chops/chopping wood",
            "someone chops/chopping wood",
            "an axe splits/splitting a log",
            "a person splits/splitting firewood with an axe",
            "a log is/being chopped with an axe",
            "an axe strikes/striking a log",
            "a woodcutter chops/chopping firewood",
            "an axe cuts/cutting into wood",
            "someone splits/splitting a log",
            "an axe hits/hitting a log",
            "firewood is/being chopped with an axe",
        ),
        nouns=(
            "the * chopping of wood",
            "+the * blows of an axe on wood",
            "the * splitting of firewood",
            "the * chop of an axe",
            "+the * strokes of an axe on a log",
        ),
        acts=("blow/blows of an axe", "stroke/strokes of an axe", "axe blow/axe blows", "chop/chops of an axe"),
        low=(
            "with deep thumps",
            "with a low thud",
            "with dull, low thuds",
            "with a deep knock",
            "with deep, woody thuds",
        ),
        high=(
            "with sharp, high cracks",
            "with bright cracks",
            "with a high crack",
            "with high, woody cracks",
            "with sharp, high snaps",
        ),
        slow=SLOW_ACTS,
        quick=QUICK_ACTS,
        faint=DISTANT,
        strong=("hard", "forcefully", "with hard strokes", "with great force", "with strong strokes"),
        gentle=("lightly", "gently", "with light strokes", "with little force", "with gentle strokes"),
    ),
    sound=struck(_axe, pivot=900),
    picture=Axe,
)
