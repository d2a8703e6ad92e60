"""``tuxpaint-stamps``: the sounds of Tux Paint's stamps, each with its picture and caption, GPL-2, from Debian.

``tuxpaint_stamps.tsv`` lists them: all sounds but spoken letters and digits and one at 5 kHz (apollo_lander), each with
VGGSound's class where the caption names its source, and which of two equal ones is left out.
"""

from __future__ import annotations

import csv
from importlib import resources

from .source import Package, Sound

_FOLDER = "usr/share/tuxpaint/stamps"
_FILE = "tuxpaint-stamps-default_2022.06.04-1_all.deb"


def _sounds() -> tuple[Sound, ...]:
    text = resources.files(__package__).joinpath("tuxpaint_stamps.tsv").read_text(encoding="utf-8")
    return tuple(
        Sound(
            id=row["file"].rpartition("/")[2],
            file=f"{_FOLDER}/{row['file']}.ogg",
            picture=f"{_FOLDER}/{row['file']}.png" if row["picture"] else "",
            labels=(row["label"],) if row["label"] else (),
            repeats=row["repeats"],
            caption=row["caption"],
        )
        for row in csv.DictReader(text.splitlines(), delimiter="\t")
    )


PACKAGE = Package(
    name="tuxpaint-stamps-default",
    version="2022.06.04-1",
    file=_FILE,
    sha256="6db6c1bfc870a47f1499d6203b083522eacb57c5f9c87d468f2e92eb6d9d5f34",
    size=160_880_444,
    licence="GPL-2.0",
    page="https://packages.debian.org/bookworm/tuxpaint-stamps-default",
    publisher="Tux Paint, tuxpaint.org",
    addresses=(
        f"https://deb.debian.org/debian/pool/main/t/tuxpaint-stamps/{_FILE}",
        f"https://snapshot.debian.org/archive/debian/20250520T000000Z/pool/main/t/tuxpaint-stamps/{_FILE}",
    ),
    sounds=_sounds(),
)
