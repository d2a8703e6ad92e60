"""Blows on large things: nails, logs, drums, a floor, a door, a bell."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

import numpy as np

from vggsound_omni.suites.foleyworld.scene import SAMPLE_RATE, Event, Style

from .modal import GLASS, METAL, STONE, WOOD, Blow, Body, burst, contact_time, layers, push, ring, struck
from .noise import cycles, seconds
from .sound import Samples, Sound


def _thud(frequency: float, fall: float) -> Samples:
    """A soft body flattened and back: a damped sinusoid, too fast at first; ``fall`` to 1 / e in seconds."""
    t = seconds(round(5 * fall * SAMPLE_RATE))
    return np.sin(2 * np.pi * cycles(frequency * (1 + 0.5 * np.exp(-t / 0.012)))) * np.exp(-t / fall)


def _hammer(style: Style, rng: np.random.Generator) -> Blow:
    """Steel on a nail's head, and what the nail is driven into. The nail rings higher the shorter it gets."""
    size = 2 ** (0.7 * style.pitch)
    nail = Body.bar(2100 * 2 ** (0.5 * style.pitch), METAL.held((60, 32, 95)[style.material]), rng)
    head = Body.plate(1900 * 2 ** (0.4 * style.pitch), 1.3, METAL.held(75), rng, 7900)
    target = (
        Body.plate(150 * size, 1.7, WOOD.held(34), rng, 2600),
        Body.plate(170 * size, 1.4, METAL.held(7), rng, 6500),
        Body.plate(520 * size, 1.5, STONE.held(90), rng, 5500),
    )[style.material]
    driven = count()

    def blow(event: Event, rng: np.random.Generator) -> Samples:
        shorter = 1 + 0.035 * min(next(driven), 8)
        contact = contact_time(0.0006, style, event)
        steel = nail.hit(rng, 0.2 * contact, scale=shorter)
        parts = [
            (0.0, 0.6, steel),
            (0.0, 0.55, head.hit(rng, 0.25 * contact)),
            (0.0, (0.9, 0.7, 0.6)[style.material], target.hit(rng, contact)),
            (0.0, 0.6, burst(rng, 500, 7000, 0.03, -2.0)),
            (0.0, (0.5, 0.1, 0.15)[style.material], burst(rng, 60, 350 * size, 0.11)),
        ]
        if style.material == 2:  # grit trickles out of the hole
            parts += [
                (delay, 0.14 * rng.random(), burst(rng, 1500, 7500, 0.02, 0.0)) for delay in rng.uniform(0.02, 0.2, 9)
            ]
        # The hammer bounces.
        bounce = rng.uniform(0.055, 0.085)
        parts.append((bounce, 0.14 + 0.1 * event.variation, nail.hit(rng, 0.3 * contact, scale=shorter)))
        return layers(*parts)

    return blow


def _axe(style: Style, rng: np.random.Generator) -> Blow:
    """A thud and a knock of the log, the crack of splitting fibres, and, if it splits, two halves that fall.

    Materials: seasoned, green and rotten wood.
    """
    size = 2 ** (0.8 * style.pitch)
    hold = (20, 34, 50)[style.material]
    log = Body.plate(95 * size, 1.25, WOOD.held(hold), rng, 1500)
    knock = Body.plate(330 * size, 2.2, WOOD.held(1.6 * hold), rng, 4000)
    half = Body.bar(390 * size, WOOD.held(hold), rng)
    blade = Body.plate(1700, 1.6, METAL.held(60), rng, 7900)

    def blow(event: Event, rng: np.random.Generator) -> Samples:
        contact = contact_time(0.0014, style, event)
        parts = [
            (0.0, 1.0, log.hit(rng, contact)),
            (0.0, 0.75, knock.hit(rng, 0.4 * contact)),
            (0.0, 0.45, burst(rng, 45, 170 * size, 0.22)),
            (0.0, 0.65, burst(rng, 700 * size, 7500, 0.05, -2.5)),
            (0.0, 0.10, blade.hit(rng, 0.1 * contact)),
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
                    parts.append((fall + delay, level, half.hit(rng, 0.0012, scale=scale)))
                    parts.append((fall + delay, 0.4 * level, burst(rng, 100, 1800, 0.06)))
        return layers(*parts)

    return blow


def _kick(style: Style, _: np.random.Generator) -> Blow:
    """A slack membrane whose pitch falls as its amplitude does, and the click of the felt beater."""
    low = 50 * 2 ** (0.4 * style.pitch)
    fall = (0.32, 0.55, 0.42)[style.material]

    def blow(event: Event, rng: np.random.Generator) -> Samples:
        t = seconds(round(1.1 * fall * SAMPLE_RATE))
        glide = low * (1 + (1.6 + event.strength) * np.exp(-t / 0.016))
        skin = np.sin(2 * np.pi * cycles(glide)) * 10 ** (-3 * t / fall)
        overtones = ring(low * np.array([3.2, 4.6, 7.1]), np.full(3, 0.12), np.array([0.5, 0.35, 0.25]), len(t))
        return layers(
            (0.0, 1.0, skin),
            (0.0, 0.22, overtones),
            (0.0, 0.30 + 0.2 * event.strength, burst(rng, 1200, 5500, 0.022, -2.0)),
            (0.004, 0.035, burst(rng, 1500, 7000, 0.2, 0.0)),  # the snare buzzes along
        )

    return blow


def _snare(style: Style, _: np.random.Generator) -> Blow:
    """The modes of two coupled heads, and the wires that rattle below them."""
    low = 185 * 2 ** (0.45 * style.pitch)
    wires, heads = ((0.22, 0.15), (0.30, 0.22), (0.40, 0.12))[style.material]
    ratios = np.array([1.0, 1.78, 1.99, 2.44, 2.89, 3.55])

    def blow(event: Event, rng: np.random.Generator) -> Samples:
        frequency = low * ratios * (1 + 0.01 * rng.standard_normal(len(ratios)))
        t60 = heads * np.array([1.0, 0.9, 0.7, 0.6, 0.5, 0.4])
        gain = np.array([1.0, 0.7, 0.45, 0.4, 0.3, 0.3]) * rng.uniform(0.7, 1.0, len(ratios))
        return layers(
            (0.0, 0.75, ring(frequency, t60, gain, round(heads * 1.1 * SAMPLE_RATE))),
            (0.0, 0.55, burst(rng, 900, 7800, 0.03, 0.0)),
            (0.002, 0.6, burst(rng, 1300, 7800, wires * (0.7 + 0.5 * event.strength), -1.0)),
        )

    return blow


def _hat(style: Style, rng: np.random.Generator) -> Blow:
    """Two cymbals: modes too many to tell apart, choked short; the highest variations are played open."""
    frequency = np.sort(7900 * rng.beta(2.2, 1.2, 70)) * 2 ** (0.15 * style.pitch)
    level = (frequency / 6000) ** 1.5 * rng.uniform(0.3, 1.0, len(frequency))
    closed = (0.09, 0.14, 0.2)[style.material]

    def blow(event: Event, rng: np.random.Generator) -> Samples:
        t60 = 0.75 if event.variation > 0.93 else closed * (0.7 + 0.6 * event.strength)
        phase = rng.uniform(0, 2 * np.pi, len(frequency))
        metal = ring(frequency, t60 * (0.6 + 0.6 * level), level, round(1.2 * t60 * SAMPLE_RATE), phase)
        return layers(
            (0.0, 1.0, metal),
            (0.0, 0.5, burst(rng, 5200, 7900, t60, 1.0)),
            (0.0, 0.7, burst(rng, 2500, 7900, 0.012, 2.0)),
        )

    return blow


_DRUMS: tuple[tuple[float, Sound], ...] = (
    (1.0, struck(_kick, pivot=500)),
    (0.85, struck(_snare, pivot=1500)),
    (0.4, struck(_hat, pivot=5000)),
)


def _drum_kit(style: Style, events: Sequence[Event], length: int, rng: np.random.Generator) -> Samples:
    """Variation picks bass drum (below 1/3), snare (below 2/3) or hi-hat. Materials: dry, open and wet kits."""
    total = np.zeros(length)
    for number, (level, drum) in enumerate(_DRUMS):
        total += level * drum(style, [e for e in events if min(int(e.variation * 3), 2) == number], length, rng)
    return total


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
            (0.0, 0.8, _thud(thump, 0.022)),
            (0.0, (0.75, 0.3, 0.5)[style.material], floor.hit(rng, contact)),
            (0.0, (0.34, 0.42, 0.22)[style.material], ring(air, t60, gain, 5200)),
            (0.0, (0.35, 0.75, 0.25)[style.material], burst(rng, 300, 1.5 / contact + 2500, 0.035, -3.0)),
        )

    return blow


def _door(style: Style, rng: np.random.Generator) -> Blow:
    """The leaf against its frame, the air it drives, the latch that snaps a moment later, and what rattles on."""
    size = 2 ** (0.6 * style.pitch)
    leaf = (
        Body.plate(62 * size, 1.9, WOOD.held(13), rng, 1400),
        Body.plate(48 * size, 1.7, METAL.held(6), rng, 3200),
        Body.plate(85 * size, 1.6, GLASS.held(14), rng, 4500),
    )[style.material]
    latch = Body.plate(950 * size**0.5, 1.5, METAL.held(55), rng, 7900)
    rattle = (0.3, 0.5, 0.8)[style.material] * (1 + 0.5 * style.pitch)
    loose = Body.bar((700, 1100, 2300)[style.material] * size**0.5, (WOOD, METAL, GLASS)[style.material].held(60), rng)

    def blow(event: Event, rng: np.random.Generator) -> Samples:
        contact = contact_time((0.0022, 0.0014, 0.0009)[style.material], style, event)
        sharpness = 0.6 + 0.5 * event.strength + 0.4 * (style.brightness - 0.5)
        parts = [
            (0.0, 1.0, leaf.hit(rng, contact, (0.9, 0.45))),
            (0.0, 0.6, burst(rng, 35, 150 * size, 0.30)),
            (0.0, 0.9, _thud(105 * size**0.5, 0.03)),
            (0.0, 0.9 * sharpness, burst(rng, 250, 6500, 0.07, -4.0)),
            (rng.uniform(0.018, 0.03), 0.27 * sharpness, latch.hit(rng, 0.0001)),
            (rng.uniform(0.045, 0.06), 0.17 * sharpness, latch.hit(rng, 0.0001)),
        ]
        shake, clatter = leaf.hit(rng, contact, (0.8, 0.4)), loose.hit(rng, 0.0003)
        delay, gap, level = 0.07, rng.uniform(0.045, 0.06), 0.3 * rattle
        while level > 0.02:
            parts += [(delay, level, clatter), (delay, 0.6 * level, shake)]
            delay, gap, level = delay + gap * rng.uniform(0.85, 1.15), 0.9 * gap, level * rng.uniform(0.6, 0.75)
        return layers(*parts)

    return blow


BELL_RATIOS = np.array(
    [0.5, 1.0, 1.2, 1.5, 2.0, 2.51, 2.66, 3.01, 3.35, 4.17, 5.43, 6.79, 8.21, 9.6, 11.2, 13.1, 15.2, 17.5]
)
"""Partials of a tuned church bell relative to its prime: hum, prime, tierce, quint, nominal, deciem, undeciem,
duodeciem, and the upper ones (after Rossing & Perrin, "Vibrations of bells", 1987)."""
_BELL_T60 = np.array([9.0, 5.5, 5.0, 2.6, 3.2, 1.6, 1.5, 1.7, 0.9, 1.2, 0.85, 0.6, 0.45, 0.4, 0.35, 0.3, 0.3, 0.25])
"""Seconds, at a prime of 400 Hz."""
_BELL_GAIN = np.array(
    [0.45, 0.7, 0.9, 0.35, 1.0, 0.35, 0.3, 0.6, 0.25, 0.5, 0.45, 0.4, 0.35, 0.35, 0.35, 0.3, 0.3, 0.25]
)


def bell_prime(style: Style) -> float:
    """Hz of the prime: 200 to 800."""
    return float(400 * 2**style.pitch)


def _bell(style: Style, rng: np.random.Generator) -> Blow:
    """A bell's partials, each split in two by what the casting lacks in symmetry, so that they beat; an iron clapper.

    Materials: well cast, with slow beats; rough, with fast ones; cracked, dying sooner.
    """
    prime = bell_prime(style)
    split = (0.0006, 0.0018, 0.0012)[style.material] * rng.uniform(0.5, 1.0, len(BELL_RATIOS))
    frequency = prime * np.concatenate((BELL_RATIOS, BELL_RATIOS * (1 + split)))
    t60 = np.tile(_BELL_T60, 2) * (400 / prime) ** 0.5 * (1.0, 0.9, 0.6)[style.material]
    shares = rng.uniform(0.35, 0.65, len(BELL_RATIOS))
    gain = np.tile(_BELL_GAIN, 2) * np.concatenate((shares, 1 - shares))
    clapper = Body.plate(1700 * 2 ** (0.4 * style.pitch), 1.4, METAL.held(50), rng, 7900)

    def blow(event: Event, rng: np.random.Generator) -> Samples:
        contact = contact_time(0.0004 * 2 ** (-0.3 * style.pitch), style, event)
        struck_gain = gain * push(frequency, contact) * rng.uniform(0.85, 1.15, len(gain))
        bronze = ring(frequency, t60, struck_gain, round(1.05 * float(t60.max()) * SAMPLE_RATE))
        return layers(
            (0.0, 1.0, bronze),
            (0.0, 0.2, clapper.hit(rng, 0.2 * contact)),
            (0.0, 0.25, burst(rng, 400, 6000, 0.04)),
        )

    return blow


SOUNDS: dict[str, Sound] = {
    "hammering nails": struck(_hammer, pivot=1500),
    "chopping wood": struck(_axe, pivot=900),
    "playing drum kit": _drum_kit,
    "basketball bounce": struck(_basketball, pivot=700),
    "door slamming": struck(_door, pivot=700),
    "church bell ringing": struck(_bell, pivot=1500),
}
"""Blows by class."""
