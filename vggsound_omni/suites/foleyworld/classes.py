"""The classes of FoleyWorld: name, how often they sound, and how one speaks of them; one table.

Names are VGGSound's where it has the class; four plain everyday sounds that it lacks are marked. What a class sounds
like is in :mod:`.sounds`, what it looks like in :mod:`.pictures`, both under the same name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Place = Literal["indoors", "outdoors", "anywhere"]


@dataclass(frozen=True, kw_only=True)
class Timing:
    """How the events of one source lie in time. Ranges are drawn from uniformly."""

    count: tuple[int, int]
    """Events in a clip of eight seconds, fewer where they do not fit."""
    gap: tuple[float, float]
    """Seconds from onset to onset; drawn once for a source (its rate)."""
    jitter: float
    """Relative deviation of a single gap from the rate (0: clockwork)."""
    length: tuple[float, float]
    """Seconds that an event lasts, at most up to the next onset."""
    rests: float = 0.0
    """Share of events left out, as a player pauses."""
    contiguous: bool = False
    """Events follow one another without a pause: a lasting sound with its own ebb and flow."""


@dataclass(frozen=True, kw_only=True)
class SoundClass:
    """One class."""

    name: str
    subject: tuple[str, str]
    """Two noun phrases for what sounds, with article."""
    verb: tuple[str, str]
    """Two verbs, third person singular, that go with either subject."""
    manners: tuple[tuple[str, str], tuple[str, str], tuple[str, str]]
    """Two adverbial phrases each for low and large, middling, and high and small styles (pitch)."""
    materials: tuple[str, str, str]
    """A phrase for each material ("into wood"), or empty where a listener could not tell. It follows the verb, or takes
    the place of ``{material}`` in the subject."""
    timing: Timing
    impact: bool = False
    """Each onset is a visible contact of two things."""
    place: Place = "anywhere"
    """Where it can be seen."""
    vggsound: bool = True
    """The name is one of VGGSound's 309."""

    @property
    def lasting(self) -> bool:
        """Heard as one sound rather than as countable events."""
        return self.timing.contiguous


def _strikes(
    count: tuple[int, int], gap: tuple[float, float], jitter: float = 0.1, length: tuple[float, float] = (0.2, 0.4)
) -> Timing:
    return Timing(count=count, gap=gap, jitter=jitter, length=length)


def _played(count: tuple[int, int], gap: tuple[float, float], length: tuple[float, float] = (0.3, 0.6)) -> Timing:
    return Timing(count=count, gap=gap, jitter=0.0, length=length, rests=0.2)


def _lasting(length: tuple[float, float], count: tuple[int, int] = (2, 6)) -> Timing:
    return Timing(count=count, gap=length, jitter=0.3, length=length, contiguous=True)


_PLAIN = ("", "", "")

CLASSES: dict[str, SoundClass] = {
    sound_class.name: sound_class
    for sound_class in (
        SoundClass(
            name="hammering nails",
            subject=("a hammer", "someone with a hammer"),
            verb=("hits a nail", "hammers a nail"),
            manners=(("heavily", "with dull heavy blows"), ("steadily", "firmly"), ("lightly", "with light taps")),
            materials=("into wood", "into metal", "into brick"),
            timing=_strikes((3, 14), (0.36, 1.2), 0.12),
            impact=True,
        ),
        SoundClass(
            name="chopping wood",
            place="outdoors",
            subject=("an axe", "someone with an axe"),
            verb=("chops wood", "splits a log"),
            manners=(
                ("with heavy thuds", "with deep thumps"),
                ("forcefully", "hard"),
                ("crisply", "with sharp cracks"),
            ),
            materials=_PLAIN,
            timing=_strikes((2, 5), (1.1, 2.4), 0.15),
            impact=True,
        ),
        SoundClass(
            name="playing drum kit",
            subject=("a drum kit", "a drummer"),
            verb=("plays a beat", "drums"),
            manners=(("with a deep kick", "on low drums"), ("in rhythm", "evenly"), ("brightly", "on high drums")),
            materials=_PLAIN,
            timing=_played((8, 24), (0.24, 0.56), (0.2, 0.4)),
            impact=True,
        ),
        SoundClass(
            name="basketball bounce",
            subject=("a basketball", "a ball"),
            verb=("bounces", "is dribbled"),
            manners=(("with low thumps", "heavily"), ("repeatedly", "steadily"), ("briskly", "with a hollow ring")),
            materials=("on a wooden floor", "on concrete", "on rubber"),
            timing=_strikes((4, 14), (0.4, 0.9), 0.08),
            impact=True,
        ),
        SoundClass(
            name="door slamming",
            place="indoors",
            subject=("a {material} door", "a heavy {material} door"),
            verb=("slams shut", "bangs shut"),
            manners=(("with a deep boom", "thunderously"), ("hard", "loudly"), ("with a sharp bang", "with a rattle")),
            materials=("wooden", "metal", "glass"),
            timing=_strikes((1, 4), (1.6, 3.2), 0.2, (0.3, 0.5)),
            impact=True,
        ),
        SoundClass(
            name="footsteps",
            subject=("someone", "a person"),
            verb=("walks", "takes steps"),
            manners=(("with heavy steps", "stomping"), ("at an even pace", "calmly"), ("with light steps", "in heels")),
            materials=("on a wooden floor", "on gravel", "on snow"),
            timing=_strikes((6, 16), (0.44, 0.8), 0.06),
            impact=True,
            vggsound=False,
        ),
        SoundClass(
            name="glass breaking",
            subject=("a glass", "a drinking glass"),
            verb=("falls and breaks", "shatters"),
            manners=(
                ("with a heavy crash", "with a thick crunch"),
                ("on the floor", "into pieces"),
                ("with a bright tinkle", "into tiny shards"),
            ),
            materials=_PLAIN,
            timing=_strikes((1, 3), (2.0, 3.4), 0.2, (0.8, 1.4)),
            impact=True,
            vggsound=False,
        ),
        SoundClass(
            name="typing on computer keyboard",
            place="indoors",
            subject=("a keyboard", "someone at a keyboard"),
            verb=("clicks", "types"),
            manners=(("with deep clacks", "with dull thocks"), ("busily", "quickly"), ("with light clicks", "softly")),
            materials=_PLAIN,
            timing=_strikes((14, 44), (0.12, 0.28), 0.5, (0.08, 0.1)),
            impact=True,
        ),
        SoundClass(
            name="clock ticking",
            place="indoors",
            subject=("a clock", "a pendulum clock"),
            verb=("ticks", "ticks and tocks"),
            manners=(
                ("slowly and deeply", "with a woody tock"),
                ("steadily", "regularly"),
                ("with thin ticks", "with a small metallic tick"),
            ),
            materials=_PLAIN,
            timing=_strikes((8, 16), (0.48, 1.0), 0.0, (0.1, 0.2)),
            impact=True,
            vggsound=False,
        ),
        SoundClass(
            name="water dripping",
            subject=("water", "a tap"),
            verb=("drips", "drips drop by drop"),
            manners=(
                ("with deep plops", "with hollow plunks"),
                ("slowly", "one drop after another"),
                ("with small plinks", "with bright drops"),
            ),
            materials=("into a bucket", "into a sink", "into a puddle"),
            timing=_strikes((4, 14), (0.44, 1.4), 0.25, (0.15, 0.3)),
            impact=True,
            vggsound=False,
        ),
        SoundClass(
            name="church bell ringing",
            place="outdoors",
            subject=("a church bell", "a bell in a tower"),
            verb=("rings", "tolls"),
            manners=(
                ("deep and slow", "with a low hum"),
                ("solemnly", "resonantly"),
                ("brightly", "with a high clang"),
            ),
            materials=_PLAIN,
            timing=_strikes((2, 6), (1.2, 2.4), 0.02, (1.2, 2.4)),
            impact=True,
        ),
        SoundClass(
            name="playing piano",
            place="indoors",
            subject=("a piano", "a pianist"),
            verb=("plays a melody", "plays notes"),
            manners=(
                ("in the low register", "with deep notes"),
                ("gently", "in the middle register"),
                ("in the high register", "with high notes"),
            ),
            materials=_PLAIN,
            timing=_played((8, 22), (0.28, 0.6)),
            impact=True,
        ),
        SoundClass(
            name="playing acoustic guitar",
            subject=("an acoustic guitar", "a guitarist"),
            verb=("plucks notes", "picks a tune"),
            manners=(
                ("on the low strings", "with warm low notes"),
                ("softly", "in a gentle pattern"),
                ("on the high strings", "with bright notes"),
            ),
            materials=("with steel strings", "with nylon strings", "with muted strings"),
            timing=_played((8, 20), (0.32, 0.68), (0.3, 0.7)),
            impact=True,
        ),
        SoundClass(
            name="dog barking",
            subject=("a dog", "a dog nearby"),
            verb=("barks", "is barking"),
            manners=(("in a deep voice", "low and gruff"), ("loudly", "excitedly"), ("in a high yap", "shrilly")),
            materials=_PLAIN,
            timing=_strikes((2, 10), (0.48, 1.6), 0.25, (0.2, 0.32)),
        ),
        SoundClass(
            name="bird chirping, tweeting",
            place="outdoors",
            subject=("a bird", "a small bird"),
            verb=("chirps", "tweets"),
            manners=(
                ("in low whistles", "in a low voice"),
                ("cheerfully", "brightly"),
                ("very high", "in thin high notes"),
            ),
            materials=("in slurred notes", "in trills", "in short chips"),
            timing=_strikes((3, 10), (0.6, 1.4), 0.3, (0.24, 0.56)),
        ),
        SoundClass(
            name="frog croaking",
            place="outdoors",
            subject=("a frog", "a frog by a pond"),
            verb=("croaks", "is croaking"),
            manners=(("deeply", "in a low grunt"), ("hoarsely", "again and again"), ("in a high creak", "shrilly")),
            materials=_PLAIN,
            timing=_strikes((2, 8), (0.8, 2.0), 0.15, (0.36, 0.7)),
        ),
        SoundClass(
            name="owl hooting",
            place="outdoors",
            subject=("an owl", "an owl on a branch"),
            verb=("hoots", "is hooting"),
            manners=(("very low", "deep and hollow"), ("softly", "slowly"), ("in a high voice", "clearly")),
            materials=_PLAIN,
            timing=_strikes((2, 6), (1.2, 2.4), 0.15, (0.4, 0.8)),
        ),
        SoundClass(
            name="cat meowing",
            subject=("a cat", "a cat nearby"),
            verb=("meows", "is meowing"),
            manners=(
                ("in a low voice", "grumpily"),
                ("plaintively", "insistently"),
                ("in a kitten's voice", "high and thin"),
            ),
            materials=_PLAIN,
            timing=_strikes((2, 5), (1.2, 2.6), 0.2, (0.6, 1.0)),
        ),
        SoundClass(
            name="mosquito buzzing",
            subject=("a mosquito", "a mosquito close by"),
            verb=("buzzes around", "whines"),
            manners=(
                ("with a low drone", "heavily"),
                ("persistently", "back and forth"),
                ("with a thin high whine", "shrilly"),
            ),
            materials=_PLAIN,
            timing=_lasting((1.0, 2.4)),
        ),
        SoundClass(
            name="raining",
            place="outdoors",
            subject=("rain", "a shower of rain"),
            verb=("falls", "patters down"),
            manners=(("in heavy drops", "heavily"), ("steadily", "evenly"), ("as a light drizzle", "in fine drops")),
            materials=("on leaves", "on a tin roof", "on the street"),
            timing=_lasting((1.6, 3.2)),
        ),
        SoundClass(
            name="thunder",
            place="outdoors",
            subject=("thunder", "a thunderclap"),
            verb=("rolls", "rumbles"),
            manners=(
                ("low and far", "in a long deep roll"),
                ("powerfully", "across the sky"),
                ("with a sharp crack", "close and harsh"),
            ),
            materials=_PLAIN,
            timing=_strikes((1, 3), (2.4, 4.0), 0.2, (1.6, 3.0)),
        ),
        SoundClass(
            name="fire crackling",
            subject=("a fire", "a wood fire"),
            verb=("crackles", "burns and pops"),
            manners=(
                ("with deep pops", "roaring low"),
                ("warmly", "steadily"),
                ("with fine crackles", "snapping brightly"),
            ),
            materials=_PLAIN,
            timing=_lasting((0.4, 1.2), (4, 16)),
        ),
        SoundClass(
            name="engine accelerating, revving, vroom",
            place="outdoors",
            subject=("a car engine", "a car"),
            verb=("revs", "revs its engine"),
            manners=(
                ("with a deep growl", "throatily"),
                ("powerfully", "again and again"),
                ("at high revs", "whining high"),
            ),
            materials=("with four cylinders", "with a rough diesel rattle", "like a sports car"),
            timing=_lasting((0.9, 2.2)),
        ),
        SoundClass(
            name="ambulance siren",
            place="outdoors",
            subject=("a siren", "an ambulance siren"),
            verb=("wails", "sounds"),
            manners=(("in low tones", "deep and slow"), ("urgently", "up and down"), ("piercingly", "shrill and fast")),
            materials=("in long wails", "in two alternating tones", "in quick yelps"),
            timing=_lasting((0.6, 2.0), (3, 10)),
        ),
        SoundClass(
            name="helicopter",
            place="outdoors",
            subject=("a helicopter", "a hovering helicopter"),
            verb=("flies past", "chops the air"),
            manners=(
                ("with heavy slow blades", "thudding low"),
                ("loudly", "overhead"),
                ("with a fast flutter", "buzzing high"),
            ),
            materials=_PLAIN,
            timing=_lasting((1.2, 3.0)),
        ),
        SoundClass(
            name="fireworks banging",
            place="outdoors",
            subject=("a firework", "a rocket"),
            verb=("explodes", "bangs in the sky"),
            manners=(
                ("with deep booms", "with heavy thumps"),
                ("loudly", "with a bang"),
                ("with sharp cracks", "with crackling bursts"),
            ),
            materials=_PLAIN,
            timing=_strikes((2, 8), (0.6, 1.6), 0.35, (0.4, 1.0)),
        ),
        SoundClass(
            name="volcano explosion",
            place="outdoors",
            subject=("an explosion", "a massive explosion"),
            verb=("booms", "goes off"),
            manners=(
                ("with an earth-shaking rumble", "deep and long"),
                ("violently", "with a huge blast"),
                ("with a harsh crack", "with flying debris"),
            ),
            materials=_PLAIN,
            timing=_strikes((1, 2), (3.0, 4.4), 0.2, (2.0, 3.4)),
        ),
        SoundClass(
            name="sea waves",
            place="outdoors",
            subject=("the surf", "the sea"),
            verb=("washes ashore", "breaks on the shore"),
            manners=(
                ("with deep surges", "heavily"),
                ("rhythmically", "again and again"),
                ("with a light hiss", "gently"),
            ),
            materials=("on sand", "on pebbles", "on rocks"),
            timing=_lasting((1.6, 3.2)),
        ),
    )
}
"""By name, in a fixed order."""
