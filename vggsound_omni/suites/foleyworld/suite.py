"""FoleyWorld as a suite: items from scenes, media rendered on demand into the cache."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from vggsound_omni.errors import UserError
from vggsound_omni.io import cache_dir
from vggsound_omni.suites.suite import Contact, Item, Media, MusicTruth, RoomTruth, SoundEvent, Truth

from .classes import CLASSES
from .program import COUNTS, scene
from .record import CODING_VERSION, SceneKey, record_missing, split_keys
from .render import contacts
from .salts import PRIVATE, commitment, salt_of
from .scene import WORLD_VERSION, Scene, Source

_MADE_BY = f"{WORLD_VERSION}.{CODING_VERSION}"
FEW = (
    *("hammering nails", "basketball bounce", "glass breaking", "church bell ringing", "playing piano", "dog barking"),
    *("cat meowing", "owl hooting", "raining", "sea waves"),
)
"""Ten classes of every kind, for experiments that cannot afford all of them."""


class FoleyWorld:
    """The bundled suite: ``foleyworld`` (its test split), ``foleyworld:validation``, or a private split.

    Args:
        split: which scenes.
        salt: of a private split.
        few: only those in which all that is heard is one of :data:`FEW`; the suite is then ``foleyworld-few``.
    """

    encoder_set = "foleyworld"

    def __init__(self, split: str = "test", salt: bytes | None = None, *, few: bool = False) -> None:
        public = [name for name in COUNTS if name != PRIVATE]
        if split not in public and salt is None:
            raise UserError(f'FoleyWorld has no split "{split}" to evaluate on; take one of {", ".join(public)}.')
        salt_of(split, salt)
        name = "foleyworld-few" if few else "foleyworld"
        self.name = name if split == "test" else f"{name}:{split}"
        self.version = str(WORLD_VERSION)
        self.bandwidths = Path(__file__).with_name(f"bandwidths-{split}.json")
        self._split = split
        self._salt = salt
        self._few = few

    def items(self) -> Sequence[Item]:
        """Returns every item of the split: ``main``, then ``natural``, ``conflict`` and ``bgm``."""
        found = _drawn(self._split, self._salt)[0]
        return tuple(item for item in found if set(item.labels) <= set(FEW)) if self._few else found

    def media(self, item: Item) -> Media:
        """Returns the item's MP4 and WAV, rendered now if need be."""
        self.check([item])
        return Media(video=self.folder / f"{item.id}.mp4", audio=self.folder / f"{item.id}.wav")

    def check(self, items: Sequence[Item]) -> None:
        """Renders what is missing of these items, with a progress bar."""
        _, keys = _drawn(self._split, self._salt)
        record_missing({item.id: keys[item.id] for item in items}, self.folder, salt=self._salt)

    @property
    def folder(self) -> Path:
        """Where this split's files lie, by the declared versions of what they hold and how they are coded."""
        name = self._split if self._salt is None else f"{self._split}-{commitment(self._salt)[:16]}"
        return cache_dir() / "foleyworld" / _MADE_BY / name

    def media_version(self, item: Item) -> str:  # noqa: ARG002 - all scenes have one
        """Returns the declared versions of the world and of its coding."""
        return f"foleyworld {_MADE_BY}"


def open_split(split: str) -> FoleyWorld:
    """Opens the split of a suite's name; the test split where the name has none."""
    return FoleyWorld(split or "test")


def open_few(split: str) -> FoleyWorld:
    """Opens the scenes of ten classes of a split; of the test split where the name has none."""
    return FoleyWorld(split or "test", few=True)


def private_suite(salt: bytes) -> FoleyWorld:
    """Opens the private split of a salt: 128 scenes of each stratum, drawn as the test split's are.

    Raises:
        UserError: the salt can be guessed.
    """
    return FoleyWorld(PRIVATE, salt)


@cache
def _drawn(split: str, salt: bytes | None) -> tuple[tuple[Item, ...], dict[str, SceneKey]]:
    """Returns the items of a split, and their keys by id; drawn once in a process."""
    drawn = {key: scene(*key, salt) for key in split_keys(split)}
    return tuple(map(_item, drawn.values())), {found.id: key for key, found in drawn.items()}


def _item(scene: Scene) -> Item:
    captions = scene.captions
    return Item(
        id=scene.id,
        stratum=f"{scene.stratum}/{scene.cell}",
        duration=scene.duration,
        caption=captions.dense,
        captions={
            "paraphrase": captions.paraphrase,
            "plain": captions.plain,
            "brief": captions.brief,
            "timed": captions.timed,
            "label": captions.label,
        },
        labels=scene.labels,
        provenance={"world": scene.truth()},
        truth=_truth(scene),
    )


def _truth(scene: Scene) -> Truth:
    music = scene.music
    return Truth(
        events=_events(scene.heard),
        contacts=tuple(Contact(sound_class=name, **disc) for name, disc in contacts(scene).items()),
        music=None if music is None else MusicTruth(style=music.style, level_db=music.gain_db),
        room=RoomTruth(name=scene.room.name, rt60=scene.room.rt60),
        silent=_events([source for source in scene.sources if not source.audible]),
        forbidden=scene.forbidden,
    )


def _events(sources: Sequence[Source]) -> tuple[SoundEvent, ...]:
    """What the sources do, by onset."""
    events = [
        SoundEvent(
            sound_class=source.sound_class,
            onset=event.onset,
            end=event.end,
            level_db=source.gain_db,
            on_screen=source.on_screen and source.shown_as is None,
            discrete=not CLASSES[source.sound_class].lasting,
            impact=CLASSES[source.shown_as or source.sound_class].impact,
            performed=source.shown_as is not None,
        )
        for source in sources
        for event in source.events
    ]
    return tuple(sorted(events, key=lambda event: (event.onset, event.sound_class)))
