"""The feature store: what goes in comes out, whatever happens meanwhile."""

from __future__ import annotations

import inspect
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from vggsound_omni.cli.cache import command
from vggsound_omni.encoders.encoder import AudioInput, EncoderCard, VideoInput
from vggsound_omni.errors import UserError
from vggsound_omni.features import (
    CacheKeys,
    Features,
    FeatureStore,
    Key,
    file_key,
    holdings,
    picture_hash,
    sound_hash,
    text_hash,
    trim,
)
from vggsound_omni.features import keys as keys_module
from vggsound_omni.features import shards as shards_module
from vggsound_omni.features.keys import settled
from vggsound_omni.features.signals import SoundView

CARD = EncoderCard(
    name="levels",
    kind="level meter",
    encoder_set="foleyworld",
    checkpoint_sha256="0123456789abcdef" * 4,
    parameters=0,
    trained_on="nothing",
    licence="Apache-2.0",
    front_end={"window": 400},
)


HEARING, SEEING = AudioInput(sample_rate=16_000), VideoInput(fps=25, pixels=64)


@dataclass
class Levels:
    card: EncoderCard = CARD


def key(number: int, space: str = "levels-0123456789abcdef") -> Key:
    return Key(space, text_hash(str(number)))


def features(number: int) -> Features:
    """What the entry of a number holds in every test; its size depends on the number."""
    rng = np.random.default_rng(number)
    return {
        "embedding": rng.normal(size=64).astype(np.float32),
        "patches": rng.normal(size=(number % 5, 16)).astype(np.float32),
    }


def same(a: Features, b: Features) -> bool:
    return list(a) == list(b) and all(np.array_equal(a[name], b[name], equal_nan=True) for name in a)


@given(
    st.dictionaries(
        st.text(min_size=1),
        arrays.arrays(np.float32, arrays.array_shapes(min_dims=0, max_dims=3, min_side=0)),
        max_size=4,
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
def test_what_goes_in_comes_out(tmp_path: Path, outputs: dict[str, npt.NDArray[np.float32]]) -> None:
    there = Key("any-0", text_hash(repr(outputs) + repr([a.shape for a in outputs.values()])))
    FeatureStore(tmp_path).put_many({there: outputs})
    back = FeatureStore(tmp_path).get_many([there])[there]
    assert same(back, outputs)
    assert all(array.dtype == np.float32 and array.shape == outputs[name].shape for name, array in back.items())


def test_a_number_of_one_dimension_less_is_another_thing() -> None:
    sound = np.zeros(6, np.float32)
    hashes = [
        sound_hash(sound, 16_000),
        sound_hash(sound, 8_000),
        sound_hash(sound.reshape(2, 3), 16_000),
        sound_hash(sound.reshape(3, 2), 16_000),
        sound_hash(sound + np.float32(1e-20), 16_000),
        picture_hash(np.zeros(6, np.uint8), 16_000),
        text_hash(""),
    ]
    assert len(set(hashes)) == len(hashes)
    assert sound_hash(np.arange(12, dtype=np.float32)[::2], 1) == sound_hash(np.arange(0, 12, 2, dtype=np.float32), 1)


def heard(card: EncoderCard = CARD, prepared: AudioInput = HEARING) -> Key:
    return CacheKeys(Levels(card), "audio", prepared).key(text_hash("a signal"))


@pytest.mark.parametrize(
    "card",
    [
        replace(CARD, checkpoint_sha256="f" * 64),
        replace(CARD, checkpoint_sha256=CARD.checkpoint_sha256[:-1] + "0"),
        replace(CARD, name="level"),
        replace(CARD, version=2),
        replace(CARD, front_end={"window": 401}),
    ],
)
def test_whatever_features_depend_on_is_in_their_key(card: EncoderCard) -> None:
    assert heard(card) != heard()


@pytest.mark.parametrize(
    "change", [{"sample_rate": 16_001}, {"channels": "all"}, {"remove_dc": True}, {"whole": True}, {"seconds": 4.0}]
)
def test_however_sound_is_prepared_is_in_the_key(change: dict[str, Any]) -> None:
    assert heard(prepared=replace(HEARING, **change)) != heard()


def test_the_version_of_the_store_is_in_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    before = heard()
    monkeypatch.setattr(keys_module, "STORE_VERSION", keys_module.STORE_VERSION + 1)
    assert heard() != before


def test_what_only_describes_an_encoder_is_not_in_the_key() -> None:
    described = replace(CARD, licence="MIT", kind="a meter", trained_on="less", parameters=1, published=True)
    assert heard(described) == heard()


def test_modalities_and_signals_are_kept_apart() -> None:
    keys = [
        CacheKeys(Levels(), "audio", HEARING).key("a"),
        CacheKeys(Levels(), "audio", HEARING).key("b"),
        CacheKeys(Levels(), "video", SEEING).key("a"),
        CacheKeys(Levels(), "video", replace(SEEING, pixels=65)).key("a"),
        CacheKeys(Levels(), "text", None).key("a"),
    ]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(("suffix", "cut"), [("index", 1), ("index", 40), ("data", 10), ("data", 1500)])
def test_a_cut_shard_loses_its_end_only_and_is_mended_by_writing_on(tmp_path: Path, suffix: str, cut: int) -> None:
    FeatureStore(tmp_path).put_many({key(n): features(n) for n in range(10)})
    (path,) = tmp_path.glob(f"*/*.{suffix}")
    os.truncate(path, path.stat().st_size - cut)
    store = FeatureStore(tmp_path)
    found = store.get_many(key(n) for n in range(10))
    assert 0 < len(found) < 10
    assert list(found) == [key(n) for n in range(len(found))], "what was written first is there"
    assert all(same(found[key(n)], features(n)) for n in range(len(found)))
    store.put_many({key(n): features(n) for n in range(10)})
    for reader in (store, FeatureStore(tmp_path)):
        back = reader.get_many(key(n) for n in range(10))
        assert all(same(back[key(n)], features(n)) for n in range(10))


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_a_changed_byte_anywhere_never_gives_a_wrong_feature(tmp_path: Path, data: st.DataObject) -> None:
    root = tmp_path / str(time.monotonic_ns())
    FeatureStore(root).put_many({key(n): features(n) for n in range(6)})
    path = data.draw(st.sampled_from(sorted(root.glob("*/*.*"))))
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    store = FeatureStore(root)
    found = store.get_many(key(n) for n in range(6))
    assert len(found) >= 4, "a byte is part of one entry, or ends one line and begins the next"
    assert all(same(found[key(n)], features(n)) for n in range(6) if key(n) in found)
    store.put_many({key(n): features(n) for n in range(6) if key(n) not in found})
    again = FeatureStore(root).get_many(key(n) for n in range(6))
    assert all(same(again[key(n)], features(n)) for n in range(6))


WRITER = f"""
import sys
from pathlib import Path
import numpy as np
from vggsound_omni.features import Features, FeatureStore, Key, text_hash
{inspect.getsource(key)}
{inspect.getsource(features)}
store = FeatureStore(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for start in range(int(sys.argv[2]), int(sys.argv[3]), 5):
    store.put_many({{key(n): features(n) for n in range(start, start + 5)}})
"""


def writer(root: Path, start: int, stop: int) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(root), str(start), str(stop)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def go(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.write(b"\n")
    process.stdin.flush()


def test_two_processes_write_at_once_and_a_third_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    processes = [writer(tmp_path, 0, 600), writer(tmp_path, 300, 900)]
    reader = FeatureStore(tmp_path)
    for process in processes:
        go(process)
    seen = 0
    while any(process.poll() is None for process in processes):
        found = reader.get_many(key(n) for n in range(0, 900, 30))
        assert all(same(value, features(n)) for n in range(0, 900, 30) if (value := found.get(key(n))))
        assert len(found) >= seen, "what was there stays"
        seen = len(found)
    for process in processes:
        process.communicate()
        assert process.returncode == 0
    found = reader.get_many(key(n) for n in range(900))
    assert all(same(found[key(n)], features(n)) for n in range(900))
    (holding,) = holdings(tmp_path)
    assert holding.entries == 900
    lines = b"".join(path.read_bytes() for path in tmp_path.glob("*/*.index"))
    assert len(list(shards_module.parse(lines))) == 900, "what both wanted to write was written once"


def test_kill_9_while_writing_loses_nothing_that_was_written(tmp_path: Path) -> None:
    for attempt in range(3):
        process = writer(tmp_path, attempt * 100_000, (attempt + 1) * 100_000)
        go(process)
        store = FeatureStore(tmp_path)
        first = key(attempt * 100_000)
        while first not in store.get_many([first]):
            time.sleep(0.001)
        time.sleep(0.01 * attempt)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        store.put_many({key(-1 - attempt): features(1 + attempt)})
        (holding,) = holdings(tmp_path)
        numbers = [n for a in range(attempt + 1) for n in range(a * 100_000, a * 100_000 + 50_000)]
        numbers += [-1 - a for a in range(attempt + 1)]
        found = store.get_many(key(n) for n in numbers)
        assert len(found) == holding.entries
        assert all(same(found[key(n)], features(abs(n))) for n in numbers if key(n) in found)


def test_a_file_is_known_until_it_changes_in_any_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"1234")
    store = FeatureStore(tmp_path / "store")

    def known(window: float = 8.0, where: Path = path) -> bool:
        now = file_key(where, settled(where), SoundView(seconds=window))
        return store.signals([now]) == {now: text_hash("it")}

    store.remember({file_key(path, settled(path), SoundView(seconds=8.0)): text_hash("it")})
    assert known()
    assert not known(window=4.0)
    with monkeypatch.context() as patched:
        patched.setattr(keys_module, "DECODING_VERSION", keys_module.DECODING_VERSION + 1)
        assert not known(), "it would be decoded otherwise"
    kept = path.stat()
    path.write_bytes(b"4321")
    assert not known(), "other bytes, same size, at once"
    os.utime(path, ns=(kept.st_atime_ns, kept.st_mtime_ns))
    assert path.stat().st_mtime_ns == kept.st_mtime_ns
    assert not known(), "other bytes behind the old time"
    other = tmp_path / "b.wav"
    other.write_bytes(b"1234")
    os.utime(other, ns=(kept.st_atime_ns, kept.st_mtime_ns))
    assert not known(where=other)


def filled(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two encoders of four shards each, used 4, 3, 2, 1 days ago."""
    monkeypatch.setattr(shards_module, "SHARD_BYTES", 1)
    for day in (4, 3, 2, 1):
        before = set(root.glob("*/*.data"))
        FeatureStore(root).put_many({key(day, space): features(day) for space in ("a-1", "b-2")})
        for path in set(root.glob("*/*.data")) - before:
            os.utime(path, (time.time() - day * 86_400,) * 2)


def days_left(root: Path) -> list[int]:
    store = FeatureStore(root)
    return [day for day in (4, 3, 2, 1) if len(store.get_many([key(day, "a-1"), key(day, "b-2")])) == 2]


def test_trimming_removes_what_was_not_used_for_longest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(tmp_path, monkeypatch)
    size = sum(holding.size for holding in holdings(tmp_path))
    store = FeatureStore(tmp_path)
    kept = store.get_many([key(4, "a-1")])[key(4, "a-1")]  # used now
    freed = trim(tmp_path, used_before=time.time() - 2.5 * 86_400)
    assert freed == size - sum(holding.size for holding in holdings(tmp_path)) > 0
    assert days_left(tmp_path) == [2, 1]
    assert [holding.entries for holding in holdings(tmp_path)] == [3, 2]
    assert trim(tmp_path, to=0) == size - freed
    assert holdings(tmp_path) == []
    assert same(kept, features(4)), "what was read before stays readable"
    assert FeatureStore(tmp_path).get_many([key(4, "a-1")]) == {}
    store.put_many({key(4, "a-1"): features(4)})
    assert same(FeatureStore(tmp_path).get_many([key(4, "a-1")])[key(4, "a-1")], features(4))


def test_trimming_to_a_size_keeps_the_last_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(tmp_path, monkeypatch)
    size = sum(holding.size for holding in holdings(tmp_path))
    assert trim(tmp_path, to=size) == 0  # to look what is left would be a use
    trim(tmp_path, to=size // 2)
    assert days_left(tmp_path) in ([2, 1], [1])
    assert sum(holding.size for holding in holdings(tmp_path)) <= size // 2


def test_cache_shows_and_trims(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMNI_BENCH_CACHE", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "150")
    run: Any = CliRunner().invoke
    assert "no features are kept yet" in run(command, ["show"]).output
    FeatureStore().put_many({key(n, f"tagger-{'ab' * 8}"): features(n) for n in range(12)})
    shown = run(command, ["show"]).output
    assert "tagger" in shown
    assert "abababababababab" in shown
    assert " 12 " in shown
    assert time.strftime("%Y-%m-%d") in shown
    assert "0.0 MB removed" in run(command, ["trim", "--older-than", "1"]).output
    assert isinstance(run(command, ["trim"]).exception, UserError)
    assert isinstance(run(command, ["trim", "--all", "--to", "3"]).exception, UserError)
    assert "0.0 MB left" in run(command, ["trim", "--all"]).output
    assert FeatureStore().get_many([key(1, f"tagger-{'ab' * 8}")]) == {}


def test_the_store_needs_no_torch() -> None:
    code = "import sys, vggsound_omni.features, vggsound_omni.cli.cache; print({'torch', 'av'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"set()\n"
