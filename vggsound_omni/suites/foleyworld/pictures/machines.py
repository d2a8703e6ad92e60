"""Pictures of engines and explosions: car, ambulance, helicopter, fireworks, volcano."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vggsound_omni.suites.foleyworld.canvas import Canvas, Colour, hsv, mix, shade
from vggsound_omni.suites.foleyworld.scene import FPS, Event, Style

from .animals import Act, Actor
from .motion import INK, OUTLINE, PAPER, outlined_box, outlined_ellipse, smooth
from .picture import MakePicture

Points = tuple[tuple[float, float], ...]


def _wheel(canvas: Canvas, x: float, y: float, r: float, hub: Colour, turn: float) -> None:
    """A wheel whose spokes show how it turns."""
    canvas.disc(x, y, r, INK)
    canvas.disc(x, y, 0.58 * r, hub)
    for angle in (turn, turn + np.pi / 2):
        c, s = 0.5 * r * float(np.cos(angle)), 0.5 * r * float(np.sin(angle))
        canvas.line(x - c, y - s, x + c, y + s, 0.16 * r, INK)


def _swell(canvas: Canvas, points: Points, colour: Colour, rim: Colour) -> None:
    """A polygon with a dark line around it."""
    mx, my = (sum(p[i] for p in points) / len(points) for i in (0, 1))
    grown = []
    for x, y in points:
        length = max(float(np.hypot(x - mx, y - my)), 1e-6)
        grown.append((x + 1.3 * OUTLINE * (x - mx) / length, y + 1.3 * OUTLINE * (y - my) / length))
    canvas.polygon(grown, rim)
    canvas.polygon(points, colour)


class _Car(Actor):
    """Standing at the kerb with its engine revved: it jumps up at the nose, shakes, spins its wheels and puffs.

    Material: a small car, a pickup truck, a sports car.
    """

    _CABIN: tuple[Points, ...] = (
        ((-0.72, 0.22), (-0.58, -0.26), (0.12, -0.26), (0.46, 0.22)),
        ((-0.12, 0.22), (-0.1, -0.32), (0.28, -0.32), (0.5, 0.22)),
        ((-0.66, 0.3), (-0.28, -0.02), (0.1, -0.02), (0.5, 0.3)),
    )
    _PANES: tuple[tuple[Points, ...], ...] = (
        (
            ((-0.6, 0.18), (-0.5, -0.16), (-0.26, -0.16), (-0.26, 0.18)),
            ((-0.17, 0.18), (-0.17, -0.16), (0.06, -0.16), (0.3, 0.18)),
        ),
        (((-0.02, 0.16), (0.0, -0.22), (0.22, -0.22), (0.37, 0.16)),),
        (
            ((-0.46, 0.26), (-0.22, 0.07), (-0.12, 0.07), (-0.12, 0.26)),
            ((-0.03, 0.26), (-0.03, 0.07), (0.06, 0.07), (0.3, 0.26)),
        ),
    )

    def still(self, canvas: Canvas) -> None:
        c = self.standing(canvas)
        c.ellipse(0.0, 0.88, 1.02, 0.07, INK, alpha=0.35)

    def draw(self, canvas: Canvas, t: float) -> None:
        act = self.act(t)
        c = self.standing(canvas)
        nose, shake, turn = 0.0, 0.0, 0.4
        if act and act.share < 1:
            power = act.size * (0.55 + 0.45 * float(np.exp(-act.age / 0.25))) * self.ebb(act)
            nose = 0.12 * power
            shake = 0.025 * power * (1 if round(t * FPS) % 2 else -1)
            turn += 9.0 * act.age * (1 + act.event.strength) + 0.8 * act.index
        body = c.at(-0.4, 0.55 + shake - 0.3 * nose, 1.0, -nose).at(0.4, -0.55)
        kind = self.style.material
        _swell(body, self._CABIN[kind], self.second if kind == 1 else self.main, self.dark)
        for pane in self._PANES[kind]:
            body.polygon(pane, mix(self.second, PAPER, 0.7))
        if kind == 2:
            wedge = ((-0.95, 0.2), (0.35, 0.22), (0.96, 0.46), (0.96, 0.66), (-0.95, 0.66))
            _swell(body, wedge, self.main, self.dark)
            body.line(-0.98, 0.04, -0.72, 0.04, 0.1, self.dark)
            body.line(-0.86, 0.06, -0.86, 0.2, 0.06, self.dark)
        else:
            for colour, grow in ((self.dark, OUTLINE), (self.main, 0.0)):
                body.box(0.0, 0.43, 1.86 + 2 * grow, 0.44 + 2 * grow, colour, 0.0, 0.14)
            if kind == 1:
                body.box(-0.55, 0.26, 0.72, 0.1, self.dark)
        body.line(-0.8, 0.52, 0.82, 0.52, 0.06, self.second)
        body.disc(0.84, 0.42, 0.09, mix(self.second, PAPER, 0.85))
        for x in (-0.55, 0.55):
            _wheel(c, x, 0.68, (0.22, 0.25, 0.22)[kind], self.light, turn)
        if act:
            self._exhaust(c, act)

    def _exhaust(self, c: Canvas, act: Act) -> None:
        """A cloud that is blown out behind the car at the onset and drifts off."""
        fade = 1 - act.age / 0.9
        if fade <= 0:
            return
        away = (act.age + 1.5 / FPS) ** 0.6
        for i in range(3):
            r = (0.13 + 0.1 * away) * act.size * (1 - 0.15 * i)
            c.disc(
                -0.98 - away * (0.1 + 0.22 * i) * act.size,
                0.66 - 0.16 * away * i,
                r,
                mix(self.second, PAPER, 0.75),
                fade,
            )


class _Ambulance(Actor):
    """A van with a cross; the two lamps on its roof flash in turn, slow, in two strokes or quick, by material."""

    _RATE = (2.0, 2.5, 4.0)
    """Changes of the lamp a second."""

    def still(self, canvas: Canvas) -> None:
        c = self.standing(canvas)
        c.ellipse(0.0, 0.88, 1.02, 0.07, INK, alpha=0.35)
        _swell(
            c, ((0.3, -0.22), (0.6, -0.22), (0.84, 0.18), (0.95, 0.28), (0.95, 0.7), (0.3, 0.7)), self.light, self.dark
        )
        for colour, grow in ((self.dark, OUTLINE), (self.light, 0.0)):
            c.box(-0.3, 0.15, 1.28 + 2 * grow, 1.1 + 2 * grow, colour, 0.0, 0.08)
        c.polygon(((0.44, 0.16), (0.44, -0.12), (0.56, -0.12), (0.74, 0.16)), mix(self.second, INK, 0.3))
        c.box(0.0, 0.46, 1.86, 0.14, self.main)
        c.box(-0.38, 0.05, 0.62, 0.2, self.second)
        c.box(-0.38, 0.05, 0.2, 0.62, self.second)
        c.box(0.88, 0.4, 0.12, 0.12, PAPER, 0.0, 0.04)
        for x in (-0.52, 0.58):
            _wheel(c, x, 0.7, 0.2, mix(self.main, PAPER, 0.4), 0.4)
        c.box(-0.1, -0.43, 0.72, 0.06, self.dark)

    def draw(self, canvas: Canvas, t: float) -> None:
        act = self.act(t)
        c = self.standing(canvas)
        sounding = act is not None and act.share < 1
        colours = hsv(self.hue, 0.75, 1.0), hsv(self.second_hue, 0.75, 1.0)
        lit = -1
        if act and sounding:
            lit = (act.index + int(act.age * self._RATE[self.style.material] + 1e-6)) % 2
        for i, colour in enumerate(colours):
            x = -0.28 + 0.36 * i
            outlined_box(c, x, -0.55, 0.26, 0.2, colour if lit == i else shade(colour, 0.45), corner=0.08)
            if act and lit == i:
                flare = act.size * (0.75 + 0.25 * float(np.exp(-act.age / 0.1)))
                c.glow(x, -0.55, 0.85 * flare, mix(colour, PAPER, 0.25), 0.85)
                c.disc(x, -0.55, 0.1, PAPER)
                for angle in (-2.75, -2.16, -1.57, -0.98, -0.39):
                    cx, cy = float(np.cos(angle)), float(np.sin(angle))
                    c.line(
                        x + 0.26 * cx, -0.55 + 0.24 * cy, x + 0.44 * flare * cx, -0.55 + 0.42 * flare * cy, 0.06, colour
                    )


class _Helicopter(Actor):
    """Stands with its rotor still; in the air while it sounds, tilting the other way with each event."""

    def still(self, canvas: Canvas) -> None:
        canvas.ellipse(0.0, 0.92, 0.7, 0.07, INK, alpha=0.3)

    def draw(self, canvas: Canvas, t: float) -> None:
        act = self.act(t)
        scale = 0.8 * self.size + 0.1
        x, y, tilt, flying = 0.0, 0.92 - 0.67 * scale, 0.0, act is not None and act.share < 1
        if act and flying:
            first, last = self.beats.events[0], self.beats.events[-1]
            landing = smooth((last.end - t) / 0.8)
            height = min(1 - 0.8 * float(np.exp((first.onset - t) / 0.4)), landing)
            kick = float(np.exp(-act.age / 0.35))
            side = 1 if act.index % 2 == 0 else -1
            tilt = side * act.size * (0.1 + 0.16 * kick) * landing
            x = side * (0.06 + 0.14 * float(np.sin(np.pi * min(0.1 + act.share, 1.0)))) * landing
            y += height * (-0.2 - 0.1 * act.size * (1 - kick) + 0.03 * float(np.sin(9 * t)) - y)
        self._body(canvas.at(x, y, scale, tilt), t, flying=flying)

    def _body(self, c: Canvas, t: float, *, flying: bool) -> None:
        frame = round(t * FPS)
        _swell(c, ((-0.95, -0.12), (-0.95, -0.2), (0.0, -0.28), (0.0, 0.12)), self.main, self.dark)
        _swell(c, ((-1.02, -0.42), (-0.88, -0.42), (-0.78, -0.1), (-0.98, -0.1)), self.second, self.dark)
        for foot in (-0.2, 0.32):
            c.line(foot * 0.7, 0.3, foot, 0.62, 0.06, INK)
        c.line(-0.45, 0.63, 0.5, 0.63, 0.08, INK)
        c.line(0.5, 0.63, 0.6, 0.55, 0.08, INK)
        c.line(0.08, -0.3, 0.08, -0.56, 0.09, INK)
        outlined_ellipse(c, 0.12, 0.04, 0.54, 0.38, self.main)
        c.ellipse(0.36, -0.01, 0.25, 0.24, mix(self.second, PAPER, 0.72))
        c.line(0.34, -0.24, 0.34, 0.22, 0.04, self.dark)
        c.line(-0.3, 0.2, 0.5, 0.2, 0.07, self.second)
        if not flying:
            c.line(-0.78, -0.55, 0.94, -0.6, 0.07, INK)
            c.line(-0.95, -0.42, -0.95, -0.12, 0.05, INK)
            return
        c.ellipse(0.08, -0.58, 0.98, 0.09, PAPER, alpha=0.55)
        reach = (0.95, 0.55, 0.8)[frame % 3]
        c.line(0.08 - reach, -0.58, 0.08 + reach, -0.58, 0.07, INK)
        c.disc(-0.95, -0.26, 0.22, PAPER, 0.5)
        spin = 1.1 * frame
        dx, dy = 0.2 * float(np.cos(spin)), 0.2 * float(np.sin(spin))
        c.line(-0.95 - dx, -0.26 - dy, -0.95 + dx, -0.26 + dy, 0.05, INK)


class _Fireworks(Actor):
    """Tubes on the ground; a burst of sparks above them at each onset, spreading, sinking and fading."""

    def __init__(self, style: Style, events: Sequence[Event], rng: np.random.Generator) -> None:
        super().__init__(style, events, rng)
        self.places = rng.uniform((-0.25, -0.4), (0.25, -0.15), (len(self.beats.events), 2)).tolist()
        self.colours = [hsv(h, 0.65, 1.0) for h in (self.hue, self.second_hue, self.hue + 0.33)]

    def still(self, canvas: Canvas) -> None:
        for x, tall in ((-0.36, 0.3), (0.0, 0.4), (0.36, 0.3)):
            tube = canvas.at(x, 0.92, 1.0, 0.5 * x)
            outlined_box(tube, 0.0, -tall / 2, 0.2, tall, self.main)
            tube.box(0.0, -0.6 * tall, 0.2, 0.07, self.second)
        outlined_box(canvas, 0.0, 0.94, 1.15, 0.1, mix(self.second, INK, 0.4))

    def draw(self, canvas: Canvas, t: float) -> None:
        begun = self.beats.begun(t)
        for index in range(max(begun - 2, 0), begun):
            act = Act(index, self.beats.events[index], t)
            life = min(act.event.duration + 0.3, 1.1)
            if act.age < life:
                self._burst(canvas, act, act.age / life)

    def _burst(self, canvas: Canvas, act: Act, share: float) -> None:
        x, y = self.places[act.index]
        first, second = self.colours[act.index % 3], self.colours[(act.index + 1) % 3]
        fade = (1 - share) ** 0.7
        reach = 0.8 * act.size * self.size * (1 - 0.55 * float(np.exp(-act.age / 0.14)))
        sink = 0.3 * act.age**2
        flash = float(np.exp(-act.age / 0.07))
        if flash > 0.05:
            canvas.fill(first, 0.12 * flash)
            canvas.glow(x, y, act.size, mix(first, PAPER, 0.6), flash)
        rays = (12, 16, 14)[self.style.material]
        for i in range(rays):
            angle = 2 * np.pi * (i + act.event.variation) / rays
            inner = i % 2 == 1
            long = reach * (0.62 if inner and self.style.material != 1 else 1.0)
            c, s = float(np.cos(angle)), float(np.sin(angle))
            tail = long * (0.25 + 0.45 * share)
            colour = second if inner else first
            tip_x, tip_y = x + long * c, y + long * s + sink
            canvas.line(x + tail * c, y + tail * s + 0.6 * sink, tip_x, tip_y, 0.05 * fade + 0.01, colour, 0.8 * fade)
            canvas.disc(
                tip_x, tip_y, 0.065 * fade + 0.01, mix(colour, PAPER, 0.55 if inner else 0.2), min(1.6 * fade, 1.0)
            )


class _Volcano(Actor):
    """A mountain with a crater; at each onset a fountain of lava bursts out of it, then smoke rises and rocks fall."""

    def __init__(self, style: Style, events: Sequence[Event], rng: np.random.Generator) -> None:
        super().__init__(style, events, rng)
        self.lava, self.glow = hsv(self.second_hue, 0.8, 0.95), hsv(self.second_hue + 0.1, 0.45, 1.0)
        self.rocks = rng.uniform((-1.3, 1.2), (1.3, 2.4), (8, 2)).tolist()
        self.smoke = mix(self.main, (0.28, 0.27, 0.3), 0.7)

    def still(self, canvas: Canvas) -> None:
        slope = ((-1.0, 0.95), (-0.62, 0.55), (-0.24, 0.02), (0.24, 0.02), (0.62, 0.55), (1.0, 0.95))
        rock = mix(self.main, (0.4, 0.36, 0.34), 0.35)
        _swell(canvas, slope, rock, self.dark)
        canvas.polygon(((0.24, 0.02), (0.62, 0.55), (1.0, 0.95), (0.3, 0.95), (0.12, 0.4)), shade(rock, 0.78))
        for points in (
            ((-0.2, 0.05), (-0.06, 0.05), (-0.2, 0.5), (-0.32, 0.62)),
            ((0.0, 0.05), (0.17, 0.05), (0.24, 0.75), (0.1, 0.5)),
        ):
            canvas.polygon(points, self.lava)
        canvas.ellipse(0.0, 0.03, 0.27, 0.08, self.dark)
        canvas.ellipse(0.0, 0.04, 0.2, 0.05, self.lava)

    def draw(self, canvas: Canvas, t: float) -> None:
        act = self.act(t)
        if act is None or act.share >= 1:
            for i in range(2):
                rise = (0.12 * t + 0.5 * i) % 1.0
                canvas.disc(
                    0.1 * np.sin(3 * rise), -0.05 - 0.45 * rise, 0.06 + 0.08 * rise, self.smoke, 0.5 * (1 - rise)
                )
            return
        blast = float(np.exp(-act.age / 0.3))
        left = 1 - act.share
        grown = 0.5 + 0.5 * (1 - float(np.exp(-act.age / 0.5)))
        if act.age < 0.2:
            canvas.fill(self.glow, 0.3 * act.size * (1 - act.age / 0.2))
        for i, (x, y, r) in enumerate(((-0.4, -0.58, 0.28), (0.42, -0.62, 0.3), (0.0, -0.72, 0.36), (0.0, -0.3, 0.24))):
            billow = 1 + 0.06 * np.sin(5 * t + 2 * i)
            canvas.disc(
                x * grown,
                y * grown,
                r * grown * billow * act.size,
                shade(self.smoke, 1 - 0.1 * (i % 2)),
                min(3 * left, 1.0),
            )
        tall = act.size * (0.35 + 0.55 * blast + 0.06 * np.sin(23 * t)) * min(4 * left, 1.0)
        canvas.glow(0.0, -0.15, 0.55, self.glow, 0.8 * tall)
        canvas.polygon(
            (
                (-0.2, 0.04),
                (-0.36 * tall - 0.1, -0.7 * tall),
                (-0.1, -0.5 * tall),
                (0.0, -1.1 * tall),
                (0.12, -0.5 * tall),
                (0.36 * tall + 0.1, -0.75 * tall),
                (0.2, 0.04),
            ),
            self.lava,
        )
        canvas.polygon(
            ((-0.12, 0.04), (-0.08, -0.35 * tall), (0.0, -0.75 * tall), (0.08, -0.35 * tall), (0.12, 0.04)), self.glow
        )
        for vx, vy in self.rocks:
            flown = act.age + 1.5 / FPS
            y = 0.02 - act.size * vy * flown + 1.5 * flown**2
            if y < 0.9:
                canvas.disc(vx * flown * 1.1, y, 0.07, INK)
                canvas.disc(vx * flown * 1.1, y, 0.045, self.lava)


PICTURES: dict[str, MakePicture] = {
    "engine accelerating, revving, vroom": _Car,
    "ambulance siren": _Ambulance,
    "helicopter": _Helicopter,
    "fireworks banging": _Fireworks,
    "volcano explosion": _Volcano,
}
"""By name of the class."""
