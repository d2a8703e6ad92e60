"""Small sounds about the house: steps, a glass that breaks, a keyboard, a clock, a tap that drips."""

from __future__ import annotations

from itertools import cycle

import numpy as np

from vggsound_omni.suites.foleyworld.scene import SAMPLE_RATE, Event, Style

from .modal import GLASS, METAL, PLASTIC, WOOD, Blow, Body, burst, contact_time, layers, ring, struck
from .noise import contour, cycles, noise, resonances, ringing, seconds, snaps
from .sound import Samples, Sound


def _wooden_step(style: Style, rng: np.random.Generator) -> Blow:
    """Heel, then sole, on hollow boards. Low styles stomp in boots, high ones click in heels."""
    size = 2 ** (0.5 * style.pitch)
    boards = Body.plate(88 * size, 2.3, WOOD.held(28), rng, 1300)
    heel = Body.bar(620 * 2 ** (0.9 * style.pitch), WOOD.held(70), rng)
    feet = cycle((0.95, 1.06))

    def blow(event: Event, rng: np.random.Generator) -> Samples:
        foot = next(feet)
        contact = contact_time(0.0016 * 2 ** (-1.2 * style.pitch), style, event)
        sole = rng.uniform(0.065, 0.1) * 2 ** (-0.3 * style.pitch)
        return layers(
            (0.0, 0.9, boards.hit(rng, contact, (0.3, 0.4), foot)),
            (0.0, 0.6, heel.hit(rng, 0.5 * contact, scale=foot)),
            (0.0, 0.4, burst(rng, 200, 5000, 0.03)),
            (sole, 0.35, boards.hit(rng, 1.8 * contact, (0.4, 0.4), foot)),
            (sole, 0.25, burst(rng, 120, 2500, 0.07)),
            (sole + 0.02, 0.06, burst(rng, 800, 5000, 0.1)),
        )

    return blow


_TREAD = ((0, 1.0), (0.06, 0.6), (0.11, 0.3), (0.16, 0.85), (0.23, 0.45), (0.34, 0.0))
"""How hard a foot presses, by seconds: heel, then ball, rolling off."""


def _gravel_step(style: Style, _: np.random.Generator) -> Blow:
    """Stones that knock and scrape at random times, as many as the foot presses (Cook 2002)."""
    size = 2 ** (0.6 * style.pitch)

    def blow(event: Event, rng: np.random.Generator) -> Samples:
        t = seconds(5600)
        press = contour(t, *_TREAD)
        stones = np.zeros(len(t))
        for frequency, t60 in ((900, 0.022), (1700, 0.016), (2900, 0.012), (4600, 0.008)):
            knocks = snaps(rng, (50 + 90 * event.strength) * press**1.5, len(t), 1.0)
            knocks = np.clip(knocks, -2.5, 2.5) * press
            knocks[0] = rng.choice((-2.5, 2.5))  # the heel lands
            f = frequency * size * rng.uniform(0.85, 1.15)
            stones += ringing(knocks, (f, t60, 1.0), (1.53 * f, 0.7 * t60, 0.7))
        scrape = noise(rng, len(t), 1200 * size, 7000, -2.0) * press**2 * np.exp(0.5 * rng.standard_normal(len(t)))
        return layers((0.0, 1.0, stones), (0.0, 0.15, scrape), (0.0, 0.3, burst(rng, 60, 260 * size, 0.09)))

    return blow


def _snowy_step(style: Style, _: np.random.Generator) -> Blow:
    """Snow that yields in many small slips: a creak whose pitch climbs as the snow packs, over a soft crunch."""
    size = 2 ** (0.6 * style.pitch)

    def blow(event: Event, rng: np.random.Generator) -> Samples:
        t = seconds(5200)
        press = contour(t, *((0.95 * at, level) for at, level in _TREAD))
        slips = np.diff(
            np.floor(cycles((110 + 260 * t / t[-1]) * size * (1 + 0.35 * rng.standard_normal(len(t))))), prepend=-1
        )
        slips = np.clip(slips, 0, 1) * (0.6 + event.strength) * rng.uniform(0.3, 1.0, len(t)) * press
        peaks = ((640 * size, 130, 1.0), (1150 * size, 200, 0.9), (1900 * size, 350, 0.6))
        creak = resonances(slips * 30, *peaks)
        grain = np.repeat(rng.exponential(1.0, len(t) // 40 + 1), 40)[: len(t)]
        crunch = noise(rng, len(t), 250 * size, 2600 * size, -2.5) * press * grain
        return layers(
            (0.0, 0.9, creak),
            (0.0, 0.7, crunch),
            (0.0, 0.45, burst(rng, 45, 180 * size, 0.12)),
            (0.0, 0.3, burst(rng, 300, 3000, 0.02)),
        )

    return blow


def _footsteps(style: Style, rng: np.random.Generator) -> Blow:
    """Materials: boards, gravel, snow."""
    return (_wooden_step, _gravel_step, _snowy_step)[style.material](style, rng)


def _glass(style: Style, rng: np.random.Generator) -> Blow:
    """A glass rings for the instant it is whole, then its shards do, as they fly, fall and bounce.

    Materials: a tumbler, a thin goblet, a thick jar.
    """
    size = 2 ** (0.6 * style.pitch)
    whole = 1050 * size * np.array([1.0, 2.3, 2.75, 4.0, 4.9, 6.2]) * rng.uniform(0.95, 1.05, 6)
    shards = (34, 46, 24)[style.material]
    mean = (2900, 3600, 2100)[style.material] * size

    def blow(event: Event, rng: np.random.Generator) -> Samples:
        gain = rng.uniform(0.4, 1.0, len(whole))
        parts = [
            (0.0, 0.55, ring(whole, np.full(len(whole), 0.16), gain, 2600)),
            (0.0, 1.0, burst(rng, 1300 * size, 7900, 0.09, 0.0)),
            (0.0, 0.45, burst(rng, 150, 1200 * size, 0.06)),
        ]
        parts += [
            (crack, 0.5 * rng.random(), burst(rng, 2000 * size, 7900, 0.025, 2.0)) for crack in rng.exponential(0.02, 8)
        ]
        for _ in range(shards):
            f = mean * 2 ** rng.normal(0, 0.5)
            modes = f * np.array([1.0, rng.uniform(1.4, 1.7), rng.uniform(2.1, 2.6)])
            t60 = GLASS.held(rng.uniform(14, 60)).t60(modes)
            ping = ring(modes, t60, np.array([1.0, 0.6, 0.4]), round(float(t60.max()) * SAMPLE_RATE))
            at, gap = 0.03 + rng.gamma(1.6, 0.13 * event.duration), rng.uniform(0.05, 0.12)
            level = 0.5 * rng.random() ** 1.5 * np.exp(-at / (0.5 * event.duration))
            while level > 0.015 and at < event.duration + 0.3:
                parts.append((at, level, ping))
                at, gap, level = at + gap, 0.65 * gap, 0.5 * level
        return layers(*parts)

    return blow


def _keyboard(style: Style, rng: np.random.Generator) -> Blow:
    """A cap that hits its stop and drums on the case, then springs back. Variation is the key's place.

    Materials: clicking switches, rubber domes, a flat laptop.
    """
    size = 2 ** (0.7 * style.pitch)
    case = Body.plate(
        (230, 190, 330)[style.material] * size, 2.6, PLASTIC.held((75, 110, 130)[style.material]), rng, 3000
    )
    cap = Body.bar((1500, 1000, 1900)[style.material] * size, PLASTIC.held(150), rng)
    leaf = Body.plate(2300 * size**0.5, 1.2, METAL.held(170), rng, 7900)
    click = (0.55, 0.06, 0.2)[style.material]

    def blow(event: Event, rng: np.random.Generator) -> Samples:
        contact = contact_time((0.0005, 0.0009, 0.0004)[style.material], style, event)
        key = 2 ** (0.45 * (event.variation - 0.5) + 0.04 * rng.standard_normal())
        at = (0.15 + 0.7 * event.variation, 0.4)
        up = min(event.duration, 0.1) * rng.uniform(0.75, 0.95)
        return layers(
            (0.0, 0.7, case.hit(rng, contact, at)),
            (0.0, 0.8, cap.hit(rng, 0.5 * contact, scale=key)),
            (0.0, 0.5, burst(rng, 900, 7500, 0.016, -1.0)),
            (0.003, click, leaf.hit(rng, 0.0001, scale=key)),
            (up, 0.22, cap.hit(rng, 0.4 * contact, scale=1.25 * key)),
            (up, 0.6 * click, leaf.hit(rng, 0.0001, scale=1.15 * key)),
            (up, 0.12, burst(rng, 1500, 7800, 0.012, 0.0)),
        )

    return blow


def _clock(style: Style, rng: np.random.Generator) -> Blow:
    """An escapement: a tooth drops on a pallet, locks, and shakes the case; in tick and tock the pallets differ.

    Materials: a wooden case, a brass movement that rings, a thin tin case.
    """
    size = 2 ** (0.9 * style.pitch)
    pallet = Body.bar((1750, 2100, 2500)[style.material] * size, METAL.held((95, 45, 110)[style.material]), rng)
    case = (
        Body.plate(300 * size, 1.4, WOOD.held(38), rng, 2200),
        Body.plate(620 * size, 1.5, METAL.held(26), rng, 6500),
        Body.plate(480 * size, 1.3, METAL.held(75), rng, 6500),
    )[style.material]
    resonance = (0.9, 0.35, 0.5)[style.material]
    sides = cycle(((1.0, 0.011, 1.0), (0.76, 0.019, 0.8)))

    def blow(event: Event, rng: np.random.Generator) -> Samples:
        scale, lock, level = next(sides)
        contact = contact_time(0.00022, style, event)
        later = lock * rng.uniform(0.95, 1.05)
        return layers(
            (0.0, level, pallet.hit(rng, contact, (0.3, 0.5), scale)),
            (0.0, resonance * level, case.hit(rng, 2 * contact, (0.3, 0.3), 0.5 + 0.5 * scale)),
            (0.0, 0.4 * level, burst(rng, 1500, 7800, 0.007, 0.0)),
            (later, 0.45, pallet.hit(rng, 0.5 * contact, (0.2, 0.5), 1.3 * scale)),
            (later, 0.3 * resonance, case.hit(rng, contact, (0.6, 0.3), scale)),
            (2.3 * later, 0.14, pallet.hit(rng, 0.5 * contact, (0.4, 0.5), 1.1 * scale)),
        )

    return blow


def bubble_hertz(style: Style, event: Event) -> float:
    """Hz at which a drop's bubble begins to sing, 430 to 2300; variation is its size."""
    return float(1000 * 2 ** (1.1 * style.pitch + 0.2 * (event.variation - 0.5)))


def _bubble(frequency: float, rise: float) -> Samples:
    """A bubble of radius 3.26 m/s / frequency (Minnaert 1933) that dies by radiation and heat as it climbs.

    Near the surface its pitch grows at the rate of the damping times ``rise`` (van den Doel, "Physically based models
    for liquid sounds", 2005). The damping is eased by a third: small vessels give some of the sound back.
    """
    radius = 3.26 / frequency
    damping = 0.65 * (0.13 / radius + 0.0072 * radius**-1.5)
    t = seconds(round(6.9 / damping * SAMPLE_RATE))
    phase = cycles(np.minimum(frequency * (1 + rise * damping * t), 7500.0))
    return np.sin(2 * np.pi * phase) * np.exp(-damping * t) * np.minimum(1, (t + 0.0003) / 0.001)


def _drip(style: Style, rng: np.random.Generator) -> Blow:
    """A tick where the drop hits, the bubble that it traps, smaller ones after it, and what holds the water.

    Materials: a bucket that booms, a steel sink that rings, a puddle that splashes.
    """
    size = 2 ** (0.4 * style.pitch)
    air = 240 * size * np.array([1.0, 2.3, 3.4, 4.7])
    steel = Body.plate(330 * size, 1.35, METAL.held(24), rng, 7000)

    def blow(event: Event, rng: np.random.Generator) -> Samples:
        frequency = bubble_hertz(style, event) * rng.uniform(0.99, 1.01)
        rise = rng.uniform(0.08, 0.12)
        parts = [
            (0.0, 0.35 + 0.2 * event.strength, burst(rng, 1500, 7800, 0.008, 0.0)),
            (0.0, 1.0, _bubble(frequency, rise)),
        ]
        parts += [
            (rng.uniform(0.03, 0.16), rng.uniform(0.05, 0.25), _bubble(frequency * rng.uniform(1.3, 2.4), rise))
            for _ in range((2, 1, 4)[style.material])
        ]
        if style.material == 0:
            parts.append((0.0, 0.5, ring(air, np.array([0.42, 0.35, 0.3, 0.22]), np.array([1, 0.8, 0.5, 0.3]), 7000)))
        elif style.material == 1:
            parts.append((0.0, 0.5, steel.hit(rng, contact_time(0.00025, style, event))))
        else:
            spray = (rng.uniform(0.0, 0.05, 5), rng.uniform(0.05, 0.25, 5))
            parts += [(at, level, burst(rng, 1800, 7800, 0.02, 0.0)) for at, level in zip(*spray, strict=True)]
            parts.append((0.004, 0.2, burst(rng, 400, 5000, 0.08)))
        return layers(*parts)

    return blow


SOUNDS: dict[str, Sound] = {
    "footsteps": struck(_footsteps, pivot=900),
    "glass breaking": struck(_glass, pivot=3000),
    "typing on computer keyboard": struck(_keyboard, pivot=1800),
    "clock ticking": struck(_clock, pivot=2200),
    "water dripping": struck(_drip, pivot=1500),
}
"""Household sounds by class."""
