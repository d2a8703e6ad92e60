"""What pictures of sounds without impacts have in common: how they move with their events."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..canvas import Canvas, hsv, mix, shade
from ..scene import Event, Style
from .motion import INK, PAPER, Beats, second_hue, smooth


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
    """A picture that moves with its events, in two colours: the first is of the style's hue, the second has its own."""

    contact: tuple[float, float, float] | None = None
    second_hues: tuple[float, float] | None = None  # plausible hues of the second colour; None: any
    rays = True

    def __init__(self, style: Style, events: Sequence[Event], rng: np.random.Generator) -> None:
        self.style, self.beats, self.rng = style, Beats(events), rng
        self.hue, self.second_hue = style.hue, second_hue(self.second_hues, rng)
        self.main = hsv(self.hue, 0.5, 0.86)
        self.second = hsv(self.second_hue, 0.55, 0.8)
        self.dark = shade(self.main, 0.3)
        self.light = mix(self.main, PAPER, 0.6)
        self.size = 0.88 - 0.12 * style.pitch
        """0.76 (high) to 1 (low)."""
        self.phase = float(rng.uniform(0, 2 * np.pi))
        self._prepare()

    def _prepare(self) -> None:
        """Draws what is left to chance, and works out what no frame changes."""

    def still(self, canvas: Canvas) -> None:
        """Draws what never moves: nothing, unless a picture says otherwise."""

    def act(self, t: float) -> Act | None:
        """Returns the latest event begun at ``t`` seconds; None before the first."""
        event = self.beats.last(t)
        return Act(self.beats.begun(t) - 1, event, t) if event else None

    def effort(self, t: float) -> float:
        """Returns how far a mouth is open: at once at an onset, gently closing to 0 by the event's end."""
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
        """Returns the canvas at the size that befits the pitch, with the ``ground`` line kept in place."""
        return canvas.at(0.0, ground * (1 - self.size), self.size)


def eye(canvas: Canvas, x: float, y: float, r: float) -> None:
    """Draws an open eye with its glint."""
    canvas.disc(x, y, r, INK)
    canvas.disc(x - 0.3 * r, y - 0.35 * r, 0.38 * r, PAPER)
