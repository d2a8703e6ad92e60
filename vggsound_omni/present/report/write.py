"""Collects a run's media and writes ``report.html``."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from vggsound_omni.errors import UserError
from vggsound_omni.io import replacing
from vggsound_omni.media import read_audio
from vggsound_omni.progress import Progress
from vggsound_omni.protocol import Audio
from vggsound_omni.runs.folder import RunFolder
from vggsound_omni.runs.result import Result
from vggsound_omni.suites.suite import Item, Media, Suite
from vggsound_omni.tracks import Track, load_track

from .additions import additions
from .clips import data_uri, sound_alone, still, with_sound
from .order import chosen, worst_first
from .page import Clip, Panel, Shown, render
from .spectrogram import Axes, levels, png, shared_axes
from .timeline import Heard, Timeline, listen, timeline

WORST, OTHERS = 24, 24  # items that are played: the worst, and a cross-section of the others
MOST_BYTES = 25_000_000  # of the page
_ROW_BYTES = 1500  # of an item's line in the list, about


def write_report(folder: Path, result: Result, suite: Suite, items: Sequence[Item], track: Track | None = None) -> Path:
    """Writes ``report.html`` into a run folder: one self-contained page.

    Items are embedded alternately from the worst and from the cross-section, until the page is full.

    Args:
        folder: the run folder, with the generated sound.
        result: the run's result.
        suite: gives the references and videos.
        items: the items of the run, in the suite's order.
        track: the run's; None loads it by the name in the result.

    Returns:
        The page.

    Raises:
        UserError: the result's track is unknown.
        OSError: the folder cannot be written to.
    """
    by_id, track = {item.id: item for item in items}, track or load_track(result.track)
    order = worst_first(result, list(by_id), track.headline)
    worst, others = chosen(order, WORST, OTHERS)
    left = MOST_BYTES - 300_000 - _ROW_BYTES * len(items)
    clips: dict[str, Clip] = {}
    files = RunFolder(folder)
    played = [by_id[item_id] for item_id in (*worst, *others)]
    heard = listen(result, played, {item.id: files.audio_path(item.id) for item in played}, track)
    maker = _Maker(files, suite, track, heard)
    with Progress("Writing the report", len(worst) + len(others)) as progress:
        for item_id in _by_turns(worst, others):
            clip = maker.clip(by_id[item_id])
            progress.advance()
            left -= clip.bytes
            if left < 0:
                break
            clips[item_id] = clip
    page = render(
        result,
        items,
        maker.track,
        order,
        Shown(
            worst=tuple(clips[i] for i in worst if i in clips),
            others=tuple(clips[i] for i in others if i in clips),
            full=left < 0,
        ),
        additions(folder, result),
    )
    path = folder / "report.html"
    with replacing(path) as temporary:
        temporary.write_text(page, encoding="utf-8", newline="\n")
    return path


class _Maker:
    """Makes the players and pictures of an item."""

    def __init__(self, folder: RunFolder, suite: Suite, track: Track, heard: Mapping[str, Heard]) -> None:
        self.track, self._heard = track, heard
        self._folder = folder
        self._suite = suite

    def clip(self, item: Item) -> Clip:
        """Makes one item's players. A file that cannot be read or encoded becomes a sentence in its place."""
        problems: list[str] = []
        sounds: dict[str, Audio] = {}
        media = Media(video=None, audio=None)
        with _told(problems, "Its media"):
            media = self._suite.media(item)
        files = {"generated": self._folder.audio_path(item.id), "reference": media.audio if item.has_audio else None}
        for name, path in files.items():
            with _told(problems, f"The {name} sound"):
                if path is not None:
                    sounds[name] = self._read(path)
        axes: Axes | None = None
        pictures: dict[str, str] = {}
        top = 0.0
        with _told(problems, "Its spectrogram"):
            axes = shared_axes(list(sounds.values())) if sounds else None
            drawn = {name: levels(sound, axes) for name, sound in sounds.items()} if axes else {}
            top = max((float(level.max()) for level in drawn.values()), default=0.0)
            pictures = {name: png(level, top) for name, level in drawn.items()}
        panels: dict[str, Panel] = {}
        poster = None
        with tempfile.TemporaryDirectory(prefix="omni-bench-report-") as scratch:
            for name, picture in pictures.items():
                if name == "generated" and media.video is not None and item.has_video and self.track.task != "t2a":
                    with _told(problems, "The picture"):
                        file = with_sound(media.video, sounds[name], self.track.window or item.duration, Path(scratch))
                        poster = still(file, min(item.duration, self.track.window or item.duration))
                        panels[name] = Panel(
                            moving=True, source=data_uri("video/mp4", file.read_bytes()), picture=picture
                        )
                if name not in panels:
                    with _told(problems, f"The {name} sound"):
                        file = sound_alone(sounds[name], Path(scratch) / f"{name}-alone.mp4")
                        panels[name] = Panel(
                            moving=False, source=data_uri("audio/mp4", file.read_bytes()), picture=picture
                        )
        # The page may be shown to others, so it names files but no folders of this machine.
        folders = [self._folder.path, Path(scratch), *(path.parent for path in (media.video, media.audio) if path)]
        for folder in folders:
            problems = [problem.replace(f"{folder}/", "") for problem in problems]
        return Clip(
            item=item,
            generated=panels.get("generated"),
            reference=panels.get("reference"),
            poster=poster,
            axes=axes,
            top_db=top,
            problems=tuple(problems),
            truth=self._timeline(item, axes, None),
            timeline=self._timeline(item, axes, self._heard.get(item.id)),
        )

    def _timeline(self, item: Item, axes: Axes | None, heard: Heard | None) -> Timeline | None:
        return timeline(item.truth, heard, self.track, axes.seconds) if item.truth and axes else None

    def _read(self, path: Path) -> Audio:
        """Reads a sound as it was scored; more than two channels are averaged."""
        audio = read_audio(path, mono=False, seconds=self.track.window)
        if len(audio.samples) <= 2:
            return audio
        mean = audio.samples.mean(axis=0, keepdims=True, dtype=np.float64).astype(np.float32)
        return Audio(samples=mean, sample_rate=audio.sample_rate)


@contextmanager
def _told(problems: list[str], what: str) -> Iterator[None]:
    """Turns any error into a sentence on the page."""
    try:
        yield
    except UserError as error:
        problems.append(str(error))
    except Exception as error:  # noqa: BLE001 - encoders raise anything, and the page must show the other items
        problems.append(f"{what} cannot be shown: it could not be encoded ({type(error).__name__}).")


def _by_turns(first: Sequence[str], second: Sequence[str]) -> Iterator[str]:
    for i in range(max(len(first), len(second))):
        yield from first[i : i + 1]
        yield from second[i : i + 1]
