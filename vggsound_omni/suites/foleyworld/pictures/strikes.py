"""Pictures of blows: a hammer on a nail, an axe in a log, sticks on drums, a ball on the floor, a door in its frame."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vggsound_omni.suites.foleyworld.canvas import Canvas, Colour, mix, shade
from vggsound_omni.suites.foleyworld.scene import Event, Style

from .motion import (
    INK,
    PAPER,
    Beats,
    Contact,
    Struck,
    fist,
    outlined_box,
    outlined_ellipse,
    outlined_line,
    puff,
    smooth,
    sparks,
)
from .picture import MakePicture

STEEL: Colour = (0.52, 0.54, 0.59)
SHINE: Colour = (0.8, 0.82, 0.86)


class Hammer(Struck):
    """A hand hammers a nail deeper with every blow; the block it goes into jumps. Material: wood, metal or brick."""

    contact: Contact = (0.0, 0.5, 0.14)

    def still(self, canvas: Canvas) -> None:
        """The block."""
        self._block(canvas)

    def draw(self, canvas: Canvas, t: float) -> None:
        """The nail, the hammer, and the block while it shakes."""
        jolt, shock = self.beats.jolt(t), self.beats.shock(t)
        if jolt:
            self._block(canvas.at(0, 0.1 * jolt))
        top = 0.32 - 0.3 * (1 - self.beats.begun(t) / max(len(self.beats.events), 1))
        canvas.line(0, top, 0, 0.46, 0.13, INK)
        canvas.line(0, top, 0, 0.46, 0.05, SHINE)
        outlined_box(canvas, 0, top + 0.02, 0.18, 0.04, SHINE)
        sparks(canvas, 0, 0.46, shock, 0.5)
        puff(canvas, 0, 0.44, shock, 0.3)
        lift = self.beats.lift(t)
        head = 0.3 * self.large
        hand = canvas.at(0.82, top - 0.22 - 0.25 * lift, angle=0.95 * lift)
        outlined_line(hand, 0.02, 0.04, 0.5, 0.3, 0.22, self.main)
        outlined_line(hand, -0.8, 0, 0.12, 0, 0.09, self.second)
        steel = hand.at(-0.82, 0)
        outlined_line(steel, 0.02, -0.08, 0.04, -0.22, 0.1, STEEL)
        outlined_line(steel, 0.04, -0.22, 0.2, -0.36, 0.06, STEEL)
        outlined_box(steel, 0, 0.05, 0.6 * head, 0.26, STEEL)
        outlined_box(steel, 0, 0.17, 0.85 * head, 0.05, SHINE)
        fist(hand, 0, 0, self.skin, 0.26)

    def _block(self, canvas: Canvas) -> None:
        outlined_box(canvas, 0, 0.7, 1.7, 0.5, self.main)
        if self.style.material == 1:
            canvas.box(0, 0.5, 1.7, 0.12, self.light)
            for x in (-0.7, -0.35, 0.35, 0.7):
                canvas.disc(x, 0.75, 0.07, self.dark)
                canvas.disc(x, 0.74, 0.04, self.light)
        elif self.style.material == 2:
            for y in (0.45, 0.615, 0.78, 0.945):
                canvas.line(-0.85, y, 0.85, y, 0.04, self.light)
            for row in range(3):
                for x in np.arange(-0.6, 0.9, 0.4) + (-0.2 if row % 2 else 0.0):
                    canvas.line(x, 0.47 + row * 0.165, x, 0.6 + row * 0.165, 0.04, self.light)
        else:
            canvas.box(0, 0.47, 1.7, 0.05, self.light)
            for y, x in ((0.58, -0.1), (0.7, 0.2), (0.84, -0.2)):
                canvas.line(x - 0.5, y, x + 0.5, y, 0.035, self.dark)
            canvas.ellipse(-0.5, 0.73, 0.1, 0.06, self.dark)


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
        sparks(canvas, 0, 0.4, shock, 0.6)
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


class Drums(Struck):
    """A drummer. Variation picks bass drum (below 1/3), snare (below 2/3) or hi-hat; the bass drum shakes with all."""

    contact: Contact = (0.05, 0.45, 0.26)

    def __init__(self, style: Style, events: Sequence[Event], rng: np.random.Generator) -> None:
        super().__init__(style, events, rng)
        self.kick, self.snare, self.hat = (
            Beats([event for event in events if min(int(event.variation * 3), 2) == drum]) for drum in range(3)
        )
        self.points = int(rng.integers(4, 7))

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
        sparks(canvas, 0.7, 0.1, snare, 0.4, self.second_light)
        tilt = 0.35 * hat
        outlined_ellipse(canvas, -0.72, -0.02, 0.28, 0.05, self.second_dark)
        outlined_ellipse(canvas, -0.72, -0.1 + 0.04 * hat, 0.28, 0.05, self.second_light, tilt)
        sparks(canvas, -0.72, -0.12, hat, 0.45, self.second_light)
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


class Basketball(Struck):
    """A hand dribbles a ball. Material: a floor of wood, concrete or rubber."""

    contact: Contact = (0.0, 0.76, 0.14)
    floor = 0.72

    def __init__(self, style: Style, events: Sequence[Event], rng: np.random.Generator) -> None:
        super().__init__(style, events, rng)
        self.specks = rng.uniform((-0.85, 0.74), (0.85, 0.92), (14, 2))
        self.spin = float(rng.uniform(-0.6, 0.6))

    def still(self, canvas: Canvas) -> None:
        """The floor."""
        self._floor(canvas)

    def draw(self, canvas: Canvas, t: float) -> None:
        """Ball, hand, and the floor while it shakes."""
        jolt, shock = self.beats.jolt(t), self.beats.shock(t)
        if jolt:
            self._floor(canvas.at(0, 0.07 * jolt))
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

    def _floor(self, canvas: Canvas) -> None:
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


class Door(Struck):
    """A door swings into its frame. Material: wood with panels, riveted metal, or glass."""

    def __init__(self, style: Style, events: Sequence[Event], rng: np.random.Generator) -> None:
        super().__init__(style, events, rng)
        self.size = 0.46 + 0.46 * self.large
        self.contact = (0.69 * self.size, self._middle, 0.09 * self.size)

    @property
    def _middle(self) -> float:
        """Local y of the door's middle: doors of all sizes stand on the same ground."""
        return 0.94 * (1 - self.size)

    def still(self, canvas: Canvas) -> None:
        """The frame and what lies behind it."""
        canvas = canvas.at(0, self._middle, self.size)
        self._frame(canvas, 0.0)
        canvas.box(0, 0.03, 1.1, 1.76, shade(self.second_dark, 0.35))
        canvas.polygon([(-0.55, 0.91), (0.55, 0.91), (0.3, 0.6), (-0.3, 0.6)], self.second_dark)

    def draw(self, canvas: Canvas, t: float) -> None:
        """The door leaf, and the frame while it shakes."""
        canvas = canvas.at(0, self._middle, self.size)
        jolt, shock = self.beats.jolt(t), self.beats.shock(t)
        if jolt:
            self._frame(canvas.at(0.07 * jolt, 0.03 * jolt), shock)
        opened = self.beats.lift(t, stay=0.3, rise=0.6, wind=0.1, fall=0.3, rest=0.85) if self.beats.events else 0.12
        self._leaf(canvas, float(np.arccos(1 - 0.64 * opened)))
        if shock:
            sparks(canvas, 0.72, 0, shock, 0.42, start=-1.2, end=1.2)
            sparks(canvas, -0.72, 0, shock, 0.42, start=np.pi - 0.9, end=np.pi + 0.9, count=4)
            puff(canvas, 0, 0.94, shock, 0.6)

    def _frame(self, canvas: Canvas, shock: float) -> None:
        face, edge = mix(self.second, PAPER, 0.6 * shock), mix(self.second_dark, PAPER, 0.6 * shock)
        for x in (-0.69, 0.69):
            outlined_box(canvas, x, 0, 0.24, 1.84, face)
            canvas.box(x, 0.84, 0.24, 0.16, edge)
        outlined_box(canvas, 0, -0.9, 1.66, 0.16, face)
        canvas.line(-0.75, -0.87, 0.75, -0.87, 0.05, edge)

    def _leaf(self, canvas: Canvas, angle: float) -> None:
        left, top, bottom = -0.54, -0.8, 0.9
        width, grow = 1.08 * float(np.cos(angle)), 0.16 * float(np.sin(angle))

        def place(u: float, v: float) -> tuple[float, float]:
            return left + u * width, (top + (bottom - top) * v) * (1 + grow * u)

        def panel(u0: float, v0: float, u1: float, v1: float) -> list[tuple[float, float]]:
            return [place(u0, v0), place(u1, v0), place(u1, v1), place(u0, v1)]

        glass = self.style.material == 2
        face = shade(self.main, 1 - 0.25 * float(np.sin(angle)))
        canvas.polygon(panel(0, 0, 1, 1), INK)
        inset = 0.035 / max(width, 0.1)
        canvas.polygon(panel(inset, 0.02, 1 - inset, 0.98), face)
        if glass:
            canvas.polygon(panel(0.14, 0.08, 0.86, 0.92), self.light)
            canvas.polygon([place(0.2, 0.6), place(0.5, 0.12), place(0.68, 0.12), place(0.2, 0.85)], PAPER, 0.7)
        elif self.style.material == 1:
            canvas.polygon(panel(0.3, 0.12, 0.7, 0.3), self.light)
            for u, v in ((0.1, 0.06), (0.9, 0.06), (0.1, 0.94), (0.9, 0.94), (0.1, 0.5)):
                canvas.disc(*place(u, v), 0.04, self.dark)
            canvas.polygon(panel(0.15, 0.7, 0.85, 0.85), self.dark)
        else:
            for v in (0.1, 0.55):
                canvas.polygon(panel(0.18, v, 0.82, v + 0.36), self.dark)
                canvas.polygon(panel(0.24, v + 0.03, 0.82, v + 0.36), shade(face, 1.1))
        outlined_ellipse(canvas, *place(0.89, 0.52), 0.045, 0.045, self.second_light)


PICTURES: dict[str, MakePicture] = {
    "hammering nails": Hammer,
    "chopping wood": Axe,
    "playing drum kit": Drums,
    "basketball bounce": Basketball,
    "door slamming": Door,
}
