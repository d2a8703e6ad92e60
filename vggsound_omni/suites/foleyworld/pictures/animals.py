"""Pictures of animals that call: each opens its mouth, or takes wing, in the very frame in which it is heard.

:class:`Actor` is what all pictures of lasting and countable sounds without impacts have in common.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vggsound_omni.suites.foleyworld.canvas import Canvas, hsv, mix, shade
from vggsound_omni.suites.foleyworld.scene import FPS, Event, Style

from .motion import INK, OUTLINE, PAPER, Beats, smooth
from .picture import MakePicture


class Act:
    """An event that has begun, over or not, as it stands at a time."""

    def __init__(self, index: int, event: Event, t: float) -> None:
        self.index, self.event = index, event
        self.age = max(t - event.onset, 0.0)
        """Seconds since the onset."""
        self.share = min(self.age / event.duration, 1.0)
        """How much of the event has passed, 0 to 1."""
        self.size = 0.6 + 0.4 * event.strength
        """0.6 for the gentlest event to 1 for the hardest: what is heard is always large enough to be seen."""


class Actor:
    """A picture that moves with its events, in two free colours.

    The first colour follows the style's hue, the second is drawn freely, so that no colour tells the class.
    """

    contact: tuple[float, float, float] | None = None

    def __init__(self, style: Style, events: Sequence[Event], rng: np.random.Generator) -> None:
        self.style, self.beats, self.rng = style, Beats(events), rng
        self.hue, self.second_hue = style.hue, float(rng.uniform())
        self.main = hsv(self.hue, 0.5, 0.86)
        self.second = hsv(self.second_hue, 0.55, 0.8)
        self.dark = shade(self.main, 0.3)
        self.light = mix(self.main, PAPER, 0.6)
        self.size = 0.88 - 0.12 * style.pitch
        """0.76 (high) to 1 (low)."""
        self.phase = float(rng.uniform(0, 2 * np.pi))

    def still(self, canvas: Canvas) -> None:
        """Draws what never moves: nothing, unless a picture says otherwise."""

    def act(self, t: float) -> Act | None:
        """The latest event begun at ``t`` seconds; None before the first."""
        event = self.beats.last(t)
        return Act(self.beats.begun(t) - 1, event, t) if event else None

    def effort(self, t: float) -> float:
        """How far a mouth is open: at once at an onset, gently closing to 0 by the event's end."""
        act = self.act(t)
        return act.size * (1 - smooth(act.share)) if act else 0.0

    def ebb(self, act: Act) -> float:
        """1, falling over the last quarter of an event: to 0.45 where another follows, to 0 after the last."""
        floor = 0.45 if act.index + 1 < len(self.beats.events) else 0.0
        return min(1.0, floor + 4 * (1 - floor) * (1 - act.share))

    def sway(self, t: float, rate: float, amount: float) -> float:
        """Idle motion of ``rate`` Hz between -amount and amount."""
        return amount * float(np.sin(2 * np.pi * rate * t + self.phase))

    def standing(self, canvas: Canvas, ground: float = 0.9) -> Canvas:
        """The canvas at the size that befits the pitch, with the ``ground`` line kept in place."""
        return canvas.at(0.0, ground * (1 - self.size), self.size)


def eye(canvas: Canvas, x: float, y: float, r: float) -> None:
    """An open eye with its glint."""
    canvas.disc(x, y, r, INK)
    canvas.disc(x - 0.3 * r, y - 0.35 * r, 0.38 * r, PAPER)


class _Dog(Actor):
    """Sitting, seen from the side; throws up its head, opens its jaw and wags."""

    def still(self, canvas: Canvas) -> None:
        c = self.standing(canvas)
        for colour, grow in ((self.dark, OUTLINE), (self.main, 0.0)):
            c.ellipse(-0.1, 0.3, 0.66 + grow, 0.34 + grow, colour, -1.05)
            c.disc(-0.36, 0.56, 0.35 + grow, colour)
            c.ellipse(-0.2, 0.85, 0.3 + grow, 0.09 + grow, colour)
            c.line(0.2, 0.2, 0.26, 0.84, 0.2 + 2 * grow, colour)
            c.ellipse(0.3, 0.86, 0.16 + grow, 0.08 + grow, colour)
        c.ellipse(0.14, 0.25, 0.34, 0.13, self.light, -1.2)
        c.ring(-0.36, 0.58, 0.27, 0.04, self.dark, 0.7, 3.6, 5.9)
        if self.style.material == 2:
            c.ellipse(-0.3, 0.22, 0.2, 0.14, self.second, -0.8)

    def draw(self, canvas: Canvas, t: float) -> None:
        effort = self.effort(t)
        c = self.standing(canvas)
        wag = 0.5 * np.sin(2 * np.pi * 5 * t) * effort + self.sway(t, 0.4, 0.04)
        tail = c.at(-0.6, 0.62, 1.0, -0.75 + wag)
        for colour, width in ((self.dark, 0.22), (self.main, 0.12)):
            tail.line(0.0, 0.0, -0.34, -0.1, width, colour)
        head = c.at(0.16 + 0.1 * effort, -0.3 - 0.1 * effort + self.sway(t, 0.35, 0.01), 1.14, -0.55 * effort)
        jaw = head.at(0.12, 0.06, 1.0, 0.75 * effort)
        jaw.line(0.0, 0.0, 0.42, 0.0, 0.2, self.dark)
        jaw.line(0.0, 0.0, 0.42, 0.0, 0.11, self.main)
        if effort > 0:
            head.polygon(((0.05, 0.0), (0.6, 0.0), (0.12 + 0.4 * np.cos(0.6 * effort), 0.34 * effort)), INK)
            jaw.line(0.1, -0.04, 0.3, -0.04, 0.08, hsv(self.hue + 0.5, 0.5, 0.9))
        for colour, grow in ((self.dark, OUTLINE), (self.main, 0.0)):
            head.disc(0.0, -0.1, 0.34 + grow, colour)
            head.box(0.42, -0.06, 0.56 + 2 * grow, 0.24 + 2 * grow, colour, 0.08, 0.11)
        head.disc(0.68, -0.12, 0.095, INK)
        eye(head, 0.17, -0.2, 0.075)
        self._ear(head, effort)
        head.at(-0.1, 0.24, 1.0, -0.35).box(0.0, 0.0, 0.5, 0.1, self.second, 0.0, 0.04)

    def _ear(self, head: Canvas, effort: float) -> None:
        ear = head.at(-0.14, -0.3, 1.0, 0.5 * effort)
        if self.style.material == 1:
            ear.polygon(((-0.17, 0.1), (-0.1, -0.42), (0.2, 0.02)), self.dark)
            ear.polygon(((-0.1, 0.05), (-0.08, -0.28), (0.1, 0.02)), self.second)
        else:
            ear.ellipse(-0.08, 0.2, 0.16, 0.32, self.dark, 0.25)
            ear.ellipse(-0.08, 0.2, 0.11, 0.27, mix(self.main, self.dark, 0.45), 0.25)


class _Bird(Actor):
    """A songbird on a twig; its beak opens, its wing lifts, its tail dips. Material: one note, trill or chips."""

    _RATE = (0.0, 12.0, 6.0)
    """Openings of the beak a second."""

    def still(self, canvas: Canvas) -> None:
        twig = mix(hsv(self.second_hue, 0.3, 0.4), INK, 0.3)
        canvas.line(-1.0, 0.8, 1.0, 0.68, 0.09, twig)
        canvas.line(0.5, 0.74, 0.85, 0.45, 0.05, twig)
        canvas.ellipse(0.84, 0.38, 0.16, 0.07, self.second, -0.9)
        canvas.ellipse(-0.8, 0.67, 0.16, 0.07, self.second, 0.7)

    def draw(self, canvas: Canvas, t: float) -> None:
        act, effort = self.act(t), self.effort(t)
        beak = effort
        if act and self._RATE[self.style.material] > 0:
            beak *= 0.6 + 0.4 * np.cos(2 * np.pi * self._RATE[self.style.material] * act.age)
        c = self.standing(canvas, 0.7).at(0.0, 0.7, 1.0, -0.22 * effort + self.sway(t, 0.3, 0.015))
        tail = c.at(-0.38, -0.3, 1.0, 0.35 * effort)
        for colour, grow in ((self.dark, OUTLINE), (self.main, 0.0)):
            tail.box(-0.3, 0.12, 0.56 + 2 * grow, 0.15 + 2 * grow, colour, -0.4, 0.05)
            c.ellipse(0.0, -0.45, 0.56 + grow, 0.42 + grow, colour, -0.45)
            c.disc(0.34, -0.86, 0.32 + grow, colour)
        for x in (-0.05, 0.14):
            c.line(x, -0.06, x + 0.03, 0.04, 0.06, INK)
        c.ellipse(0.17, -0.38, 0.4, 0.25, self.light, -0.8)
        wing = c.at(0.02, -0.52, 1.0, 0.55 + 0.95 * effort)
        wing.ellipse(-0.3, 0.0, 0.38, 0.2, self.dark)
        wing.ellipse(-0.3, -0.01, 0.33, 0.15, self.second)
        head = c.at(0.6, -0.86)
        for sign in (-1, 1):
            half = head.at(0.0, 0.0, 1.0, sign * (0.04 + 0.5 * beak))
            half.polygon(((-0.04, -0.11), (0.36, 0.0), (-0.04, 0.11)), self.dark)
            half.polygon(((-0.02, -0.06), (0.26, 0.0), (-0.02, 0.06)), hsv(self.second_hue + 0.1, 0.6, 0.95))
        eye(c, 0.42, -0.92, 0.085)


class _Frog(Actor):
    """Seen from the front on a lily pad; its throat sac swells."""

    def still(self, canvas: Canvas) -> None:
        pad = mix(self.second, INK, 0.35)
        canvas.ellipse(0.0, 0.78, 1.0, 0.2, shade(pad, 0.7))
        canvas.ellipse(0.0, 0.75, 0.98, 0.18, pad)
        canvas.polygon(((0.0, 0.75), (0.62, 0.9), (0.42, 0.93)), shade(pad, 0.6))
        c = self.standing(canvas, 0.8)
        for side in (-1.0, 1.0):
            for colour, grow in ((self.dark, OUTLINE), (shade(self.main, 0.82), 0.0)):
                c.ellipse(side * 0.6, 0.5, 0.34 + grow, 0.22 + grow, colour, side * -0.9)
                c.ellipse(side * 0.68, 0.76, 0.27 + grow, 0.07 + grow, colour)

    def draw(self, canvas: Canvas, t: float) -> None:
        effort = self.effort(t)
        c = self.standing(canvas, 0.8).at(0.0, -0.1 * effort + self.sway(t, 0.5, 0.008))
        for colour, grow in ((self.dark, OUTLINE), (self.main, 0.0)):
            c.ellipse(0.0, 0.38, 0.55 + grow, 0.42 + grow, colour)
            c.ellipse(0.0, 0.0, 0.68 + grow, 0.36 + grow, colour)
            for side in (-1.0, 1.0):
                c.disc(side * 0.4, -0.34, 0.22 + grow, colour)
                c.line(side * 0.3, 0.5, side * 0.3, 0.82, 0.16 + 2 * grow, colour)
        c.ellipse(0.0, 0.44, 0.34, 0.3, self.light)
        for side in (-1.0, 1.0):
            c.disc(side * 0.4, -0.36, 0.15, PAPER)
            c.ellipse(side * 0.4, -0.35, 0.11, 0.07, INK)
        r = 0.16 + 0.28 * effort
        if effort > 0:
            c.disc(0.0, 0.13 + r, r + OUTLINE, self.dark)
            c.disc(0.0, 0.13 + r, r, mix(self.light, self.second, 0.25))
            c.disc(-0.3 * r, 0.13 + 0.62 * r, 0.26 * r, PAPER, 0.8)
        c.ring(0.0, -0.32, 0.56, 0.06, self.dark, 1.0, 0.55, 2.6)


class _Owl(Actor):
    """Seen from the front on a branch; bows, puffs up its throat and opens its beak. Material: shape of the ears."""

    def still(self, canvas: Canvas) -> None:
        branch = mix(hsv(self.second_hue, 0.3, 0.4), INK, 0.35)
        canvas.line(-1.0, 0.78, 1.0, 0.86, 0.15, branch)
        canvas.line(-0.7, 0.8, -0.95, 0.45, 0.07, branch)
        c = self.standing(canvas, 0.8)
        c.box(0.0, 0.82, 0.3, 0.34, self.dark, 0.0, 0.08)
        self._body(c, 0.0)

    def draw(self, canvas: Canvas, t: float) -> None:
        effort = self.effort(t)
        c = self.standing(canvas, 0.8)
        if effort > 0:
            self._body(c, 0.1 * effort)
        head = c.at(0.0, -0.36 + 0.16 * effort + self.sway(t, 0.2, 0.008))
        head.ellipse(0.0, 0.32 + 0.1 * effort, 0.16 + 0.3 * effort, 0.1 + 0.2 * effort, self.light)
        for side in (-1.0, 1.0):
            tip = ((0.62, -0.62), (0.4, -0.72), (0.0, 0.0))[self.style.material]
            if self.style.material < 2:
                head.polygon(((side * 0.08, -0.3), (side * tip[0], tip[1]), (side * 0.56, -0.1)), self.dark)
        for colour, grow in ((self.dark, OUTLINE), (self.main, 0.0)):
            head.ellipse(0.0, -0.06, 0.56 + grow, 0.4 + grow, colour)
        for side in (-1.0, 1.0):
            head.disc(side * 0.25, -0.08, 0.27, self.light)
            head.disc(side * 0.25, -0.08, 0.2, self.second)
            if effort > 0.5:
                head.line(side * 0.25 - 0.13, -0.08, side * 0.25 + 0.13, -0.08, 0.06, INK)
            else:
                eye(head, side * 0.25, -0.08, 0.13)
        if effort > 0:
            head.ellipse(0.0, 0.17, 0.09, 0.08 + 0.1 * effort, INK)
        head.polygon(((-0.1, 0.0), (0.1, 0.0), (0.0, 0.2)), INK)

    def _body(self, c: Canvas, puff: float) -> None:
        for colour, grow in ((self.dark, OUTLINE), (self.main, 0.0)):
            c.ellipse(0.0, 0.22, 0.52 + puff + grow, 0.6 + grow, colour)
        for side in (-1.0, 1.0):
            wing = c.at(side * (0.46 + 1.6 * puff), 0.28, 1.0, side * (-0.12 - 2.2 * puff))
            wing.ellipse(0.0, 0.0, 0.17, 0.46, self.dark)
            wing.ellipse(0.0, -0.01, 0.12, 0.4, shade(self.main, 0.72))
            c.ellipse(side * 0.16, 0.8, 0.13, 0.08, self.second)
        for x, y in ((-0.16, 0.32), (0.16, 0.32), (0.0, 0.47)):
            c.ring(x, y, 0.11, 0.05, self.dark, 0.7, 0.5, 2.64)


class _Cat(Actor):
    """Sitting, seen from the front; lifts its chin, shuts its eyes and opens its mouth. Material: coat."""

    def still(self, canvas: Canvas) -> None:
        c = self.standing(canvas)
        for colour, grow in ((self.dark, OUTLINE), (self.main, 0.0)):
            c.ellipse(0.0, 0.5, 0.42 + grow, 0.46 + grow, colour)
            c.ellipse(0.0, 0.2, 0.3 + grow, 0.4 + grow, colour)
            for side in (-1.0, 1.0):
                c.ellipse(side * 0.36, 0.76, 0.24 + grow, 0.18 + grow, colour)
        for side in (-1.0, 1.0):
            c.ellipse(side * 0.15, 0.86, 0.15, 0.1, self.dark)
            c.ellipse(side * 0.15, 0.85, 0.11, 0.07, self.light)
        c.ellipse(0.0, 0.4, 0.2, 0.3, self.light)
        c.line(0.0, 0.62, 0.0, 0.86, 0.04, self.dark)
        c.box(0.0, 0.16, 0.52, 0.15, self.second, 0.0, 0.06)
        c.disc(0.0, 0.25, 0.07, hsv(self.second_hue + 0.2, 0.35, 1.0))

    def draw(self, canvas: Canvas, t: float) -> None:
        effort = self.effort(t)
        c = self.standing(canvas)
        tail = c.at(0.46, 0.78, 1.0, 0.45 * effort + self.sway(t, 0.3, 0.06))
        for colour, width in ((self.dark, 0.23), (self.main, 0.13)):
            tail.line(0.0, 0.0, 0.32, -0.12, width, colour)
            tail.line(0.32, -0.12, 0.34, -0.48, width, colour)
        head = c.at(0.0, -0.3 - 0.12 * effort + self.sway(t, 0.3, 0.008), 1.0, 0.2 * effort)
        for side in (-1.0, 1.0):
            ear = head.at(side * 0.3, -0.2, 1.0, side * 0.35 * effort)
            ear.polygon(((-0.24, 0.1), (side * 0.14, -0.48), (0.24, 0.1)), self.dark)
            ear.polygon(((-0.12, 0.05), (side * 0.11, -0.33), (0.12, 0.05)), self.second)
        for colour, grow in ((self.dark, OUTLINE), (self.main, 0.0)):
            head.ellipse(0.0, 0.0, 0.5 + grow, 0.4 + grow, colour)
        if self.style.material == 1:
            for x in (-0.13, 0.0, 0.13):
                head.line(x, -0.36, 0.7 * x, -0.22, 0.06, self.dark)
        elif self.style.material == 2:
            head.ellipse(-0.24, -0.08, 0.2, 0.22, self.second)
        head.ellipse(0.0, 0.17, 0.22, 0.14, self.light)
        for side in (-1.0, 1.0):
            if effort > 0.4:
                head.line(side * 0.12, -0.02, side * 0.32, -0.1, 0.06, INK)
            else:
                head.ellipse(side * 0.22, -0.06, 0.12, 0.13, hsv(self.second_hue + 0.2, 0.35, 1.0))
                head.ellipse(side * 0.22, -0.06, 0.05, 0.12, INK)
            for rise in (-0.05, 0.06):
                head.line(side * 0.26, 0.14, side * 0.7, 0.12 + rise - 0.1 * effort, 0.03, INK)
        head.ellipse(0.0, 0.18 + 0.16 * effort, 0.05 + 0.1 * effort, 0.03 + 0.19 * effort, INK)
        if effort > 0:
            head.ellipse(0.0, 0.22 + 0.24 * effort, 0.09 * effort, 0.07 * effort, hsv(self.hue + 0.5, 0.5, 0.9))
        head.polygon(((-0.07, 0.08), (0.07, 0.08), (0.0, 0.15)), INK)


class _Mosquito(Actor):
    """Rests on a leaf; each event is a pass, off in a new direction, larger when it comes nearer."""

    _HOME = (-0.1, 0.42)

    def __init__(self, style: Style, events: Sequence[Event], rng: np.random.Generator) -> None:
        super().__init__(style, events, rng)
        self.turns = rng.uniform(-0.5, 0.5, len(self.beats.events))
        self.dark = shade(self.main, 0.22)

    def still(self, canvas: Canvas) -> None:
        leaf = mix(self.second, INK, 0.3)
        canvas.line(-0.9, 1.0, -0.5, 0.8, 0.06, shade(leaf, 0.6))
        canvas.polygon(((-0.6, 0.86), (-0.3, 0.7), (0.25, 0.68), (0.75, 0.82), (0.3, 0.97), (-0.25, 0.98)), leaf)
        canvas.line(-0.5, 0.85, 0.6, 0.82, 0.03, shade(leaf, 0.6))

    def draw(self, canvas: Canvas, t: float) -> None:
        act = self.act(t)
        x, y = self._HOME
        near, tilt, flying = 0.62, 0.0, act is not None and act.share < 1
        if act and flying:
            # A loop out of the resting place and back: quick at first, so that a new pass shows at once.
            share = min((act.age + 1 / FPS) / (act.event.duration + 1 / FPS), 1.0) ** 0.6
            away = (-1.57 + 1.1 * (-1) ** act.index) + self.turns[act.index]
            radius = 0.42
            turn = 2 * np.pi * share * (-1) ** act.index
            x += radius * (np.cos(away) - np.cos(away + turn))
            y += radius * (np.sin(away) - np.sin(away + turn)) - 0.05 * np.sin(40 * t)
            near += (0.2 + 0.55 * act.event.strength) * np.sin(np.pi * min(0.15 + share, 1.0))
            tilt = 0.35 * (-1) ** act.index + 0.15 * np.sin(9 * t)
        x, y = float(np.clip(x, -0.6, 0.6)), float(np.clip(y, -0.5, 0.5))
        self._body(canvas.at(x, y, near * self.size, tilt), t, flying=flying)

    def _body(self, c: Canvas, t: float, *, flying: bool) -> None:
        for foot, knee in ((-0.62, -0.42), (-0.3, -0.2), (0.28, 0.3)):
            hang = 0.62 if flying else 0.5
            c.line(0.0, 0.05, knee, -0.2, 0.045, INK)
            c.line(knee, -0.2, foot, hang, 0.045, INK)
        for colour, grow in ((INK, 0.04), (self.main, 0.0)):
            c.ellipse(-0.42, 0.12, 0.42 + grow, 0.11 + grow, colour, -0.25)
            c.disc(0.06, -0.02, 0.17 + grow, colour)
            c.disc(0.29, 0.06, 0.11 + grow, colour)
        for x in (-0.3, -0.46, -0.62):
            c.line(x, 0.02 - 0.25 * (x + 0.4), x - 0.02, 0.2 - 0.25 * (x + 0.4), 0.06, self.dark)
        c.line(0.36, 0.1, 0.66, 0.36, 0.045, INK)
        c.line(0.34, -0.02, 0.6, -0.1, 0.03, INK)
        c.disc(0.32, 0.03, 0.06, PAPER)
        c.disc(0.33, 0.03, 0.035, INK)
        wing = mix(self.second, PAPER, 0.65)
        if flying:
            for spread in (-1.25, -0.75) if round(t * FPS) % 2 else (-1.6, -1.0):
                c.at(0.02, -0.12, 1.0, spread + np.pi / 2).ellipse(0.0, -0.42, 0.16, 0.42, wing, alpha=0.7)
        else:
            c.ellipse(-0.38, -0.12, 0.45, 0.1, wing, 0.12, alpha=0.85)


PICTURES: dict[str, MakePicture] = {
    "dog barking": _Dog,
    "bird chirping, tweeting": _Bird,
    "frog croaking": _Frog,
    "owl hooting": _Owl,
    "cat meowing": _Cat,
    "mosquito buzzing": _Mosquito,
}
"""By name of the class."""
