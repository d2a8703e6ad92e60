"""What the pictures of blows share: how a striker moves, how the thing struck shakes, hands, sparks and colours.

All curves are functions of the time in seconds and the events alone. In the frame of an onset a striker is in contact
(height 0) and the shake is at its largest; in the frame before, the striker is still well above.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..canvas import Canvas, Colour, hsv, mix, shade
from ..scene import FPS, Event, Style

INK: Colour = (0.1, 0.09, 0.12)
PAPER: Colour = (0.97, 0.96, 0.93)
STEEL: Colour = (0.52, 0.54, 0.59)
SHINE: Colour = (0.8, 0.82, 0.86)
OUTLINE = 0.045
"""Width of the dark line around things, local units: one and a half pixels of a thing 70 pixels high."""
Contact = tuple[float, float, float] | None
"""As :attr:`Picture.contact`."""
SKINS: tuple[Colour, ...] = ((0.98, 0.83, 0.71), (0.9, 0.7, 0.54), (0.74, 0.53, 0.38), (0.53, 0.35, 0.25))


class Beats:
    """The onsets of events, seen from a time."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.events = tuple(sorted(events, key=lambda event: event.onset))

    def begun(self, t: float) -> int:
        """Returns how many events have begun at ``t`` seconds."""
        # Half a frame of tolerance: onsets and frame times are the same multiples of 1 / FPS, rounded differently.
        return sum(event.onset <= t + 0.5 / FPS for event in self.events)

    def last(self, t: float) -> Event | None:
        """Returns the latest event begun; None before the first."""
        begun = self.begun(t)
        return self.events[begun - 1] if begun else None

    def coming(self, t: float) -> Event | None:
        """Returns the next event; None from the last on."""
        begun = self.begun(t)
        return self.events[begun] if begun < len(self.events) else None

    def effort(self, t: float) -> float:
        """Returns the strength of the next event; 0 from the last on."""
        coming = self.coming(t)
        return coming.strength if coming else 0.0

    def since(self, t: float) -> float:
        """Returns seconds since the latest onset, at least 0; infinite before the first."""
        last = self.last(t)
        return max(t - last.onset, 0.0) if last else np.inf

    def until(self, t: float) -> float:
        """Returns seconds to the next onset; infinite from the last on."""
        coming = self.coming(t)
        return coming.onset - t if coming else np.inf

    def lift(
        self,
        t: float,
        *,
        fall: float = 0.16,
        wind: float = 0.14,
        rise: float = 0.2,
        stay: float = 0.0,
        rest: float = 0.7,
    ) -> float:
        """Returns the height of a striker, 0 (in contact) to 1.

        After a blow it stays for ``stay`` seconds, rises to ``rest`` within ``rise``, waits there, winds up within
        ``wind`` to a height that grows with the strength of the coming blow, and falls within ``fall``, ever faster.
        Where onsets lie closer together than these take, all are shortened alike.
        """
        since, until = self.since(t), self.until(t)
        squeeze = min(1.0, (since + until) / (stay + rise + wind + fall))
        fall, wind, rise, stay = (span * squeeze for span in (fall, wind, rise, stay))
        top = rest + (1 - rest) * self.effort(t)
        if until < fall:
            return top * (1 - (1 - until / fall) ** 2)
        if until < fall + wind:
            return rest + (top - rest) * smooth((fall + wind - until) / wind)
        if since < stay + rise:
            return rest * (1 - (1 - max(since - stay, 0.0) / rise) ** 2)
        return rest

    def shock(self, t: float, fade: float = 0.2) -> float:
        """Returns the rest of the latest blow: 0.6 (gentle) to 1 (hard) at the onset, 0 from ``fade`` seconds on."""
        last, since = self.last(t), self.since(t)
        # Exactly 0 in the frame at ``fade``, whichever way its time is rounded: then nothing is drawn anew.
        over = since > fade - 1e-6
        return (0.6 + 0.4 * last.strength) * (1 - since / fade) ** 2 if last and not over else 0.0

    def jolt(self, t: float, fade: float = 0.2) -> float:
        """:meth:`shock` as a shake to and fro: positive at the onset, 10 Hz."""
        shock = self.shock(t, fade)
        return shock * float(np.cos(2 * np.pi * 10 * self.since(t))) if shock else 0.0

    def glide(self, t: float, targets: Sequence[float], move: float = 0.16) -> float:
        """Returns a place that is ``targets[i]`` at onset i and moves to the next in the ``move`` seconds before it.

        Raises:
            IndexError: There are events and not as many targets.
        """
        begun = self.begun(t)
        if not self.events:
            return 0.0
        here = targets[max(begun - 1, 0)]
        if begun == len(self.events):
            return here
        since, until = self.since(t), self.until(t)
        move = min(move, 0.8 * (since + until))
        # On the spot a frame before the onset, so that a hand does not slide while it strikes.
        return here + (targets[begun] - here) * smooth((move - until) / (0.8 * move) if move else 1.0)


ODD = 0.2
"""Share of pictures whose colours are free, whatever would be plausible."""


def second_hue(hues: tuple[float, float] | None, rng: np.random.Generator) -> float:
    """Draws the hue of a picture's second colour: within a range in four of five, free in the rest or without one."""
    free, odd, share = rng.uniform(size=3)
    return float(free) if hues is None or odd < ODD else float(hues[0] + share * (hues[1] - hues[0])) % 1.0


class Struck:
    """A picture of a thing that is struck, in two colours: the first is of the style's hue, the second has its own."""

    contact: Contact = None
    second_hues: tuple[float, float] | None = None  # plausible hues of the second colour; None: any
    rays = True

    def __init__(self, style: Style, events: Sequence[Event], rng: np.random.Generator) -> None:
        self.style, self.beats = style, Beats(events)
        self.main = hsv(style.hue, 0.52, 0.8)
        self.second = hsv(second_hue(self.second_hues, rng), 0.6, 0.75)
        self.dark, self.light = shade(self.main, 0.6), mix(self.main, PAPER, 0.6)
        self.second_dark, self.second_light = shade(self.second, 0.6), mix(self.second, PAPER, 0.6)
        self.skin = SKINS[int(rng.integers(len(SKINS)))]
        self.large = 1 - 0.15 * style.pitch
        """Size of what sounds, 0.85 (high) to 1.15 (low)."""
        self.rng = rng
        self._prepare()

    def _prepare(self) -> None:
        """Draws what is left to chance, and works out what no frame changes."""

    def sparks(
        self,
        canvas: Canvas,
        x: float,
        y: float,
        shock: float,
        reach: float,
        colour: Colour = PAPER,
        start: float = np.pi,
        end: float = 2 * np.pi,
        count: int = 5,
    ) -> None:
        """Draws :func:`sparks`, if this picture has rays at all."""
        if self.rays:
            sparks(canvas, x, y, shock, reach, colour, start, end, count)


def smooth(u: float) -> float:
    """Eases 0 to 1 with a gentle start and end; clipped outside."""
    u = min(max(u, 0.0), 1.0)
    return u * u * (3 - 2 * u)


def outlined_box(
    canvas: Canvas,
    x: float,
    y: float,
    width: float,
    height: float,
    colour: Colour,
    angle: float = 0.0,
    corner: float = 0.02,
) -> None:
    """Draws a box with a dark line around it."""
    canvas.box(x, y, width + 2 * OUTLINE, height + 2 * OUTLINE, INK, angle, corner + OUTLINE)
    canvas.box(x, y, width, height, colour, angle, corner)


def outlined_ellipse(
    canvas: Canvas, x: float, y: float, rx: float, ry: float, colour: Colour, angle: float = 0.0
) -> None:
    """Draws an ellipse with a dark line around it."""
    canvas.ellipse(x, y, rx + OUTLINE, ry + OUTLINE, INK, angle)
    canvas.ellipse(x, y, rx, ry, colour, angle)


def outlined_line(canvas: Canvas, x0: float, y0: float, x1: float, y1: float, width: float, colour: Colour) -> None:
    """Draws a line with a dark line around it: limbs, handles, sticks."""
    canvas.line(x0, y0, x1, y1, width + 2 * OUTLINE, INK)
    canvas.line(x0, y0, x1, y1, width, colour)


def fist(canvas: Canvas, x: float, y: float, skin: Colour, size: float = 0.24) -> None:
    """Draws a hand closed around something, its knuckles to the left."""
    outlined_box(canvas, x, y, size, size * 0.9, skin, corner=size * 0.3)
    for i in range(3):
        v = y + size * (0.22 * i - 0.22)
        canvas.line(x - size * 0.45, v, x - size * 0.02, v, 0.03, shade(skin, 0.55))


def hand(canvas: Canvas, x: float, y: float, lift: float, thumb: int, skin: Colour, sleeve: Colour) -> None:
    """Draws a hand seen from above, fingers up, pressing at (x, y) if ``lift`` is 0; ``thumb``: its side, -1 or 1."""
    palm = canvas.at(x, y + 0.2 - 0.08 * lift)
    outlined_line(palm, 0, 0.2, -0.1 * thumb, 0.42, 0.26, sleeve)
    palm.box(0, -0.02, 0.46, 0.36, INK, corner=0.12)
    palm.ellipse(0, 0.12, 0.21, 0.18, INK)
    outlined_line(palm, 0.12 * thumb, 0.17, 0.25 * thumb, 0.02, 0.065, skin)
    reach = -0.18 - 0.1 * (1 - lift)
    palm.box(0, (reach - 0.08) / 2, 0.27, 0.08 - reach, INK, corner=0.08)
    for i in (-1.5, -0.5, 0.5, 1.5):
        palm.line(0.09 * i, 0.1, 0.11 * i, reach if abs(i) < 1 else -0.13, 0.07, skin)
    palm.ellipse(0, 0.12, 0.17, 0.14, skin)


def sparks(
    canvas: Canvas,
    x: float,
    y: float,
    shock: float,
    reach: float,
    colour: Colour = PAPER,
    start: float = np.pi,
    end: float = 2 * np.pi,
    count: int = 5,
) -> None:
    """Draws rays that fly from a blow of this :meth:`Beats.shock`, between two directions (rad, clockwise)."""
    if not shock:
        return
    near, far = reach * (0.75 - 0.45 * shock), reach * (1.15 - 0.15 * shock)
    for angle in np.linspace(start, end, count):
        c, s = float(np.cos(angle)), float(np.sin(angle))
        canvas.line(x + near * c, y + near * s, x + far * c, y + far * s, 0.045 + 0.03 * shock, colour, shock**0.5)


def puff(canvas: Canvas, x: float, y: float, shock: float, spread: float) -> None:
    """Draws two clouds of dust that roll apart along the ground, ``spread`` wide in the end."""
    if not shock:
        return
    for side in (-1, 1):
        out = spread * (1.1 - 0.7 * shock)
        r = spread * (0.3 - 0.15 * shock)
        canvas.disc(x + side * out, y - 0.6 * r, r, PAPER, 0.8 * shock**0.5)
        canvas.disc(x + side * (out - 1.2 * r), y - 0.3 * r, 0.7 * r, PAPER, 0.8 * shock**0.5)
