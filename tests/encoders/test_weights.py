"""Weights come whole or not at all, once, from whoever has them, and stay what they were."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from torch import nn

from vggsound_omni.cli.weights import command
from vggsound_omni.encoders.fetch.digest import checkpoint_sha256
from vggsound_omni.encoders.fetch.published import Address, Weights
from vggsound_omni.encoders.fetch.store import Store
from vggsound_omni.encoders.fetch.transfer import NotPublishedError
from vggsound_omni.encoders.pretrained.checkpoint import load_checkpoint
from vggsound_omni.encoders.pretrained.rule import manifest_of, rule_state, write_rule_checkpoint
from vggsound_omni.encoders.registry import ENCODERS, published_weights
from vggsound_omni.errors import UserError

from .publisher import CONTENT, FILE, SHA256, Publisher, entry, failure, publisher, store


@pytest.fixture
def server() -> Iterator[Publisher]:
    with publisher() as served:
        served.files[f"release/{FILE}"] = CONTENT
        yield served


class TestMirrors:
    """OMNI_BENCH_WEIGHTS."""

    def test_a_folder_is_used_where_it_is(self, tmp_path: Path, server: Publisher) -> None:
        made = store(tmp_path, entry(server), mirror=str(tmp_path))
        (tmp_path / FILE).write_bytes(CONTENT)
        (arrival,) = made.pull("net")
        assert arrival.path == made.find("net") == tmp_path / FILE
        assert not server.asked

    def test_a_folder_with_a_file_that_differs(self, tmp_path: Path, server: Publisher) -> None:
        (tmp_path / FILE).write_bytes(CONTENT[1:])
        assert f"{SHA256} was expected: remove it" in failure(store(tmp_path, entry(server), mirror=str(tmp_path)))

    def test_no_folder(self, tmp_path: Path, server: Publisher) -> None:
        with pytest.raises(UserError, match="OMNI_BENCH_WEIGHTS is nowhere, which is neither a folder nor an http"):
            store(tmp_path, entry(server), mirror="nowhere").find("net")

    @pytest.mark.parametrize("path", ["mirror/net", "mirror"])
    def test_an_address(self, tmp_path: Path, path: str) -> None:
        with publisher() as gone:
            pass
        with publisher() as mirror:
            mirror.files[f"{path}/{FILE}"] = CONTENT
            made = store(tmp_path, entry(gone), mirror=f"{mirror.url}/mirror/")
            made.pull("net")
        assert made.find("net").read_bytes() == CONTENT

    def test_an_address_without_the_file(self, tmp_path: Path, server: Publisher) -> None:
        with pytest.raises(NotPublishedError, match=r"/nothing/weights%20%3D%201.pth does not exist"):
            store(tmp_path, entry(server), mirror=f"{server.url}/nothing").pull("net")

    def test_a_mirror_is_not_trusted_more_than_a_publisher(self, tmp_path: Path, server: Publisher) -> None:
        server.files[f"mirror/{FILE}"] = CONTENT[::-1]
        made = store(tmp_path, entry(server), mirror=f"{server.url}/mirror")
        assert f"{SHA256} was expected" in failure(made)


class TestTrust:
    """A file whose hash nobody noted is trusted when it first comes, and from then on must stay as it was."""

    def test_first_use_is_remembered(self, tmp_path: Path, server: Publisher) -> None:
        made = store(tmp_path, entry(server, sha256=None))
        (arrival,) = made.pull("net")
        assert (arrival.known, arrival.sha256) == ("first use", SHA256)
        lock = json.loads((made.root / "lock.json").read_text())
        assert lock["files"][f"net/{FILE}"]["sha256"] == SHA256
        assert lock["files"][f"net/{FILE}"]["known"] == "first use"
        assert [verdict for _, _, verdict in made.verify("net")] == ["as first pulled"]

    def test_another_file_later_is_refused(self, tmp_path: Path, server: Publisher) -> None:
        made = store(tmp_path, entry(server, sha256=None))
        made.pull("net")
        made.find("net").unlink()
        server.files[f"release/{FILE}"] = CONTENT[::-1]
        assert f"{SHA256} was expected" in failure(made)

    def test_a_file_that_changed_here(self, tmp_path: Path, server: Publisher) -> None:
        made = store(tmp_path, entry(server))
        made.pull("net")
        assert [verdict for _, _, verdict in made.verify("net")] == ["as noted"]
        made.find("net").write_bytes(CONTENT[::-1])
        assert [verdict for _, _, verdict in made.verify("net")] == ["changed"]
        with pytest.raises(UserError, match="remove it, and the same command fetches it again"):
            made.pull("net")

    def test_a_file_that_was_placed_by_hand(self, tmp_path: Path, server: Publisher) -> None:
        made = store(tmp_path, entry(server, sha256=None))
        (made.root / "net").mkdir(parents=True)
        (made.root / "net" / FILE).write_bytes(CONTENT)
        assert [verdict for _, _, verdict in made.verify("net")] == ["unknown"]

    def test_nothing_here(self, tmp_path: Path, server: Publisher) -> None:
        assert [verdict for _, _, verdict in store(tmp_path, entry(server)).verify("net")] == ["absent"]

    def test_a_damaged_record(self, tmp_path: Path, server: Publisher) -> None:
        made = store(tmp_path, entry(server, sha256=None))
        made.pull("net")
        (made.root / "lock.json").write_text('{"version": 1')
        with pytest.raises(UserError, match=r"lock.json is damaged: remove it to start a new one\."):
            list(made.verify("net"))


class TestLicences:
    """One that forbids some uses is accepted once, or nothing is pulled."""

    def test_refused(self, tmp_path: Path, server: Publisher) -> None:
        sentence = failure(store(tmp_path, entry(server, restricted=True)))
        assert "are under CC BY-NC 4.0 (https://example.org), which was not accepted: nothing was pulled" in sentence
        assert not server.asked

    def test_accepted_once(self, tmp_path: Path, server: Publisher) -> None:
        made, asked = store(tmp_path, entry(server, restricted=True)), []

        def accept(weights: Weights) -> bool:
            asked.append(weights.name)
            return True

        made.pull("net", accept)
        made.find("net").unlink()
        made.pull("net", accept)
        assert asked == ["net"]
        record = json.loads((made.root / "licences.json").read_text())
        assert record["accepted"]["net"]["licence"] == "CC BY-NC 4.0"


class TestFinding:
    """Without a network."""

    @pytest.mark.parametrize("place", ["net/" + FILE, FILE, "net.safetensors", "net.pt", "net.pth"])
    def test_in_a_given_folder(self, tmp_path: Path, server: Publisher, place: str) -> None:
        path = tmp_path / "given" / place
        path.parent.mkdir(parents=True)
        path.write_bytes(b"")
        assert store(tmp_path, entry(server)).find("net", tmp_path / "given") == path

    def test_not_in_a_given_folder(self, tmp_path: Path, server: Publisher) -> None:
        with pytest.raises(UserError, match=r"holds no weights of net: place weights = 1.pth in .*given/net, or leave"):
            store(tmp_path, entry(server)).find("net", tmp_path / "given")

    def test_nowhere(self, tmp_path: Path, server: Publisher) -> None:
        with pytest.raises(UserError, match=r"run omni-bench weights pull net, or place weights = 1\.pth in"):
            store(tmp_path, entry(server)).find("net")

    def test_no_such_encoder(self, tmp_path: Path, server: Publisher) -> None:
        with pytest.raises(UserError, match=r'Unknown pretrained encoder "nett": did you mean "net"\?'):
            store(tmp_path, entry(server)).find("nett")


def test_a_rule_made_checkpoint_from_server_to_network(tmp_path: Path, server: Publisher) -> None:
    only = ("features.0.", "features.3.")
    published = write_rule_checkpoint("vggish", tmp_path / "served.pth", only)
    server.files["v0.1/vggish-10086976.pth"] = published.read_bytes()
    server.faults = [("cut", 100_000), ("cut", 50_000)]
    source = Address(f"{server.url}/v0.1/vggish-10086976.pth")
    weights = published_weights()["vggish"]
    file = replace(weights.checkpoint, source=source, sha256=checkpoint_sha256(published))
    made = Store(
        root=tmp_path / "weights",
        mirror="",
        catalogue={"vggish": replace(weights, files=(file,))},
        pause=0.01,
    )
    made.pull("vggish")
    network = nn.Module()
    network.features = nn.ModuleDict({"0": nn.Conv2d(1, 64, 3), "3": nn.Conv2d(64, 128, 3)})
    load_checkpoint(network, ENCODERS["vggish"], made.find("vggish"), only=only)
    expected = rule_state("vggish", only)
    assert all(value.equal(expected[key]) for key, value in network.state_dict().items())


@pytest.mark.parametrize("name", published_weights())
def test_what_is_published_agrees_with_the_manifest(name: str) -> None:
    weights, form = published_weights()[name], manifest_of(name)
    bytes_each = {"float32": 4, "int64": 8}
    tensors = sum(int(np.prod(key.shape)) * bytes_each[key.dtype] for key in form.keys.values() if not key.kept)
    assert weights.checkpoint.size is None or tensors < weights.checkpoint.size < 3 * tensors
    assert all(file.sha256 is None or len(bytes.fromhex(file.sha256)) == 32 for file in weights.files)
    assert len({file.name for file in weights.files}) == len(weights.files)
    assert ("no commercial" in weights.licence) == weights.restricted


def test_a_hash_is_remembered_for_as_long_as_the_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(CONTENT)
    assert checkpoint_sha256(path) == checkpoint_sha256(path) == SHA256
    path.write_bytes(CONTENT[1:])
    assert checkpoint_sha256(path) == hashlib.sha256(CONTENT[1:]).hexdigest()


@pytest.fixture
def remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file whose hash is in the memory."""
    monkeypatch.setenv("OMNI_BENCH_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "f"
    path.write_bytes(CONTENT)
    time.sleep(0.05)  # a file that has just changed may change again unseen
    assert checkpoint_sha256(path) == SHA256
    assert (tmp_path / "cache/weights/digests.json").exists()
    return path


def test_a_file_that_was_overwritten_and_given_its_old_time_back_is_read_anew(remembered: Path) -> None:
    before = remembered.stat()
    remembered.write_bytes(CONTENT[::-1])
    os.utime(remembered, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert remembered.stat().st_mtime_ns == before.st_mtime_ns
    assert checkpoint_sha256(remembered) == hashlib.sha256(CONTENT[::-1]).hexdigest()


def test_a_known_file_is_not_read_again(remembered: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vggsound_omni.encoders.fetch.digest.compute_sha256", lambda _path: "read again")
    assert checkpoint_sha256(remembered) == SHA256


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace(SHA256, SHA256[::-1]),
        lambda text: text.replace('"sha256"', '"sha265"'),
        lambda text: text[: len(text) // 2],
        lambda _: "[" * 100_000,
        lambda _: '{"version": 2, "files": [1]}',
        lambda _: '{"version": 2}',
        lambda _: "[]",
    ],
)
def test_a_damaged_memory_of_hashes_counts_as_none(remembered: Path, damage: Callable[[str], str]) -> None:
    memory = remembered.parent / "cache/weights/digests.json"
    memory.write_text(damage(memory.read_text()))
    assert checkpoint_sha256(remembered) == SHA256
    assert checkpoint_sha256(remembered) == SHA256


def omni_bench(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "vggsound_omni", "weights", *arguments]
    variables = os.environ | {"COLUMNS": "220"} | environment
    return subprocess.run(command, capture_output=True, text=True, check=False, env=variables, stdin=subprocess.DEVNULL)


class TestCommandLine:
    """What a person meets."""

    def test_list_names_everything_and_imports_no_torch(self, tmp_path: Path) -> None:
        text = omni_bench("list", OMNI_BENCH_CACHE=str(tmp_path)).stdout
        assert all(name in text for name in published_weights())
        assert "CC BY-NC-SA 4.0: no commercial use (to be accepted)" in text
        code = (
            "import sys; sys.argv = ['omni-bench', 'weights', 'list']\n"
            "from vggsound_omni.cli import main\n"
            "try: main()\n"
            "except SystemExit: print(sorted({'torch', 'transformers', 'huggingface_hub'} & set(sys.modules)))"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.splitlines()[-1] == "[]"

    def test_a_licence_is_not_accepted_by_silence(self, tmp_path: Path) -> None:
        done = omni_bench("pull", "imagebind", OMNI_BENCH_CACHE=str(tmp_path))
        assert done.returncode == 1
        assert "are under CC BY-NC-SA 4.0" in done.stderr
        assert "--accept-licence accepts it" in done.stderr

    @pytest.mark.parametrize("arguments", [["pull"], ["pull", "--all", "panns"]])
    def test_say_what_to_pull(self, tmp_path: Path, arguments: list[str]) -> None:
        done = omni_bench(*arguments, OMNI_BENCH_CACHE=str(tmp_path))
        assert "Say what to pull: names, or --all. Known are yamnet, panns, passt" in done.stderr
        assert done.returncode == 1

    def test_from_a_mirror_with_another_file(self, tmp_path: Path, server: Publisher) -> None:
        server.files["vggish/vggish-10086976.pth"] = CONTENT
        done = omni_bench("pull", "vggish", OMNI_BENCH_CACHE=str(tmp_path), OMNI_BENCH_WEIGHTS=server.url)
        assert done.returncode == 1
        assert f"arrived with SHA-256 {SHA256}, 10086976" in done.stderr

    def test_from_a_mirror_without_the_file(self, tmp_path: Path, server: Publisher) -> None:
        done = omni_bench("pull", "ms-clap", OMNI_BENCH_CACHE=str(tmp_path), OMNI_BENCH_WEIGHTS=server.url)
        assert done.returncode == 1
        assert "CLAP_weights_2023.pth does not exist" in done.stderr

    def test_pull_tells_what_came_and_how_it_is_known(
        self, tmp_path: Path, server: Publisher, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OMNI_BENCH_CACHE", str(tmp_path))
        weights = {"net": entry(server, sha256=None, restricted=True)}
        monkeypatch.setattr("vggsound_omni.cli.weights.weights_store", lambda: Store(weights))
        path = tmp_path / "weights" / "net" / FILE
        runner = CliRunner()
        done = runner.invoke(command, ["pull", "net", "--accept-licence"])
        assert done.output.strip() == f"net: {path} pulled, SHA-256 {SHA256} (trusted on first use)"
        done = runner.invoke(command, ["pull", "net"])
        assert done.output.strip() == f"net: {path} here, SHA-256 {SHA256} (trusted on first use)"
        done = runner.invoke(command, ["verify", "net"], standalone_mode=False)
        assert done.output.strip() == f"net: {path} is as it was when it was first pulled"
        assert done.return_value == 0

    def test_where_and_verify(self, tmp_path: Path) -> None:
        assert omni_bench("where", OMNI_BENCH_CACHE=str(tmp_path)).stdout.strip() == str(tmp_path / "weights")
        assert omni_bench("verify", OMNI_BENCH_CACHE=str(tmp_path)).returncode == 0
        assert omni_bench("verify", "panns", OMNI_BENCH_CACHE=str(tmp_path)).returncode == 1
        path = tmp_path / "weights" / "panns" / manifest_of("panns").file
        path.parent.mkdir(parents=True)
        path.write_bytes(b"another file")
        assert omni_bench("where", "panns", OMNI_BENCH_CACHE=str(tmp_path)).stdout.strip() == str(path)
        done = omni_bench("verify", OMNI_BENCH_CACHE=str(tmp_path))
        assert done.returncode == 1
        assert "is not what it should be: remove it, and pull it again" in done.stdout
