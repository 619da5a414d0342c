"""How well a scorer that saw phantoms alone finds clots in real CTs.

    python -m benchmarks.transfer.measure --data DIR --phantoms STORE \
        [--bundle pe-phantom] [--run runs/ship] [--out FOLDER]
    python -m benchmarks.transfer.measure --into-phantoms 8 --phantoms STORE ...

Clots with known masks are set into real arteries, or into those of phantoms without emboli. Bars:
same-slice paired AUC above .90, segmental above .80, less than 5 % of unchanged slices above the
threshold that finds 90 % on phantoms.
"""

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from benchmarks.transfer import protocol
from benchmarks.transfer.places import add_places, places_of
from benchmarks.transfer.protocol import Case, Estimate, Unchanged
from benchmarks.transfer.scorers import MapScorer, PipelineScorer, Scorer, SliceNetScorer
from benchmarks.transfer.set_clots import SetClot, set_clots
from benchmarks.transfer.sites import SiteList, Source
from pe_models.bundle import SliceHead, load_bundle
from pe_models.phantom.spec import EMBOLUS_LEVELS
from pe_models.pipeline import Pipeline
from pe_models.training.store import Store, open_store

_FALSE_MARKS_A_SLICE = (0.05, 0.2, 0.5)
_PEAKS_NAMED = 30


@dataclass(frozen=True, slots=True, eq=False)
class PhantomScores:
    """Scores of held-out phantoms' slices, with and without a clot."""

    positive: protocol.Floats
    negative: protocol.Floats


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """All that was scored by one scorer."""

    cases: tuple[Case, ...]
    unchanged: tuple[Unchanged, ...]
    phantoms: PhantomScores


def measure(scorer: Scorer, listed: SiteList, data: Path, phantoms: Store, seed: int) -> Measured:
    """Scores every set clot, the unchanged series and the held-out phantoms."""
    cases: list[Case] = []
    unchanged: list[Unchanged] = []
    for source in listed.sources:
        own, empty = measure_series(scorer, source, listed, data, seed)
        cases += own
        unchanged.append(empty)
    return Measured(tuple(cases), tuple(unchanged), score_phantoms(scorer, phantoms))


def measure_series(
    scorer: Scorer, source: Source, listed: SiteList, data: Path, seed: int
) -> tuple[list[Case], Unchanged]:
    volume = source.read(data)
    empty = scorer(volume, range(volume.n_slices))
    sites = listed.of(source)
    holds = np.zeros((len(sites), volume.n_slices), dtype=np.bool_)
    cases = []
    for clot in set_clots(source, sites, volume, seed):
        holds[sites.index(clot.site), clot.slices] = True
        cases.append(_case(scorer, clot, empty.scores))
    return cases, Unchanged(source.key, empty, holds)


def _case(scorer: Scorer, clot: SetClot, empty: protocol.Floats) -> Case:
    found = scorer(clot.volume, clot.slices.tolist())
    return Case(
        series=clot.site.series,
        site=clot.site.name,
        level=clot.site.level,
        filling=clot.filling.value,
        with_clot=found.scores,
        without=empty[clot.slices],
        peak_in_clot=protocol.peak_in(clot.mask, found.marks, clot.volume.geometry.spacing_mm),
    )


def score_phantoms(scorer: Scorer, store: Store) -> PhantomScores:
    positive: list[protocol.Floats] = []
    negative: list[protocol.Floats] = []
    for study in store.studies:
        scores = scorer(store.volume(study), range(study.n_slices)).scores
        holds = study.image_labels() == 1
        positive.append(scores[holds])
        negative.append(scores[~holds])
    return PhantomScores(np.concatenate(positive), np.concatenate(negative))


def summary(measured: Measured) -> dict[str, Any]:
    """Every figure of the protocol, as JSON takes it."""
    threshold = protocol.threshold_at_sensitivity(measured.phantoms.positive)
    cases = measured.cases
    groups = {"all": list(cases)}
    groups |= {level.value: [c for c in cases if c.level is level] for level in EMBOLUS_LEVELS}
    for series in measured.unchanged:
        groups[series.series] = [c for c in cases if c.series == series.series]
    at_marks = {
        rate: protocol.threshold_at_false_marks(measured.unchanged, rate)
        for rate in _FALSE_MARKS_A_SLICE
    }
    return {
        "paired_auc": {k: asdict(protocol.paired_auc(v)) for k, v in groups.items()},
        "pooled_auc": {k: asdict(protocol.pooled_auc(v)) for k, v in groups.items()},
        "found_at_false_marks_a_slice": {
            str(rate): {k: asdict(protocol.found_share(v, t)) for k, v in groups.items()}
            for rate, t in at_marks.items()
        },
        "prior_auc": protocol.prior_auc(measured.unchanged),
        "phantom_auc": protocol.auc(measured.phantoms.positive, measured.phantoms.negative),
        "threshold": threshold,
        "phantom_share_above": float(np.mean(measured.phantoms.negative >= threshold)),
        "unchanged_share_above": protocol.share_above(measured.unchanged, threshold),
        "false_peaks": [
            {"series": name, **asdict(mark)}
            for name, mark in protocol.highest_false_peaks(measured.unchanged, _PEAKS_NAMED)
        ],
        "cases": [_case_record(case) for case in cases],
    }


def _case_record(case: Case) -> dict[str, Any]:
    return {
        "site": case.site,
        "level": case.level.value,
        "filling": case.filling,
        "paired": case.paired,
        "highest_with": float(case.with_clot.max()),
        "highest_without": float(case.without.max()),
        "peak_in_clot": case.peak_in_clot,
    }


def table(name: str, figures: dict[str, Any]) -> str:
    lines = [f"{name}: same-slice AUC, paired and pooled, and clots found at false marks a slice"]
    rates = list(figures["found_at_false_marks_a_slice"])
    lines.append("  " + " " * 16 + "sites  paired              pooled   " + "  ".join(rates))
    for group, paired in figures["paired_auc"].items():
        found = [figures["found_at_false_marks_a_slice"][rate][group]["value"] for rate in rates]
        pooled = figures["pooled_auc"][group]["value"]
        lines.append(
            f"  {group:16} {paired['n_sites']:3}    {_text(Estimate(**paired))}  {pooled:.2f}    "
            + "  ".join(f"{share:4.0%}" for share in found)
        )
    shares = ", ".join(f"{k} {v:.0%}" for k, v in figures["unchanged_share_above"].items())
    lines.append(f"  prior {figures['prior_auc']:.2f}; phantoms {figures['phantom_auc']:.3f}")
    lines.append(
        f"  at 90 % of the phantoms' clot slices ({figures['threshold']:.3f}): "
        f"{figures['phantom_share_above']:.1%} of phantom slices without, unchanged CT {shares}"
    )
    peak = figures["false_peaks"][0] if figures["false_peaks"] else None
    lines.append(f"  highest false peak: {peak}")
    return "\n".join(lines)


def _text(estimate: Estimate) -> str:
    return f"{estimate.value:.2f} ({estimate.low:.2f} to {estimate.high:.2f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_places(parser)
    parser.add_argument("--phantoms", type=Path, required=True, help="a store that no net saw")
    parser.add_argument("--bundle", default="")
    parser.add_argument("--run", type=Path, help="a run whose slice stage is done")
    parser.add_argument("--out", type=Path, help="for the figures as JSON")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    phantoms = open_store(args.phantoms)
    listed, data = places_of(args)
    for name, scorer in _scorers(args).items():
        figures = summary(measure(scorer, listed, data, phantoms, args.seed))
        print(table(name, figures))
        if args.out:
            args.out.mkdir(parents=True, exist_ok=True)
            (args.out / f"{name}.json").write_text(json.dumps(figures, indent=1), encoding="utf-8")


def _scorers(args: argparse.Namespace) -> dict[str, Scorer]:
    scorers: dict[str, Scorer] = {}
    if args.bundle:
        bundle = load_bundle(args.bundle)
        scorers[bundle.name] = PipelineScorer(Pipeline(bundle, "cpu"))
        if bundle.architecture.slice_classifier.head is SliceHead.DENSE:
            scorers[f"{bundle.name}-slices"] = SliceNetScorer.of_bundle(bundle)
        if bundle.architecture.refiner is not None:
            scorers[f"{bundle.name}-refined"] = MapScorer(Pipeline(bundle, "cpu"))
    if args.run:
        scorers[f"{args.run.name}-slices"] = SliceNetScorer.of_run(args.run)
    return scorers


if __name__ == "__main__":
    main()
