"""A model string leads to a generator, or to one sentence that says what is near."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from vggsound_omni.cli.models import command
from vggsound_omni.errors import UserError
from vggsound_omni.generators import GeneratorSpec, card_of, find, ignored, listing_of, names
from vggsound_omni.generators.adapters.folder import Folder
from vggsound_omni.generators.baselines.noise import Noise
from vggsound_omni.protocol import TASKS, Audio, ModelCard, Request

from .samples import model_file, request


def sentence(model: str, **arguments: str) -> str:
    with pytest.raises(UserError) as caught:
        find(model, arguments)
    return str(caught.value)


def test_listing_imports_neither_numpy_nor_torch() -> None:
    code = "import sys; from vggsound_omni.generators.registry import names; names(); print(*sys.modules)"
    imported = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "vggsound_omni.generators.registry" in imported
    assert not {"numpy", "torch", "scipy", "av"} & set(imported)


def test_a_name_makes_its_generator() -> None:
    assert isinstance(find("noise"), Noise)


def test_an_unknown_name_gives_the_nearest() -> None:
    assert sentence("nois").startswith('Unknown model "nois": did you mean "noise"? known are ')


def test_a_file_gives_a_class_a_function_or_an_object(tmp_path: Path) -> None:
    file = model_file(
        tmp_path,
        """
        def make(level: float = 0.5):
            good = Good()
            good.level = level
            return good
        made = Good()
        """,
    )
    assert len(find(f"{file}:Good").generate([request()])) == 1
    assert find(f"{file}:make", {"level": "0.25"}).level == 0.25  # type: ignore[attr-defined]
    assert find(f"{file}:made") is find(f"{file}:made")
    assert sentence(f"{file}:made", level="1").endswith("is an object already, so it takes no arguments.")


def test_a_file_imports_what_lies_beside_it(tmp_path: Path) -> None:
    (tmp_path / "neighbour_of_model.py").write_text("LEVEL = 3\n")
    file = model_file(tmp_path, "import neighbour_of_model\nclass M(Good):\n    level = neighbour_of_model.LEVEL\n")
    assert find(f"{file}:M").level == 3  # type: ignore[attr-defined]


def test_two_files_of_one_name_do_not_meet(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    first = model_file(tmp_path / "a", "class M(Good):\n    level = 1\n")
    second = model_file(tmp_path / "b", "class M(Good):\n    level = 2\n")
    assert find(f"{first}:M").level != find(f"{second}:M").level  # type: ignore[attr-defined]


def test_a_module_is_found_from_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry])
    model_file(tmp_path, "class M(Good):\n    pass\n", "a_model_of_mine.py")
    assert type(find("a_model_of_mine:M")).__name__ == "M"


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    file = model_file(tmp_path, "import surely_not_installed_anywhere\n")
    good = model_file(tmp_path, "class Mine(Good):\n    pass\n\ndef broken():\n    return {}\n", "good.py")
    assert sentence("no_such_package.models:M").startswith('"no_such_package.models:M": there is no module')
    assert sentence("json.models:M").startswith('"json.models:M": there is no module "json.models"')
    assert sentence("absent.py:M") == '"absent.py:M": there is no file absent.py.'
    assert 'imports the module "surely_not_installed_anywhere", which is not installed' in sentence(f"{file}:M")
    assert 'did you mean "Mine"?' in sentence(f"{good}:mine")
    assert "lacks a part" in sentence(f"{good}:")
    assert sentence(f"{good}:RATE").endswith(
        "is an int; a class, a function or an object with generate() was expected."
    )
    assert sentence(f"{good}:broken").endswith("made a dict, which has no method generate(requests).")


def test_a_baseline_that_needs_a_suite_says_so() -> None:
    assert sentence("shuffled") == 'The model "shuffled" answers with a suite\'s own recordings, so it needs a suite.'


def test_no_other_factory_is_given_the_suite(tmp_path: Path) -> None:
    file = model_file(tmp_path, "class M(Good):\n    def __init__(self, suite):\n        self.suite = suite\n")
    with pytest.raises(UserError, match='needs the argument "suite"'):
        find(f"{file}:M", {}, object())  # type: ignore[arg-type]


def test_a_folder_is_an_adapter_without_arguments(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"")
    assert isinstance(find(f"dir:{tmp_path}"), Folder)
    listing = listing_of("dir:anywhere")
    assert listing is not None
    assert listing.name == "dir:"
    assert "takes no arguments" in sentence(f"dir:{tmp_path}", address="elsewhere")


def test_installed_packages_bring_models_by_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    brought(tmp_path, "foley-net", "foley-net = foley_net.model:FoleyNet")
    package = tmp_path / "foley_net"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('listing must not import')\n")
    (package / "model.py").write_text('class FoleyNet:\n    """Diffusion over spectrograms.\n\n    More."""\n')
    monkeypatch.syspath_prepend(str(tmp_path))
    listing = names()["foley-net"]
    assert (listing.summary, listing.origin, listing.tasks) == ("Diffusion over spectrograms", "foley-net", ())
    (package / "__init__.py").write_text("")
    model_file(package, "class FoleyNet(Good):\n    pass\n")
    assert type(find("foley-net")).__name__ == "FoleyNet"


def test_an_entry_point_may_name_a_spec_which_is_read_and_never_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought(tmp_path, "foley-net", "foley-net = foley_net_specs:NET")
    (tmp_path / "foley_net_specs.py").write_text(
        "from vggsound_omni.generators import GeneratorSpec\n"
        "raise RuntimeError('listing must not import')\n"
        'NET = GeneratorSpec(name="foley-net", summary="Diffusion", target="foley_net:Net", tasks=("v2a",))\n'
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert names()["foley-net"] == GeneratorSpec(
        name="foley-net", summary="Diffusion", target="foley_net:Net", tasks=("v2a",), origin="foley-net"
    )


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("needs_suite=True", "NET asks for the suite or its ids, which only bundled generators are given."),
        ("knows_items=True", "NET asks for the suite or its ids, which only bundled generators are given."),
        ('origin="vggsound-omni"', "NET has an unknown field origin."),
        ("tasks=TASKS", "tasks of net_specs:NET is no literal, and a spec is read without being run."),
        ('tasks=("t2v",)', "NET needs a name, a summary, a target and known tasks, by keyword."),
        ("needs_suite=1", "needs_suite of net_specs:NET is not a bool."),
    ],
)
def test_a_spec_that_cannot_be_used_is_left_out_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, says: str
) -> None:
    before = names()
    brought(tmp_path, "net", "net = net_specs:NET")
    (tmp_path / "net_specs.py").write_text(f'NET = GeneratorSpec(name="net", summary="A", target="net:Net", {given})\n')
    monkeypatch.syspath_prepend(str(tmp_path))
    assert names() == before
    assert ignored()["net"].startswith('The package net brings a model named "net" that cannot be used')
    assert ignored()["net"].endswith(says)
    assert sentence("net") == ignored()["net"]


def test_old_runs_say_reference_for_the_oracle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert listing_of("reference") == names()["oracle"]
    assert "reference" not in names()
    brought(tmp_path, "a-usurper", "reference = usurper:M")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert listing_of("reference") == names()["oracle"]
    assert list(ignored()) == ["reference"]


def test_a_name_that_two_packages_bring_is_refused_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought(tmp_path, "one", "twin = one:M")
    brought(tmp_path, "two", "twin = two:M")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert "twin" not in names()
    assert ignored()["twin"] == sentence("twin")
    assert sentence("twin").startswith('Two installed packages bring a model named "twin", one and two: say one:M or')
    assert isinstance(find("noise"), Noise)
    assert listing_of("ref") == names()["ref"]


@pytest.mark.parametrize("name", ["noise", "ref"])
def test_a_package_that_takes_a_bundled_name_disables_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    before = names()
    brought(tmp_path, "a-usurper", f"{name} = usurper:M")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert names() == before
    says = (
        f'The package a-usurper brings a model named "{name}", which is the name of a bundled one: it is ignored, and'
    )
    assert list(ignored()) == [name]
    assert ignored()[name].startswith(says)
    assert listing_of(name) == listing_of(name) == before[name]
    assert [record.message for record in caplog.records] == [ignored()[name]]  # once
    result = CliRunner().invoke(command, env={"COLUMNS": "300"})
    assert result.exit_code == 0
    assert says in result.output


def brought(site: Path, distribution: str, entry: str) -> None:
    """What an installer writes for a package with one entry point."""
    info = site / f"{distribution.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[vggsound_omni.generators]\n{entry}\n")


class Carded:
    def __init__(self, card: object) -> None:
        self.card = card

    def generate(self, requests: Sequence[Request]) -> list[Audio]:
        return []


def test_a_card_is_filled_in_where_there_is_none() -> None:
    assert card_of(Carded(None), "mine") == ModelCard(name="mine", tasks=TASKS)
    own = ModelCard(name="own", parameters=3)
    assert card_of(Carded(own), "mine") == own


@pytest.mark.parametrize(
    ("card", "says"),
    [
        ({"name": "x"}, "is a dict; give a vggsound_omni.protocol.ModelCard"),
        (ModelCard(name="x", tasks=("t2v",)), 'Unknown task in the card of m "t2v": did you mean "t2a"'),  # type: ignore[arg-type]
        (ModelCard(name="x", tasks=()), "claims no tasks"),
        (ModelCard(name="x", extra={"where": Path()}), "cannot be written as JSON"),
        (ModelCard(name="x", extra={"loss": float("nan")}), "cannot be written as JSON"),
        (ModelCard(name="x", extra={"log": "x" * 300_000}), "takes 300,011 bytes as JSON; at most 262,144 do"),
        (ModelCard(name="x", parameters=-1), "gives an int as its parameters; a count was expected, or None"),
        (ModelCard(name="x", parameters="many"), "gives a str as its parameters"),  # type: ignore[arg-type]
        (ModelCard(name=None), "gives None as its name; text was expected"),  # type: ignore[arg-type]
        (ModelCard(name="\x1b[2J"), "has an empty name"),
        (ModelCard(name="x", licence="M" * 2000), "has a licence of 2,000 characters; at most 1,000 do"),
    ],
)
def test_a_wrong_card_is_one_sentence(card: object, says: str) -> None:
    with pytest.raises(UserError) as caught:
        card_of(Carded(card), "m")
    assert says in str(caught.value)


def test_the_device_goes_to_a_factory_that_takes_one_and_to_no_other(tmp_path: Path) -> None:
    (tmp_path / "placed.py").write_text(
        "class Placed:\n    def __init__(self, device: str = 'cpu'):\n        self.device = device\n"
        "    def generate(self, requests):\n        return []\n"
    )
    model = f"{tmp_path / 'placed.py'}:Placed"
    assert vars(find(model, device="cuda:1"))["device"] == "cuda:1"
    assert vars(find(model, {"device": "meta"}, device="cuda:1"))["device"] == "meta"
    assert find("noise", device="cuda:1")
