"""Damages a published row, its sounds and its leaderboard: every outcome is "valid" or a sentence."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import resource
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tests.board.attacks import newest
from vggsound_omni.board.exports import to_csv, to_json, to_latex
from vggsound_omni.board.shelf import validate
from vggsound_omni.board.table import tables
from vggsound_omni.errors import UserError

from . import FINDING

PUBLISHED = Path(__file__).parent.parent.parent / "leaderboard"
ROWS = ("noise", "oracle")
SLOW = 10.0
"""Seconds of CPU that no leaderboard of two rows may take."""
LARGE = 1_000_000
"""Kilobytes that memory may grow by."""
ODD: tuple[Any, ...] = (
    *(0, -0.0, -1, 1, 2**31, 2**63, 10**18, 1e30, 1e-320, 1e308, -1e308, 0.1, True, False, None, "", "NaN", "1e5"),
    *("<b>", "\u202e", "x" * 3000, "../../etc/passwd", "0" * 64, [], {}, [[]], [1.0] * 70, {"a": 1}, "2999-99-99"),
    *("2026-02-30", "foleyworld", "pretrained", "kl", "ref", "It was not convenient.", "not_computed", "computed"),
)
RAW = (b"NaN", b"Infinity", b"-1e999", b"1" * 400, b"[" * 500, b'"\\ud800"', b"1E+30", b"0e0", b"{}", b"\xff", b"null")
Rng = np.random.Generator


def campaign(n: int, seed: int, seconds: float) -> Counter[str]:
    """Tries ``n`` damaged leaderboards and counts what became of them."""
    began, outcomes = time.monotonic(), Counter[str]()
    with tempfile.TemporaryDirectory(prefix="omni-bench-fuzz-") as scratch:
        clean = _clean(Path(scratch) / "clean")
        validate(clean, listen=False)  # the networks' names are read once
        for k in range(n):
            if time.monotonic() - began > seconds:
                break
            board = Path(shutil.copytree(clean, Path(scratch) / "board"))
            rng = np.random.default_rng((seed, k))
            kind = _damage(board, rng)
            outcomes[f"{kind}: {_outcome(board, clean if rng.random() < 0.5 else None)}"] += 1
            shutil.rmtree(board)
    return Counter({_named(outcome): count for outcome, count in outcomes.items()})


def _named(outcome: str) -> str:
    """Findings first, by what they are and in which kind."""
    kind, _, rest = outcome.partition(": ")
    return f"{rest} ({kind})" if rest.startswith(FINDING) else outcome


def _clean(root: Path) -> Path:
    """Two published rows, one of which is a stranger's model."""
    folder = root / "results" / "foleyworld" / "bgm"
    folder.mkdir(parents=True)
    (root / "audio").mkdir()
    for name in ("OWNERS.toml", "README.md"):
        shutil.copyfile(PUBLISHED / name, root / name)
    for name in ROWS:
        file = newest("bgm", name)
        raw = json.loads(file.read_text())
        raw["supersedes"] = None
        (folder / file.name).write_text(json.dumps(raw))
        for sample in raw["samples"].values():
            shutil.copyfile(
                PUBLISHED / "audio" / f"{sample['sha256']}.opus", root / "audio" / f"{sample['sha256']}.opus"
            )
    raw = json.loads((folder / newest("bgm", "noise").name).read_text())
    raw["card"] |= {"name": "clever-model", "version": "1"}
    raw["who"] = {"generated": "Mallory", "scored": "Mallory"}
    raw["real_time_factor"] = 0.1
    raw["sounds"] = [f"{k:064x}" for k in range(len(raw["ids"]))]
    (folder / "clever-model@1.json").write_text(json.dumps(raw))
    return root


def _damage(board: Path, rng: Rng) -> str:
    kinds: dict[str, Callable[[Path, Rng], None]] = {
        "values": _values, "bytes": _bytes, "folder": _folder, "sounds": _sounds, "consistent": _consistent,
    }  # fmt: skip
    kind = str(rng.choice(list(kinds), p=[0.5, 0.15, 0.1, 0.1, 0.15]))
    kinds[kind](board, rng)
    return kind


def _outcome(board: Path, published: Path | None) -> str:
    memory, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    try:
        shelf = validate(board, published, listen=False)
        said = "refused" if shelf.sentences else "valid"
        if any(not sentence or len(sentence) > 3000 or "\n" in sentence for sentence in shelf.sentences):
            said = f"{FINDING}: a sentence that is none"
        if not shelf.sentences:
            for table in tables(shelf.submissions, shelf.owners):
                for write in (to_csv, to_json, to_latex):
                    write(table)
    except UserError:
        said = "refused"
    except Exception as error:  # noqa: BLE001 - that is what is looked for
        said = f"{FINDING}: {type(error).__name__}: {str(error)[:80]}"
    if time.process_time() - started > SLOW:
        said = f"{FINDING}: more than {SLOW:.0f} s"
    if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory > LARGE:
        said = f"{FINDING}: more than {LARGE // 1000} MB"
    return said


def _file(board: Path) -> Path:
    return board / "results" / "foleyworld" / "bgm" / "clever-model@1.json"


def _values(board: Path, rng: Rng) -> None:
    """One to three places of the JSON hold something else, more, less, or what another place holds."""
    raw = json.loads(_file(board).read_text())
    for _ in range(int(rng.integers(1, 4))):
        holder, key = _somewhere(raw, rng)
        action = rng.integers(6)
        if action == 0:
            del holder[key]
        elif action == 1:
            other, place = _somewhere(raw, rng)
            holder[key] = copy.deepcopy(other[place])
        elif action == 2 and isinstance(holder, list):
            holder.extend(holder[: int(rng.integers(1, 100))])
        elif action == 3 and isinstance(holder, dict):
            holder[str(rng.choice(["kl", "fd_passt", "é", "x" * 300, "__class__", "ds"]))] = holder[key]
        else:
            holder[key] = ODD[int(rng.integers(len(ODD)))]
    _file(board).write_text(json.dumps(raw))


def _somewhere(raw: Any, rng: Rng) -> tuple[Any, Any]:
    """A place of a JSON value: what holds it, and its key."""
    holder = raw
    while True:
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        key = keys[int(rng.integers(len(keys)))]
        inner = holder[key]
        if not isinstance(inner, (dict, list)) or not inner or rng.random() < 0.2:
            return holder, key
        holder = inner


def _bytes(board: Path, rng: Rng) -> None:
    """Bytes of the file are changed, cut out, doubled, or replaced by what no JSON should hold."""
    content = bytearray(_file(board).read_bytes())
    for _ in range(int(rng.integers(1, 4))):
        place, action = int(rng.integers(len(content))), rng.integers(4)
        if action == 0:
            content[place] = int(rng.integers(256))
        elif action == 1:
            del content[place : place + int(rng.integers(1, 200))]
        elif action == 2:
            content[place:place] = content[place : place + int(rng.integers(1, 2000))]
        else:
            colon = content.find(b":", place)
            content[colon + 1 : colon + 2] = RAW[int(rng.integers(len(RAW)))]
    _file(board).write_bytes(bytes(content))


def _folder(board: Path, rng: Rng) -> None:
    """Links, folders, pipes and files where none belong."""
    places = ("x", "results/x", "results/foleyworld/x.json", "results/foleyworld/bgm/x@1.json", "audio/x.opus", "cards")
    target = board / places[int(rng.integers(len(places)))]
    action = rng.integers(6)
    if action == 0:
        target.symlink_to("/etc/passwd" if rng.random() < 0.5 else board)
    elif action == 1:
        target.mkdir()
        (target / "y").write_text("y")
    elif action == 2:
        os.mkfifo(target)
    elif action == 3:
        with target.open("wb") as big:
            big.truncate(1 << int(rng.integers(10, 34)))
    elif action == 4:
        (board / "OWNERS.toml").write_bytes(rng.bytes(100) if rng.random() < 0.5 else b"baselines = 3")
    else:
        _file(board).rename(
            _file(board).with_name(str(rng.choice(["é@1.json", "clever-model@01.json", "\udcff@1.json"])))
        )


def _sounds(board: Path, rng: Rng) -> None:
    """A damaged sound under the hash of its content, as the row says."""
    raw = json.loads(_file(board).read_text())
    sample = raw["samples"][sorted(raw["samples"])[0]]
    content = bytearray((board / "audio" / f"{sample['sha256']}.opus").read_bytes())
    for _ in range(int(rng.integers(1, 20))):
        content[int(rng.integers(len(content)))] = int(rng.integers(256))
    if rng.random() < 0.3:
        del content[int(rng.integers(1, len(content))) :]
    sample["sha256"] = hashlib.sha256(content).hexdigest()
    (board / "audio" / f"{sample['sha256']}.opus").write_bytes(bytes(content))
    _file(board).write_text(json.dumps(raw))


def _consistent(board: Path, rng: Rng) -> None:
    """Numbers of a metric scaled throughout, so that what is found is not the first sum that does not fit."""
    raw = json.loads(_file(board).read_text())
    scale = float(10.0 ** rng.uniform(-310, 30)) * float(rng.choice([-1, 1]))
    part = raw["items"] if rng.random() < 0.5 else raw["influence"]
    key = sorted(part)[int(rng.integers(len(part)))]
    part[key] = [number and number * scale for number in part[key]]
    for scores in (raw["scores"], *raw["strata"].values()):
        for name in ("value", "bias"):
            if scores[key][name] is not None:
                scores[key][name] *= scale
        if scores[key]["interval"] is not None:
            scores[key]["interval"] = [end * scale for end in scores[key]["interval"]]
    _file(board).write_text(json.dumps(raw))
