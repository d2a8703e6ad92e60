"""How often do the 95 % intervals of listening tests hold what was planted, and whom do rules of screening find?

    python benchmarks/listening.py [pairs|mos|screening] [STUDIES]

Every study is simulated with tastes of listeners and items of its own (`vggsound_omni.listening.people`). A row has the
coverage of strengths and of differences of neighbours, the first with its binomial interval (Clopper and Pearson), and
how often the order of all systems is found. Strengths of one study depend on each other, so that interval is over
studies, of the strongest system alone. What scores of single sounds should hold is what a study of 600 listeners finds.

Screening is simulated without time: of listeners who attend to all trials, to some, to none, or always answer "A", how
many fail three gold trials, and how many of the others would fail if both of two repeats were answered against the
first time.
"""

from __future__ import annotations

import sys

import numpy as np
from scipy.stats import binomtest, t

from vggsound_omni.listening.blocks import blocks
from vggsound_omni.listening.people import Population, answers, planted, scored_study
from vggsound_omni.stats.bradley_terry import chances, strengths
from vggsound_omni.stats.opinion import mean_scores

DESIGNS = [(5, 40, 20, 14), (3, 40, 20, 14), (5, 40, 40, 14), (2, 20, 12, 14)]
"""Systems, items, listeners, trials of each."""


def row(systems: int, items: int, listeners: int, trials: int, studies: int, taste: float) -> str:
    people = Population(strengths=np.linspace(1, -1, systems), taste=taste, clip=taste)
    truth = planted(people).strength
    held, apart, ordered = [], [], 0
    for seed in range(studies):
        rng = np.random.default_rng(seed)
        drawn = blocks(systems, items, listeners, trials, rng)
        rows = [(cell.left, cell.right, who, cell.item) for who, block in enumerate(drawn) for cell in block]
        left, right, who, item = np.array(rows).T
        found = strengths(answers(people, left, right, who, item, rng))
        critical = t.ppf(0.975, found.freedom)
        held.append(np.abs(found.strength - truth) <= critical * found.standard_errors())
        for one in range(systems - 1):
            difference, error = found.difference(one, one + 1)
            apart.append(abs(difference - truth[one] + truth[one + 1]) <= critical * error)
        ordered += bool((np.diff(found.strength) < 0).all())
    first = binomtest(int(sum(one[0] for one in held)), studies).proportion_ci()
    return (
        f"{systems} systems, {items} items, {listeners} x {trials} trials, taste {taste:g}: strengths "
        f"{np.mean(held):.1%}, strongest [{first.low:.1%}, {first.high:.1%}], neighbours {np.mean(apart):.1%}, "
        f"order found {ordered / studies:.1%}"
    )


def mos_row(systems: int, items: int, listeners: int, trials: int, studies: int) -> str:
    people = Population(strengths=np.linspace(0.8, -0.8, systems))
    large = [scored_study(people, 600, 600, trials, 10_000 + seed) for seed in range(20)]
    truth = np.mean([[one.levelled()[one.system == k].mean() for k in range(systems)] for one in large], axis=0)
    held, apart = [], []
    for seed in range(studies):
        found = mean_scores(scored_study(people, items, listeners, trials, seed))
        critical = t.ppf(0.975, found.freedom)
        held.append(np.abs(found.mean - truth) <= critical * np.sqrt(np.diag(found.covariance)))
        for one in range(systems - 1):
            difference, error = found.difference(one, one + 1)
            apart.append(abs(difference - truth[one] + truth[one + 1]) <= critical * error)
    first = binomtest(int(sum(one[0] for one in held)), studies).proportion_ci()
    return (
        f"mos, {systems} systems, {items} items, {listeners} x {trials} trials: scores {np.mean(held):.1%}, best "
        f"[{first.low:.1%}, {first.high:.1%}], neighbours {np.mean(apart):.1%}"
    )


def screened(attending: float | None, spread: float, count: int = 4000, slips: float = 0.02) -> tuple[int, int]:
    """Returns how many of so many listeners fail gold, and of the others repeats; None answers "A" always."""
    rng = np.random.default_rng(0)
    people = Population(strengths=np.linspace(1, -1, 5) * spread)
    by_gold = by_repeats = 0
    for _ in range(count):
        taste = rng.normal(0, people.taste, 5)

        def answer(gap: float) -> int:
            """1, 0 or -1, as the left sound is preferred."""
            if attending is None:
                return 1
            chance = chances(np.array(gap + people.bias), people.tie)
            return int(1 - rng.choice(3, p=chance if rng.random() < attending else np.full(3, 1 / 3)))

        sides = rng.permutation([1, -1, rng.choice([1, -1])])
        right = [
            side == (1 if attending is None else side if rng.random() < attending and rng.random() > slips
                     else rng.integers(-1, 2))
            for side in sides
        ]  # fmt: skip
        if not all(right):
            by_gold += 1
            continue
        against = 0
        for _ in range(2):
            one, other = rng.choice(5, 2, replace=False)
            clip = rng.normal(0, people.clip, 2)
            gap = float(people.strengths[one] + taste[one] + clip[0] - people.strengths[other] - taste[other] - clip[1])
            against += answer(gap) * -answer(-gap) < 0
        by_repeats += against == 2
    return by_gold, by_repeats


def main() -> None:
    what = sys.argv[1] if len(sys.argv) > 1 else "pairs"
    studies = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    if what == "mos":
        for design in DESIGNS:
            print(mos_row(*design, studies), flush=True)
    elif what == "screening":
        for name, attending in (
            ("attends", 1.0),
            ("attends to 4 in 5", 0.8),
            ("to half", 0.5),
            ("to none", 0.0),
            ("always A", None),
        ):
            for spread in (0.0, 1.0):
                gold, repeats = screened(attending, spread)
                print(
                    f"{name}, systems apart by {2 * spread:g}: of 4000, gold leaves out {gold}, repeats then {repeats}",
                    flush=True,
                )
    else:
        for taste in (0.5, 1.0):
            for design in DESIGNS:
                print(row(*design, studies, taste), flush=True)


if __name__ == "__main__":
    main()
