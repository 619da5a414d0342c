"""The phantom beside real CT, in one table.

    python -m benchmarks.phantom_statistics.table --data DIR --studies 40

Images: the same rules in both, over some slices of each study; median (least to greatest) over
studies. Arteries and emboli: by the phantom's own truth, beside what was published. Labels: as
drawn, with 95 % intervals. Real CT is measured only.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import cv2

from benchmarks.phantom_statistics.clots import SeenStudy, seen_study
from benchmarks.phantom_statistics.exams import draw_exams
from benchmarks.phantom_statistics.measures import Figures, figures_of
from benchmarks.phantom_statistics.rows import (
    Row,
    clot_rows,
    frequency_rows,
    image_rows,
    vessel_rows,
)
from benchmarks.phantom_statistics.subjects import phantom_subject, real_subjects
from benchmarks.phantom_statistics.vessels import vessel_figures
from pe_models.phantom import GENERATOR_VERSION
from pe_models.phantom.sampler import PhantomSampler
from pe_models.phantom.spec import PhantomSpec


def measured_phantoms(seeds: Iterable[int], n_slices: int) -> Iterator[tuple[Figures, Figures]]:
    """What the slices, and what the arteries of each phantom tell."""
    for seed in seeds:
        sampler = PhantomSampler.plan(seed, PhantomSpec())
        yield figures_of(phantom_subject(sampler, n_slices)), vessel_figures(sampler)
        _say(f"phantom {seed} measured")


def positive_studies(seeds: Iterable[int]) -> Iterator[SeenStudy]:
    """Positive studies of the seeds, everything else left to chance."""
    for seed in seeds:
        yield seen_study(PhantomSampler.plan(seed, PhantomSpec(is_positive=True)))
        _say(f"emboli of phantom {seed} measured")


def markdown(title: str, rows: Iterable[Row]) -> str:
    """A table with a heading for each column."""
    lines = [f"| {title} | phantom | real |", "|---|---|---|"]
    lines += [f"| {row.name} | {row.phantom} | {row.real} |" for row in rows]
    return "\n".join(lines)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of the real CTs")
    parser.add_argument(
        "--studies", type=int, default=40, help="phantoms whose images are measured"
    )
    parser.add_argument("--positive", type=int, default=100, help="whose emboli are measured")
    parser.add_argument("--exams", type=int, default=20_000, help="exams whose labels are drawn")
    parser.add_argument("--slices", type=int, default=12, help="of each study")
    parser.add_argument("--first-seed", type=int, default=0)
    return parser.parse_args()


def main() -> None:
    args = _arguments()
    cv2.setNumThreads(1)
    first = args.first_seed
    real = [figures_of(subject) for subject in real_subjects(args.data, args.slices)]
    found = list(measured_phantoms(range(first, first + args.studies), args.slices))
    print(f"Generator {GENERATOR_VERSION}, {args.studies} phantoms and {len(real)} real series.\n")
    _print("images", image_rows([images for images, _ in found], real))
    _print("arteries", vessel_rows([vessels for _, vessels in found]))
    _print(f"labels of {args.exams} exams", frequency_rows(draw_exams(first, args.exams)))
    studies = list(positive_studies(range(first, first + args.positive)))
    _print(f"emboli of {args.positive} studies", clot_rows(studies))


def _print(title: str, rows: Iterable[Row]) -> None:
    print(markdown(title, rows), end="\n\n", flush=True)


if __name__ == "__main__":
    main()
