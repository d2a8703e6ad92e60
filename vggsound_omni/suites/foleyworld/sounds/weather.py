"""Water, fire and sky: noise whose bands come and go, and grains of sound at Poisson times."""

from __future__ import annotations

import numpy as np

from vggsound_omni.suites.foleyworld.scene import SAMPLE_RATE, Event, Style

from .noise import Course, contour, countable, grains, lasting, noise, peak_one, resonances, seconds, snaps, wander
from .sound import Samples, Sound


def _rain(style: Style, course: Course, rng: np.random.Generator) -> Samples:
    """Drops through what they fall on, over the hiss of drops too many to tell apart; every event is a fresh gust.

    Low pitch: fewer, larger drops. Leaves give short soft taps, a tin roof rings, the street splashes.
    """
    length = course.length
    gust = contour(course.since, (0, 0.3), (0.22, 1.0), (0.5, 0.9), (1.6, 0.5), (3.2, 0.4))
    gust *= np.exp(0.06 * wander(rng, length, 6))
    size = 2 ** (0.6 * style.pitch)
    shower = 0.5 + course.steps([event.strength for event in course.events])
    drops = snaps(rng, gust * shower * 150 * 2**style.pitch, length) * np.sqrt(gust)
    gust *= shower
    if style.material == 0:
        taps = grains(rng, drops, (420 * size, 0.012, 1.0), (900 * size, 0.010, 1.0), (2300 * size, 0.006, 0.6))
        return 0.055 * gust * noise(rng, length, 500 * size, 4500 * size, -2.5) + taps
    if style.material == 1:
        drone = resonances(noise(rng, length, 300, 7000, -1.0), (900 * size, 200, 1.0), (2500 * size, 500, 1.0))
        plate = grains(rng, drops, (470 * size, 0.07, 0.8), (1250 * size, 0.05, 0.7), (3300 * size, 0.03, 0.5))
        return 0.09 * gust * drone + plate
    hiss = noise(rng, length, 1800 * size, 7600, 0.5)
    splash = grains(rng, drops, (3600 * size, 0.006, 0.8))
    # A bubble closes some 20 ms after its drop has hit.
    late = np.concatenate((np.zeros(320), drops[:-320] * (rng.random(length - 320) < 0.3)))
    bubbles = grains(rng, late, (1600 * size, 0.035, 0.6))
    return 0.1 * gust * hiss + splash + bubbles


def _sea(style: Style, course: Course, rng: np.random.Generator) -> Samples:
    """Each event a wave: it swells, breaks a quarter of the way, hisses up the shore and withdraws.

    Sand seethes, pebbles are dragged back clattering, rocks are slapped.
    """
    length, u = course.length, course.phase
    size = 2 ** (0.7 * style.pitch)
    swell = contour(u, (0, 0.1), (0.16, 0.75), (0.3, 1.0), (0.55, 0.4), (1, 0.1))
    crash = contour(u, (0, 0.0), (0.17, 0.12), (0.25, 1.0), (0.4, 0.55), (0.7, 0.08), (1, 0.0))
    hiss = contour(u, (0, 0.06), (0.2, 0.12), (0.34, 0.8), (0.5, 1.0), (0.72, 0.5), (0.94, 0.12), (1, 0.06))
    foam = 1 + 0.15 * wander(rng, length, 20)
    total = 1.3 * swell * noise(rng, length, 45 * size, 260 * size, -3.0)
    total += 1.5 * crash * foam * noise(rng, length, 180 * size, 2600 * size, -3.5)
    seethe = noise(rng, length, 1700 * size, 7000, -2.0)
    if style.material == 0:
        return total + 0.6 * hiss * seethe
    if style.material == 1:
        drag = contour(u, (0.36, 0.0), (0.5, 1.0), (0.75, 0.8), (0.96, 0.05))
        stones = grains(rng, snaps(rng, 900 * drag, length), (1500 * size, 0.010, 0.5), (2900 * size, 0.008, 0.7))
        return total + 0.35 * hiss * seethe + 0.55 * np.sqrt(drag) * stones
    slap = contour(u, (0.24, 0.0), (0.25, 1.0), (0.3, 0.35), (0.42, 0.0))
    spray = grains(rng, snaps(rng, 400 * crash, length), (1500 * size, 0.015, 0.6))
    return total + 0.3 * hiss * seethe + 2.2 * slap * noise(rng, length, 60 * size, 1500, -3.0) + 0.8 * spray


def _fire(style: Style, course: Course, rng: np.random.Generator) -> Samples:
    """The roar of a draught below, snaps of bursting wood above; every event begins with a bigger pop.

    Materials: dry wood, damp wood that hisses, brittle twigs.
    """
    length = course.length
    size = 2 ** (0.9 * style.pitch)
    flicker = np.exp(0.35 * wander(rng, length, 9)) * contour(course.since, (0, 1.25), (0.25, 1.0), (1.2, 0.8))
    roar = 0.16 * flicker * noise(rng, length, 40, 260 * size, -4.0)
    hiss = (0.022, 0.04, 0.02)[style.material] * flicker * noise(rng, length, 1200 * size, 6500, -1.0)
    crowd = (16, 10, 34)[style.material] * 2 ** (0.5 * style.pitch)
    shower = 1 + 6 * np.exp(-course.since / 0.07)
    crackle = 0.3 * snaps(rng, crowd * shower, length, 1.0)
    pops = np.zeros(length)
    pops[course.starts[:-1]] = [2.0 + 0.6 * event.variation for event in course.events]
    small = grains(rng, crackle, (1700 * size, 0.008, 0.7), (4000, 0.005, 1.0))
    snap = np.convolve(pops, np.exp(-np.arange(160) / 40) * rng.standard_normal(160))[:length]
    large = 0.3 * snap + grains(rng, pops, (450 * size, 0.04, 0.9), (1200 * size, 0.025, 1.0), (2900 * size, 0.01, 0.9))
    return roar + hiss + small + large


def _claps(t: Samples, *claps: tuple[float, float, float, float]) -> Samples:
    """An envelope of overlapping bursts: each (start, rise, fall in seconds, height)."""
    level = np.zeros(len(t))
    for start, rise, fall, height in claps:
        after = t[np.searchsorted(t, start) :] - start
        level[len(t) - len(after) :] += height * (1 - np.exp(-after / rise)) * np.exp(-after / fall)
    return level


def _thunder(style: Style, event: Event, rng: np.random.Generator) -> Samples:
    """The near end of the channel cracks, the rest arrives later from further off and rumbles (Few 1969).

    Pitch is nearness. Kinds: rolling in many claps, one clap that dies away, torn in a volley of cracks.
    """
    t = seconds(round((event.duration + 0.7) * SAMPLE_RATE))
    near = (style.pitch + 1) / 2
    volley = (3, 2, 12)[style.material]
    times = np.concatenate(([0.0], np.sort(rng.uniform(0.01, (0.12, 0.06, 0.35)[style.material], volley))))
    tears = _claps(t, *((s, 0.001, 0.012 + 0.02 * near, rng.uniform(0.2, 1.0) if s else 1.0) for s in times))
    crack = noise(rng, len(t), 250 + 350 * near, 2500 + 4500 * near, -4.5) * tears
    rolls = (6, 2, 4)[style.material]
    later = zip(rng.uniform(0.12, 0.75, rolls) * event.duration, rng.uniform(0.35, 0.9, rolls), strict=True)
    claps = [(0.0, 0.006, 0.3, 1.0), (0.0, 0.05, event.duration / 2.4, 0.6)]
    claps += [(start, 0.07, 0.28 + 0.25 * rng.random(), height) for start, height in later]
    level = _claps(t, *claps) * contour(t / t[-1], (0, 1), (0.6, 0.8), (1, 0))
    depth = 2 ** (0.7 * style.pitch)
    rumble = level * noise(rng, len(t), 32 * depth, 95 * depth, -2.0)
    body = level**1.6 * noise(rng, len(t), 90 * depth, 420 * depth, -5.0)
    return np.tanh(0.7 * (rumble + 0.7 * body + (0.35 + 1.5 * near) * crack))


def _volcano(style: Style, event: Event, rng: np.random.Generator) -> Samples:
    """A blast wave (Friedlander 1946), a roar and a long rumble as gas escapes, and stones raining down.

    Kinds: mostly blast, mostly debris, a long jet of gas.
    """
    t = seconds(round((event.duration + 0.9) * SAMPLE_RATE))
    depth = 2 ** (0.8 * style.pitch)
    width = 0.022 / depth
    blast = (1 - t / width) * np.exp(-t / width)
    shock = noise(rng, len(t), 90 * depth, 5000, -4.5) * _claps(t, (0.0, 0.0015, 0.16, 1.0))
    lasts = event.duration * (0.30, 0.30, 0.5)[style.material]
    fade = contour(t / t[-1], (0, 1), (0.65, 0.8), (1, 0))
    surge = 1 + 0.25 * wander(rng, len(t), 5)
    rumble = noise(rng, len(t), 25 * depth, 75 * depth, -1.0) * _claps(t, (0.0, 0.03, 1.5 * lasts, 1.0))
    roar = noise(rng, len(t), 110 * depth, 900 * depth, -3.5) * _claps(t, (0.0, 0.05, lasts, 1.0)) * surge
    falling = contour(t / event.duration, (0.14, 0), (0.28, 1), (0.5, 0.6), (0.95, 0.05), (1.1, 0))
    stones = grains(
        rng,
        snaps(rng, falling * (70, 180, 60)[style.material], len(t), 0.9),
        *((f * depth**0.6, fall, gain) for f, fall, gain in ((420, 0.05, 0.9), (1300, 0.03, 0.8), (3100, 0.015, 0.5))),
    )
    loud = 2.5 * blast + 1.6 * shock + 1.2 * rumble + (0.75, 0.6, 1.1)[style.material] * roar
    return np.tanh(0.8 * fade * loud) + 0.16 * fade * stones


def _firework(style: Style, event: Event, rng: np.random.Generator) -> Samples:
    """A shell bursts in the sky: a bang, its echo, and stars that crackle as they fall.

    Kinds: bang and crackle, a salute (bang alone), a small bang in a sizzling shower.
    """
    t = seconds(round((event.duration + 0.5) * SAMPLE_RATE))
    depth = 2 ** (0.8 * style.pitch)
    width = 0.0045 / depth
    bang = 2.2 * (1 - t / width) * np.exp(-t / width)
    bang += 1.2 * noise(rng, len(t), 160 * depth, 6500, -4.0) * _claps(t, (0.0, 0.0008, 0.05, 1.0))
    boom = noise(rng, len(t), 55 * depth, 240 * depth, -3.0) * _claps(
        t, (0.0, 0.004, (0.13, 0.2, 0.08)[style.material], 1)
    )
    delay = 0.16 + 0.12 * event.variation
    echo = noise(rng, len(t), 90 * depth, 900 * depth, -4.0) * _claps(t, (delay, 0.03, 0.16, 0.22))
    stars = contour(t / event.duration, (0.1, 0), (0.25, 1), (0.6, 0.7), (1.0, 0.05), (1.2, 0))
    crackle = snaps(rng, stars * (110, 10, 320)[style.material], len(t), 0.6)
    sparks = grains(rng, crackle, (2400 * depth**0.4, 0.006, 0.7), (4700 * depth**0.4, 0.004, 0.9))
    fade = contour(t / t[-1], (0, 1), (0.75, 0.9), (1, 0))
    return fade * (peak_one(np.tanh(bang + 1.1 * boom)) + echo + (0.16, 0.06, 0.22)[style.material] * sparks)


SOUNDS: dict[str, Sound] = {
    "raining": lasting(_rain, pivot=2200, crest=5.0),
    "thunder": countable(_thunder, pivot=350),
    "fire crackling": lasting(_fire, pivot=1500, crest=9.0, fade_in=0.001),
    "fireworks banging": countable(_firework, pivot=700),
    "volcano explosion": countable(_volcano, pivot=300),
    "sea waves": lasting(_sea, pivot=1000, crest=4.5),
}
"""Weather and other violence of nature and gunpowder, by class."""
