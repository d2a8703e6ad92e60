"""From the audio in a run folder to its result."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from rich.console import Console

from vggsound_omni.devices import check_device
from vggsound_omni.encoders.choice import Choice, choose, ships
from vggsound_omni.encoders.encoder import Kit, Precision, unpublished
from vggsound_omni.errors import UserError
from vggsound_omni.features.extract import Binding, Extracted, Sources, bindings, extract
from vggsound_omni.features.judging import Judge
from vggsound_omni.features.signals import SoundSource
from vggsound_omni.features.store import FeatureStore
from vggsound_omni.io import writing_to
from vggsound_omni.protocol import Fit
from vggsound_omni.sharding import Shard, shard_of
from vggsound_omni.suites import Item, Suite, unreadable
from vggsound_omni.suites.bandwidths import stored_bandwidths
from vggsound_omni.tracks import Track

from .anchors import AnchorSounds, anchors
from .costs import costs
from .environment import environment
from .folder import RunFolder
from .inspection import Inspection
from .judging import askable, judge_of
from .measure import applying, measure
from .plan import Plan, make_plan
from .precision import drift
from .result import Counts, Result, Score, SuiteIdentity, write_result


@dataclass(frozen=True, kw_only=True)
class ScoreOptions:
    """How a run is scored."""

    encoder_set: str | None = None  # None: the suite's own, or "open" if its weights are not here
    kit: Kit = "omni"  # av-benchmark gives the published encoders what that kit gives them
    precision: Precision = "float32"  # of published networks; bfloat16 only if it hardly moves some items' scores
    weights: Path | None = None  # folder with their checkpoints; None: where omni-bench weights puts them
    device: str = "cpu"  # where encoders run
    batch_size: int | None = None  # the most signals that a small network is given at once; None: see extract()
    judge: Path | None = None  # a file that names an audio language model; None: what needs one is not computed


def score(path: Path, console: Console, options: ScoreOptions | None = None, *, plan: Plan | None = None) -> Result:
    """Computes a run's result from its audio and writes ``result.json``.

    Args:
        path: the run folder.
        console: where progress is shown.
        options: how.
        plan: the run's, if it is at hand; None makes it anew from the config in the folder.

    Raises:
        UserError: not a run folder, the suite it ran on has changed, or no such encoders.
    """
    options = options or ScoreOptions()
    with judge_of(options.judge, path / "judge.jsonl", console) as judge:
        return _scored(path, console, options, plan, judge)


def _scored(path: Path, console: Console, options: ScoreOptions, plan: Plan | None, judge: Judge | None) -> Result:
    check_device(options.device)
    folder = RunFolder(path)
    config, run = folder.config(), folder.read()
    started = time.monotonic()
    plan = plan or make_plan(config.suite, config.track, run["limit"])
    if not plan.is_of(run):
        raise UserError(f"The suite {config.suite} has changed since the run in {path}; its items hash differs.")
    looked = Inspection(plan, folder).run(console)
    scored = [item for item in plan.items if item.id in looked.signals]
    encoders, why = chosen_set(options, plan.suite)
    check_options(options, encoders)
    if options.encoder_set is None and not ships(encoders):
        console.print(f"Scored by the {encoders} encoders, {why}.", highlight=False)
    bound = askable(bindings(encoders), judge)
    wanted = applying(bound, plan.track, plan.all_items)

    def extracted_of(
        items: list[Item], options: ScoreOptions, others: Mapping[str, SoundSource] = MappingProxyType({})
    ) -> Extracted:
        plan.suite.check(items)  # renders what is missing on all cores, before it is asked for one by one
        sounds = {item.id: folder.audio_path(item.id) for item in items}
        return encode(wanted, sources_of(plan.suite, items, {**sounds, **others}), plan.track, console, options)

    def scores_of(ids: Sequence[str], precision: Precision) -> dict[str, Score]:
        found = extracted_of([item for item in scored if item.id in set(ids)], replace(options, precision=precision))
        return measure(bound, plan.track, plan.all_items, ids, found).scores

    moved = drift(options.precision, [item.id for item in scored], scores_of)
    others = AnchorSounds(
        {item.id: plan.suite.media(item).audio for item in scored},
        [min(item.duration, plan.track.window or item.duration) for item in scored],
    )
    extracted = replace(extracted_of(scored, options, others.sources), judge=judge)
    looked.drop({i: why for i, why in extracted.unreadable.items() if i not in others.sources})
    scored = [item for item in scored if item.id in looked.signals]
    ids = [item.id for item in scored]
    found = measure(bound, plan.track, plan.all_items, ids, extracted)
    of_strata: dict[str, list[str]] = {}
    for item in scored:
        of_strata.setdefault(item.stratum, []).append(item.id)
    foreign = [] if encoders == plan.suite.encoder_set else of_another_world(encoders)
    warnings = [
        *blind(config.without),
        *foreign,
        *plan.track.left_out(plan.suite.items()),
        *plan.track.cut(plan.items),
        *fitted(config.fit),
        *looked.warnings(),
        *unpublished(extracted.cards.values()),
    ]
    result = Result(
        suite=SuiteIdentity(name=plan.suite.name, version=plan.suite.version),
        track=config.track,
        items_sha256=plan.items_sha256,
        encoder_set=encoders,
        kit=options.kit,
        model={"name": config.model, "label": run.get("name"), "arguments": config.arguments, "card": run["card"]},
        seed=config.seed,
        without=config.without,
        fit=config.fit,
        drift=moved,
        limit=run["limit"],
        counts=Counts(
            planned=len(plan.items), generated=len(looked.signals), failed=len(looked.failures), scored=len(scored)
        ),
        **found._asdict(),
        anchors=anchors(others, bound, plan.track, plan.all_items, ids, extracted, found, console),
        strata={
            stratum: found.scores
            if len(some) == len(ids)
            else measure(bound, plan.track, plan.all_items, some, extracted).scores
            for stratum, some in sorted(of_strata.items())
        },
        stratum_of={item.id: item.stratum for item in scored},
        signals=looked.signals,
        failures=[looked.failures[item.id] for item in plan.items if item.id in looked.failures],
        heard=looked.heard(),
        warnings=tuple(warnings),
        environment=environment(),
        timings={
            "generate": round(sum(record.seconds for record in looked.records.values()), 3),
            "score": round(time.monotonic() - started, 3),
        },
        costs=costs(looked.records.values(), len(scored), time.monotonic() - started),
    )
    with writing_to(path):
        write_result(folder.result, result)
    return result


def encode_shard(path: Path, shard: Shard, console: Console, options: ScoreOptions, plan: Plan) -> int:
    """Encodes a shard's finished items into the feature store, where scoring finds them, and returns their number.

    Args:
        path: the run folder.
        shard: whose items.
        console: where progress is shown.
        options: how.
        plan: the run's.

    Raises:
        UserError: no such encoders.
    """
    check_device(options.device)
    folder = RunFolder(path)
    records = folder.records()
    own = [i for i in shard_of(plan.items, shard) if i.id in records and records[i.id].status == "done"]
    encoders = chosen_set(options, plan.suite).encoder_set
    check_options(options, encoders)
    gone = unreadable(plan.suite, own)
    items = [item for item in own if item.id not in gone]
    if items:
        wanted = applying(bindings(encoders), plan.track, plan.all_items)
        sources = sources_of(plan.suite, items, {item.id: folder.audio_path(item.id) for item in items})
        encode(wanted, sources, plan.track, console, options, FeatureStore(alone=True))
    return len(items)


def unfinished(path: Path, plan: Plan) -> int:
    """Returns how many items of a run are neither finished nor failed."""
    records = RunFolder(path).records()
    return sum(item.id not in records for item in plan.items)


def chosen_set(options: ScoreOptions, suite: Suite) -> Choice:
    """Returns the encoder set that a suite is scored by: the one asked for, else the suite's, else ``open``.

    Raises:
        UserError: no such set, or the weights of neither are here.
    """
    return choose(options.encoder_set, suite.encoder_set, options.weights)


def scorable(options: ScoreOptions, plan: Plan) -> None:
    """Checks before anything is generated that it can be scored.

    Raises:
        UserError: no such encoders, no weights here, or options that they do not have.
    """
    check_options(options, chosen_set(options, plan.suite).encoder_set)
    with judge_of(options.judge, None, Console(quiet=True)):
        pass  # its file is read, and nothing asked


def blind(without: Sequence[str]) -> list[str]:
    """Returns a sentence if parts of each request were withheld from the generator."""
    withheld = {"video": "the picture", "text": "the caption"}
    parts = " or ".join(withheld[part] for part in without)
    return [f"The generator was not given {parts}, so this result never ranks."] if parts else []


def of_another_world(encoder_set: str) -> list[str]:
    """Returns a sentence if encoders know the sound of one suite only, for a result on other sound."""
    if not ships(encoder_set):
        return []
    sentence = (
        f"Scored with the {encoder_set} encoders, which know the sound of that suite alone: of other sound these "
        "numbers say nothing, and compare only with those of other such runs."
    )
    return [sentence]


def fitted(fit: Sequence[Fit]) -> list[str]:
    """Returns a sentence if sounds of another length than asked for were made to fit."""
    done = {"crop": "longer ones are cut", "pad": "shorter ones are filled with silence"}
    how = " and ".join(done[one] for one in fit)
    return [f"Sounds of another length than asked for were made to fit: {how}."] if how else []


def check_options(options: ScoreOptions, encoder_set: str) -> None:
    """Refuses options that the encoders of a set do not have.

    Raises:
        UserError: kit, precision or weights are asked of encoders that ship.
    """
    special = options.kit != "omni" or options.precision != "float32" or options.weights is not None
    if special and ships(encoder_set):
        raise UserError(
            f"The {encoder_set} encoders have one kit, one precision and their own weights; use --encoders pretrained."
        )


def encode(
    wanted: Sequence[Binding],
    sources: Sources,
    track: Track,
    console: Console,
    options: ScoreOptions,
    store: FeatureStore | None = None,
) -> Extracted:
    """Encodes what metrics need of a track's items, as the options say."""
    return extract(
        wanted,
        sources,
        window=track.window,
        console=console,
        kit=options.kit,
        precision=options.precision,
        weights=options.weights,
        device=options.device,
        batch_size=options.batch_size,
        store=store,
    )


def sources_of(suite: Suite, items: list[Item], generated: Mapping[str, SoundSource]) -> Sources:
    """Returns where each side of some items comes from."""
    media = {item.id: suite.media(item) for item in items}
    return Sources(
        generated=generated,
        reference={item_id: files.audio for item_id, files in media.items() if files.audio is not None},
        video={item_id: files.video for item_id, files in media.items() if files.video is not None},
        text={item.id: item.caption for item in items if item.caption},
        labels={item.id: item.labels for item in items if item.labels},
        truth={item.id: item.truth for item in items if item.truth is not None},
        bandwidths=stored_bandwidths(suite),
    )
