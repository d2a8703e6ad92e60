"""Files come whole or not at all, whatever happens on the way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from vggsound_omni.encoders.fetch.published import Hub
from vggsound_omni.encoders.fetch.store import Store
from vggsound_omni.encoders.fetch.transfer import Transfer, part_of
from vggsound_omni.errors import UserError

from .publisher import CONTENT, FILE, SHA256, Publisher, entry, failure, publisher, store


@pytest.fixture
def server() -> Iterator[Publisher]:
    with publisher() as served:
        served.files[f"release/{FILE}"] = CONTENT
        yield served


class TestTransfers:
    """From an address."""

    def test_whole(self, tmp_path: Path, server: Publisher) -> None:
        made, told = store(tmp_path, entry(server)), []
        assert made.state("net") == "absent"
        (arrival,) = made.pull("net", progress=lambda _file: lambda here, everything: told.append((here, everything)))
        assert arrival.path.read_bytes() == CONTENT
        assert (arrival.sha256, arrival.known, arrival.pulled) == (SHA256, "noted", True)
        assert told[0] == (0, len(CONTENT))
        assert told[-1] == (len(CONTENT), len(CONTENT))
        assert [here for here, _ in told] == sorted(here for here, _ in told)
        assert made.find("net") == arrival.path
        assert made.state("net") == "here"
        assert [path.name for path in arrival.path.parent.iterdir()] == [FILE]

    def test_a_second_pull_asks_nobody(self, tmp_path: Path, server: Publisher) -> None:
        made = store(tmp_path, entry(server))
        made.pull("net")
        (arrival,) = made.pull("net")
        assert not arrival.pulled
        assert len(server.asked) == 1

    def test_interrupted_again_and_again(self, tmp_path: Path, server: Publisher) -> None:
        server.faults = [("cut", 1_000_000), ("cut", 7), ("cut", 0), ("cut", 500_000)]
        made = store(tmp_path, entry(server))
        made.pull("net")
        assert made.find("net").read_bytes() == CONTENT
        assert [wanted for _, wanted in server.asked] == [
            "",
            "bytes=1000000-",
            "bytes=1000007-",
            "bytes=1000007-",
            "bytes=1500007-",
        ]

    def test_interrupted_for_good_and_gone_on_with_later(self, tmp_path: Path, server: Publisher) -> None:
        server.faults = [("cut", 1_000_000)] + [("cut", 0)] * 5
        made = store(tmp_path, entry(server))
        assert "(the connection ended early): 1.0 MB are kept, and the same command goes on from there" in failure(made)
        assert made.state("net") == "in part"
        server.asked.clear()
        made.pull("net")
        assert made.find("net").read_bytes() == CONTENT
        assert [wanted for _, wanted in server.asked] == ["bytes=1000000-"]

    def test_whole_but_not_yet_named(self, tmp_path: Path, server: Publisher) -> None:
        server.faults = [("cut", 1_000_000)] + [("cut", 0)] * 5
        made = store(tmp_path, entry(server))
        failure(made)
        part_of(made.root / "net" / FILE).write_bytes(CONTENT)
        made.pull("net")
        assert made.find("net").read_bytes() == CONTENT

    def test_a_server_that_always_begins_at_the_start(self, tmp_path: Path, server: Publisher) -> None:
        server.ranges, server.faults = False, [("cut", 1_000_000), ("cut", 2_000_000)]
        made = store(tmp_path, entry(server))
        made.pull("net")
        assert made.find("net").read_bytes() == CONTENT

    def test_a_file_that_changes_between_tries(self, tmp_path: Path, server: Publisher) -> None:
        other = CONTENT[::-1]
        server.faults = [("cut", 1_000_000)] + [("cut", 0)] * 5
        made = store(tmp_path, entry(server, sha256=None))
        failure(made)
        server.files[f"release/{FILE}"] = other
        made.pull("net")
        assert made.find("net").read_bytes() == other

    def test_versions_that_cannot_be_told_apart_are_not_joined(self, tmp_path: Path, server: Publisher) -> None:
        server.tags, server.faults = False, [("cut", 1_000_000)]
        made = store(tmp_path, entry(server, sha256=None))
        made.pull("net")
        assert [wanted for _, wanted in server.asked] == ["", ""]

    def test_corrupted(self, tmp_path: Path, server: Publisher) -> None:
        server.faults = [("corrupt", 1_234_567)]
        made = store(tmp_path, entry(server))
        assert f"{SHA256} was expected: it was damaged on its way or replaced" in failure(made)
        assert made.state("net") == "absent"
        made.pull("net")
        assert made.find("net").read_bytes() == CONTENT

    def test_truncated_at_the_server(self, tmp_path: Path, server: Publisher) -> None:
        server.faults = [("truncate", 2_000_000)]
        assert "has 2,000,000 bytes, 3,000,000 were expected" in failure(store(tmp_path, entry(server)))

    def test_truncated_with_the_size_unknown(self, tmp_path: Path, server: Publisher) -> None:
        server.faults = [("truncate", 2_000_000)]
        assert "was expected: it was damaged" in failure(store(tmp_path, entry(server, size=None)))

    def test_not_there(self, tmp_path: Path, server: Publisher) -> None:
        server.files.clear()
        assert failure(store(tmp_path, entry(server))).endswith("does not exist (the server answered 404).")
        assert len(server.asked) == 1

    def test_refused(self, tmp_path: Path, server: Publisher) -> None:
        server.faults = [("status", 403)]
        assert failure(store(tmp_path, entry(server))).endswith("is refused: the server answered 403 Forbidden.")

    def test_busy_for_a_while(self, tmp_path: Path, server: Publisher) -> None:
        server.faults = [("status", 503), ("status", 429), ("cut", 10), ("status", 500)]
        made = store(tmp_path, entry(server))
        made.pull("net")
        assert made.find("net").read_bytes() == CONTENT

    def test_busy_for_good(self, tmp_path: Path, server: Publisher) -> None:
        server.faults = [("status", 503)] * 5
        assert "(the server answered 503): 0.0 MB are kept" in failure(store(tmp_path, entry(server)))

    def test_nobody_answers(self, tmp_path: Path) -> None:
        with publisher() as gone:
            pass
        assert "refused" in failure(store(tmp_path, entry(gone)))

    def test_no_room(self, tmp_path: Path, server: Publisher) -> None:
        transfer = Transfer(f"{server.url}/release/{FILE.replace(' ', '%20')}", tmp_path / "f")
        with pytest.raises(UserError, match=r"has .* MB left, and f needs 999,999,999,999.0 MB: make room, or set"):
            transfer._check(10**18 - 10**6)

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="the disk that is always full is Linux's")
    def test_the_disk_fills_up(self, tmp_path: Path, server: Publisher) -> None:
        made = store(tmp_path, weights := entry(server))
        path, source = made.root / "net" / FILE, weights.checkpoint.source
        path.parent.mkdir(parents=True)
        part_of(path).symlink_to("/dev/full")
        note = {"url": str(source), "validator": "", "total": None}
        path.with_name(FILE + ".part.json").write_text(json.dumps(note))
        assert "is full: 0.0 MB of weights = 1.pth are kept; make room, and the same command goes on" in failure(made)

    def test_a_cache_that_is_a_file(self, tmp_path: Path, server: Publisher) -> None:
        (tmp_path / "weights").write_text("")
        assert "Cannot write to" in failure(store(tmp_path, entry(server)))

    def test_an_address_of_another_kind(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="is not an address that begins with http"):
            Transfer("file:///etc/hostname", tmp_path / "f").run()


class TestHub:
    """Through the hub's own client."""

    @pytest.fixture
    def made(self, tmp_path: Path, server: Publisher, monkeypatch: pytest.MonkeyPatch) -> Store:
        monkeypatch.setenv("HF_HUB_DISABLE_TELEMETRY", "1")
        server.files[f"some/net/resolve/main/{FILE}"] = CONTENT
        return store(tmp_path, entry(server, source=Hub("some/net", FILE)), hub=server.url)

    def test_whole(self, made: Store) -> None:
        told: list[tuple[int, int | None]] = []
        (arrival,) = made.pull("net", progress=lambda _file: lambda here, everything: told.append((here, everything)))
        assert arrival.path.read_bytes() == CONTENT
        assert told[-1] == (len(CONTENT), len(CONTENT))
        assert [path.name for path in arrival.path.parent.iterdir()] == [FILE]

    def test_corrupted(self, made: Store, server: Publisher) -> None:
        server.faults = [("corrupt", 5)]
        assert "was expected: it was damaged on its way" in failure(made)
        made.pull("net")
        assert made.find("net").read_bytes() == CONTENT

    def test_interrupted(self, made: Store, server: Publisher) -> None:
        server.faults = [("cut", 1_000_000)]
        made.pull("net")
        assert made.find("net").read_bytes() == CONTENT

    def test_not_there(self, made: Store, server: Publisher) -> None:
        server.files.clear()
        assert "does not exist at revision main" in failure(made) or "cannot be reached" in failure(made)
