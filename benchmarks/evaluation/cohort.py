"""The evaluation cohort: the seeded recipe of ``tests/cohorts/eval.json``, and its truth.

    python -m benchmarks.evaluation.cohort --write tests/cohorts/eval.json
    python -m benchmarks.evaluation.cohort --plan tests/cohorts/eval.json [--studies N]

It was fixed before any net was trained for it. Change it on purpose alone, and only to make it
harder. What a positive and a negative study look like is dealt out alike, so that neither the
bolus, the slices, the kernel nor a lookalike tells them apart. Counts are exact, not drawn.
"""

import argparse
import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import count, islice, product
from pathlib import Path
from typing import Final, TypeVar

from benchmarks.evaluation.planned import planned, planned_table
from pe_models.phantom import FIRST_RESERVED_SEED
from pe_models.phantom.fixed_cohort import (
    FixedCohort,
    FixedStudy,
    cohort_text,
    read_fixed_cohort,
)
from pe_models.phantom.spec import Kernel, Level, Mimic, PhantomSpec

Dealt = TypeVar("Dealt")

N_OF_EACH: Final = 100
"""Positive studies, and as many negative ones."""

FIRST_SEED: Final = FIRST_RESERVED_SEED + 1100
"""From here chance makes chronic exams, and mixed ones, about as common as RSNA-STR has them."""

MATRIX: Final = 512

EMBOLI_A_STUDY: Final = {1: 35, 2: 24, 3: 16, 4: 10, 5: 7, 6: 5, 8: 3}
"""How many positive studies have so many emboli; 35 with one alone, where one error counts."""

EMBOLI: Final = {
    Level.CENTRAL: 39,
    Level.LOBAR: 65,
    Level.SEGMENTAL: 91,
    Level.SUBSEGMENTAL: 65,
}
"""15, 25, 35 and 25 % of 260."""

ARTERY_HU: Final = (150.0, 600.0)

SLICES_MM: Final = (
    (0.6, 2.5),
    (0.6, 2.0),
    (0.75, 2.5),
    (1.0, 2.5),
    (1.25, 1.25),
    (1.5, 2.5),
    (2.0, 2.0),
    (2.5, 2.5),
    (3.0, 2.0),
    (3.0, 3.0),
)
"""Thickness and spacing, equally often. Thin slices stand apart, so that 200 studies take half an
hour; one in ten is contiguous and thin, with some 240 slices."""

MIMICS: Final = {
    Mimic.FLOW_ARTIFACT: 15,
    Mimic.MOTION: 10,
    Mimic.UNOPACIFIED_VEINS: 20,
    Mimic.FILLING_DEFECT: 15,
    Mimic.MUCUS: 20,
    Mimic.CONSOLIDATION: 20,
    Mimic.ATELECTASIS: 35,
    Mimic.EFFUSION: 25,
    Mimic.NODULES: 60,
    Mimic.ADENOPATHY: 35,
    Mimic.HILAR_SCAR: 25,
    Mimic.MIXED_VEINS: 35,
    Mimic.TUMOUR: 10,
    Mimic.EMPHYSEMA: 25,
    Mimic.LOBECTOMY: 6,
    Mimic.PACEMAKER: 8,
    Mimic.STERNAL_WIRES: 8,
    Mimic.SPINAL_RODS: 6,
    Mimic.ARMS_DOWN: 10,
}
"""In how many of the positive, and in as many of the negative studies."""

NO_PLACE: Final[frozenset[int]] = frozenset()
"""Seeds passed over: their chest has no place for the emboli dealt to it, at its slices."""

_SEED: Final = 20_261_121


def evaluation_cohort() -> FixedCohort:
    """The 200 studies, a positive and a negative one in turn; equal on every machine."""
    chance = random.Random(_SEED)
    positive = [
        replace(spec, is_positive=True, levels=levels)
        for spec, levels in zip(_scans(chance), _emboli(chance), strict=True)
    ]
    negative = [replace(spec, is_positive=False) for spec in _scans(chance)]
    specs = [spec for pair in zip(positive, negative, strict=True) for spec in pair]
    seeds = (seed for seed in count(FIRST_SEED) if seed not in NO_PLACE)
    studies = tuple(FixedStudy(seed, spec) for seed, spec in zip(seeds, specs, strict=False))
    return FixedCohort("eval", "2", studies)


def _scans(chance: random.Random) -> list[PhantomSpec]:
    """How N_OF_EACH chests are scanned, and what in them may be taken for emboli."""
    low, high = ARTERY_HU
    step = (high - low) / (N_OF_EACH - 1)
    arteries = _shuffled([round(low + step * k) for k in range(N_OF_EACH)], chance)
    ways = list(product(SLICES_MM, Kernel))
    dealt = _shuffled(ways * (N_OF_EACH // len(ways)), chance)
    return [
        PhantomSpec(
            matrix=MATRIX,
            slice_thickness_mm=thickness_mm,
            slice_spacing_mm=spacing_mm,
            artery_hu=float(artery_hu),
            kernel=kernel,
            mimics=mimics,
        )
        for ((thickness_mm, spacing_mm), kernel), artery_hu, mimics in zip(
            dealt, arteries, _mimics(chance), strict=True
        )
    ]


def _mimics(chance: random.Random) -> list[tuple[Mimic, ...]]:
    """Those of each of N_OF_EACH studies, in the order of Mimic."""
    holders = {mimic: set(chance.sample(range(N_OF_EACH), n)) for mimic, n in MIMICS.items()}
    return [tuple(m for m in Mimic if study in holders[m]) for study in range(N_OF_EACH)]


def _emboli(chance: random.Random) -> list[tuple[Level, ...]]:
    """The levels of the emboli of each positive study, the widest arteries first."""
    deck = iter(_shuffled([level for level, n in EMBOLI.items() for _ in range(n)], chance))
    counts = _shuffled([n for n, studies in EMBOLI_A_STUDY.items() for _ in range(studies)], chance)
    order = list(EMBOLI)
    return [tuple(sorted(islice(deck, n), key=order.index)) for n in counts]


def _shuffled(dealt: Sequence[Dealt], chance: random.Random) -> list[Dealt]:
    return chance.sample(dealt, len(dealt))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path, metavar="FILE", help="writes the cohort")
    parser.add_argument("--plan", type=Path, metavar="FILE", help="plans its studies; their truth")
    parser.add_argument("--studies", type=int, help="the first N alone")
    args = parser.parse_args()
    if args.write:
        args.write.write_text(cohort_text(evaluation_cohort()), encoding="utf-8")
    if args.plan:
        studies = read_fixed_cohort(args.plan).studies[: args.studies]
        print(planned_table(planned(studies)))


if __name__ == "__main__":
    main()
