"""A study as a folder of HTML that needs no server: from any static host, or opened from a disk.

A browser does not let a page that was opened from a disk read files, but scripts it may load. So sounds are written as
scripts, of the same size for all sounds of an item.
"""

from __future__ import annotations

import base64
import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from vggsound_omni.errors import UserError

from .exports import write
from .given import FILES, PAGE, Completion, given, index_html
from .study import Study


def write_folder(
    study: Study,
    folder: Path,
    out: Path,
    *,
    address: str,
    post: str | None,
    completion: Completion,
    progress: Callable[[int, int], None],
) -> Path:
    """Writes the page, the trials of each listener, and all media; and beside it the listeners' links.

    Args:
        study: what is asked.
        folder: where the study is.
        out: a folder that does not exist, or is empty; what it gets is for listeners.
        address: where the folder will be on the web, for the links.
        post: an address that answers are sent to; None: they are saved as files.
        completion: what a listener gets at the end.
        progress: called with sounds written and sounds in all.

    Returns:
        The file of links, one a listener, which is not in ``out``.

    Raises:
        UserError: the folder is not empty, an address is none, or a file of the study is missing.
    """
    if out.exists() and any(out.iterdir()):
        raise UserError(f"{out} is not empty; choose another --out.")
    for option, url, schemes in (
        ("--post", post, ("http", "https")),
        ("--address", address, ("http", "https", "file")),
    ):
        if url is not None and (urlsplit(url).scheme not in schemes or "?" in url or "#" in url):
            raise UserError(f"{option} is {url[:80]!r}; an address such as https://example.org/listen is expected.")
    media = out / "media"
    media.mkdir(parents=True, exist_ok=True)
    sounds = sorted(name for clip in study.clips.values() for name in clip.sounds.values())
    for number, name in enumerate(sounds, 1):
        coded = base64.b64encode(read_medium(folder, name)).decode()
        (media / f"{name}.js").write_text(script(f"media/{name}.js", coded), encoding="utf-8")
        progress(number, len(sounds))
    for clip in study.clips.values():
        if clip.picture is not None:
            (media / clip.picture).write_bytes(read_medium(folder, clip.picture))
    for name in FILES:
        shutil.copyfile(PAGE / name, out / name)
    sessions = {f"sessions/{session.listener}.js": given(session, study, ".js") for session in study.sessions}
    write(out, {name: script(name, session) for name, session in sessions.items()})
    write(out, {"index.html": index_html(study, "folder", {"post": post, "completion": completion.shown()})})
    links = folder / "links.csv"
    write(folder, {links.name: _links(study, address)})
    return links


def read_medium(folder: Path, name: str) -> bytes:
    """Returns a file that listeners are given.

    Raises:
        UserError: it is missing.
    """
    try:
        return (folder / "public" / "media" / name).read_bytes()
    except OSError as error:
        raise UserError(f"{folder} lacks public/media/{name} ({error.strerror}); design the study again.") from error


def script(name: str, value: object) -> str:
    """Returns a script that hands a value to the page."""
    return f"received({json.dumps(name)}, {json.dumps(value)});\n"


def _links(study: Study, address: str) -> str:
    base = address.rstrip("/")
    base = base if base.endswith(".html") else f"{base}/index.html"
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(("number", "link"))
    rows.writerows((number, f"{base}?listener={one.listener}") for number, one in enumerate(study.sessions, 1))
    return out.getvalue()
