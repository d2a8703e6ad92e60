"""How often do the 95 % intervals of listening tests hold what was planted?

    python benchmarks/listening.py [STUDIES]

Every study is simulated with tastes of listeners and items of its own (`vggsound_omni.listening.people`). A row has the
coverage of strengths and of differences of neighbours, the first with its binomial interval (Clopper and Pearson), and
how often the order of all systems is found. Strengths of one study depend on each other, so that interval is over
studies, of the strongest system alone.
"""

from __future__ import annotations

import sys

import numpy as np
from scipy.stats import binomtest, t

from vggsound_omni.listening.blocks import blocks
from vggsound_omni.listening.people import Population, answers, planted
from vggsound_omni.stats.bradley_terry import strengths

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


def main() -> None:
    studies = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    for taste in (0.5, 1.0):
        for design in DESIGNS:
            print(row(*design, studies, taste), flush=True)


if __name__ == "__main__":
    main()
