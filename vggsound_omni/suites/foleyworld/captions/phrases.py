"""What may be said of any class: how often, in which order, where. The last quarter of a list is held out."""

from __future__ import annotations

REGULAR = (
    *("steadily", "at regular intervals", "evenly", "at an even pace", "regularly", "at even intervals"),
    *("at a regular pace", "at steady intervals"),
)
UNEVEN = ("irregularly", "at uneven intervals", "unevenly", "at irregular intervals", "at an uneven pace")
FASTER = ("faster and faster", "speeding up", "ever faster", "at a growing pace", "at an ever faster pace")
SLOWER = ("slower and slower", "slowing down", "ever more slowly", "at a slackening pace", "at an ever slower pace")
LOUDER = ("louder and louder", "growing louder", "ever louder", "with growing force", "with more and more volume")
SOFTER = ("softer and softer", "growing fainter", "fading away", "with waning force", "ever fainter")
ADJECTIVES = {
    "low": ("low-pitched",),
    "high": ("high-pitched",),
    "slow": ("slow",),
    "quick": ("rapid", "quick"),
    "regular": ("regular", "steady"),
    "loud": ("loud",),
    "faint": ("faint",),
}

NUMBERS = (*("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),)
ONCE = ("once", "a single time", "just once", "only once")
TWICE = ("twice", "two times", "twice in a row", "twice in all")
TIMES = ("{n} times", "{n} times in all", "{n} times", "{n} times all in all")
MANY = (("more than a dozen", 13), ("over a dozen", 13), ("more than twenty", 21), ("over thirty", 31))
"""For more than twelve: what is said, and from how many on."""
VAGUE = (
    *(("a few times", 3, 4), ("several times", 4, 8), ("repeatedly", 5, 99), ("over and over", 6, 99)),
    *(("again and again", 6, 99), ("many times", 9, 99)),
)
"""What is said, from how many, and up to how many."""

HEARD = (
    *("{N} {is} heard", "{N} can be heard", "there {is} {N}", "{N} {is} audible", "you hear {N}", "you can hear {N}"),
    *("{N} {is} to be heard", "one can hear {N}"),
)
THEN = (
    *("{a}, then {b}", "{a}, and then {b}", "first {a}, then {b}", "{a}; after that, {b}", "{a} before {b}"),
    *("after {A}, {b}", "{A}, followed by {B}", "at first {a}; later {b}", "{b} after {A}", "{a}, and afterwards {b}"),
    *("first {a}, and only later {b}", "before {b}, {a}", "{a}, and after that {b}"),
)
ENDING = ("{a}; at the end, {b}", "{a}, and in the end {b}", "{a}, and finally {b}", "{a}, and at the very end {b}")
WHILE = (
    *("{a} while {b}", "{a}, and meanwhile {b}", "{a} as {b}", "{a} and {b}", "while {b}, {a}", "{a}, with {B}"),
    *("{a}, and at the same time {b}", "{a}, accompanied by {B}", "{A} and {B} are heard together", "as {b}, {a}"),
    *("{a}; at the same time, {b}", "{a}, all while {b}", "{A} together with {B}"),
)
SOON = (
    *("{a}, and after a while {b} too", "{a}, joined later by {B}", "{a}, and later on {b} as well"),
    *("{a}, and some time later {b} as well",),
)
"""Both at once, but the second begins later."""
BEHIND = (
    *("{a}, with {B} in the background", "{a} while {b} in the background", "{a} over the fainter sound of {B}"),
    *("{a}; in the background, {b}",),
)
"""Both at once, the second much softer."""

AND = ("{a}, and {b}", "{A} and {B} are heard", "{a}; in addition, {b}", "besides {A}, {b}")
"""For all else: both are heard."""

OFF_SCREEN = (
    *("off screen, {c}", "out of frame, {c}", "out of view, {c}", "out of sight, {c}", "{c} off screen"),
    *("{c} out of frame", "{c} out of view", "somewhere out of sight, {c}", "outside the picture, {c}"),
    *("out of the frame, {c}", "{c} outside the frame", "somewhere outside the frame, {c}"),
)
CUES = ("off screen", "out of frame", "out of view", "out of sight", "picture", "the frame", "in view")
"""Words that give away that something is not in the picture."""
SILENT_VIEW = (
    *("{it} in the picture makes no sound", "{it} in view is silent", "{it} in view is not heard"),
    *("no sound comes from {it} in the picture",),
)

EARLY = ("at the beginning", "early on", "in the first half", "at the start")
LATE = ("towards the end", "later on", "in the second half", "only in the second half")
ALWAYS = ("the whole time", "from start to finish", "without a break", "from the start to the end")
WAITED = (
    "after a few seconds, {c}",
    "at first there is a pause; then {c}",
    "{c} after a pause",
    "some time later, {c}",
)

MUSIC = (
    *("{M} plays in the background", "there is {M} in the background", "{M} is playing", "{M} can be heard as well"),
    *("{M} accompanies the scene", "all of this is set to {M}", "{M} is heard as well", "{M} is in the background"),
)
FAINT_MUSIC = (
    *("{M} plays faintly in the background", "there is {M}, faint, in the background", "{M} plays very softly"),
    *("{M} is faint in the background",),
)
FULL_MUSIC = (
    *("{M} plays at full volume", "there is {M}, as loud as everything else", "{M} plays loudly"),
    *("{M} is as loud as everything else",),
)
NO_MUSIC = ("no music plays", "there is no music", "no music is heard", "music is not heard")
NO_SPEECH = ("nobody speaks", "no voices are heard", "no one says a word", "there are no voices")
NOTHING_ELSE = ("nothing else is heard", "there is no other sound", "no other sound is heard", "all else is silent")
NOT_HEARD = ("no {x} {is} heard", "there {is} no {x}", "{x} {is} not heard", "you hear no {x}")

ONE_OF_TWO = (
    *("one of two {things}", "one of the two {things}", "the {thing} on the {side}", "only the {thing} on the {side}"),
    *("just one of two {things}",),
)
THE_OTHER = (
    *("{c} while the other stays silent", "{c}; the other makes no sound", "{c}, not the other"),
    *("{c}; the other one stays silent",),
)
