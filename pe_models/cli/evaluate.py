"""`pe-models evaluate`: a bundle, or a run, measured on studies whose truth is known."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pe_models.cli.output import finish, given_path, progress_printer, say, warn
from pe_models.errors import DatasetError, InputError

if TYPE_CHECKING:
    from pe_models.bundle import ModelBundle
    from pe_models.evaluation.judge import Outcomes
    from pe_models.evaluation.sources import StudySource

_MOST_WORKERS: Final = 8
"""Each holds up to three whole studies."""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser(
        "evaluate", help="run a bundle on every study of a store or a cohort; metrics and plots"
    )
    add_studies(parser)
    nets = parser.add_mutually_exclusive_group(required=True)
    nets.add_argument("--bundle", metavar="B")
    nets.add_argument("--run", dest="run_folder", type=given_path, metavar="RUN")
    parser.add_argument(
        "--dicom-check", type=int, default=0, metavar="N",
        help="write the first N phantoms of --cohort as DICOM too, read and analyse the files, and "
        "tell how far the scores lie apart",
    )  # fmt: skip
    parser.add_argument(
        "--faithfulness", type=int, default=0, metavar="N",
        help="test on the first N positive phantoms of --cohort whether the maps show what raised "
        "the scores",
    )  # fmt: skip
    parser.set_defaults(run=run)


def add_studies(parser: argparse.ArgumentParser) -> None:
    """What ``evaluate`` and ``compare`` take alike: the studies, and where the answers go."""
    studies = parser.add_mutually_exclusive_group(required=True)
    studies.add_argument("--data", type=given_path, metavar="STORE", help="a prepared store")
    studies.add_argument(
        "--cohort", type=given_path, metavar="FILE", help="phantoms fixed in a file, to arrays"
    )
    parser.add_argument("--out", type=given_path, required=True, metavar="DIR")
    parser.add_argument(
        "--scores", type=given_path, metavar="DIR",
        help="where each study's scores are kept, and found again (default: OUT/scores)",
    )  # fmt: skip
    parser.add_argument("--first", type=int, metavar="N", help="the first N studies alone")
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    parser.add_argument(
        "--workers", type=int, metavar="N",
        help="processes that make phantoms ahead of the nets (default: half the cores)",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Writes ``metrics.json`` and the plots; an interrupted evaluation goes on where it stopped."""
    from pe_models.evaluation.measures import measure
    from pe_models.evaluation.plots import write_plots
    from pe_models.training.files import write_json

    _check_wishes(args)
    source, bundle = source_of(args), _bundle(args)
    outcomes = outcomes_of(args, bundle, source)
    figures = {
        "cohort": source.cohort,
        "version": source.version,
        "bundle": {"name": bundle.name, "version": bundle.version, "sha256": bundle.sha256},
        "refused": [{"study": r.name, "reason": r.reason} for r in outcomes.refused],
        **measure(outcomes.judged),
        "dicom": _dicom_agreement(args, bundle, outcomes),
        "faithfulness": _faithfulness(args, bundle, source, outcomes),
    }
    write_json(args.out / "metrics.json", figures)
    write_plots(outcomes.judged, args.out)
    if args.progress != "json":
        say("\n".join(_lines(figures, args.out)))
    finish(args.progress, out=str(args.out), image_auc=figures["image_auc"])
    return 0


def source_of(args: argparse.Namespace) -> "StudySource":
    """The studies that ``--data`` or ``--cohort`` names. Raises PEError."""
    from pe_models.evaluation.cohort_source import CohortSource
    from pe_models.evaluation.sources import FirstOf
    from pe_models.evaluation.store_source import StoreSource
    from pe_models.parallel import usable_cores
    from pe_models.phantom.fixed_cohort import read_fixed_cohort
    from pe_models.training.store import open_store

    source: StudySource
    if args.cohort is not None:
        n_workers = args.workers or min(_MOST_WORKERS, usable_cores() // 2)
        source = CohortSource(read_fixed_cohort(args.cohort), max(1, n_workers))
    else:
        source = StoreSource(open_store(args.data))
    return source if args.first is None else FirstOf(source, args.first)


def outcomes_of(
    args: argparse.Namespace, bundle: "ModelBundle", source: "StudySource", stage: str = "evaluate"
) -> "Outcomes":
    """Scores every study that is not kept yet; warns of those that the pipeline refuses."""
    from pe_models.evaluation.judge import judge_all
    from pe_models.evaluation.kept import KeptScores
    from pe_models.parallel import usable_cores
    from pe_models.pipeline import use_threads

    use_threads(usable_cores())
    outcomes = judge_all(
        source,
        bundle,
        KeptScores.of(args.scores or args.out / "scores", bundle, source.version),
        device=args.device,
        stage=stage,
        on_progress=progress_printer(args.progress),
    )
    for refused in outcomes.refused:
        warn(f"Study {refused.name} was left out: {refused.reason}")
    return outcomes


def _check_wishes(args: argparse.Namespace) -> None:
    """Told before the work. Raises InputError."""
    if args.dicom_check and args.cohort is None:
        raise InputError("--dicom-check writes phantoms of a --cohort; a store has no seeds.")
    if args.faithfulness and args.cohort is None:
        raise InputError(
            "--faithfulness needs phantoms of a --cohort; a store does not tell the voxels of its "
            "emboli."
        )


def _dicom_agreement(
    args: argparse.Namespace, bundle: "ModelBundle", outcomes: "Outcomes"
) -> dict[str, Any] | None:
    """None where it was not asked for; warns where the two roads differ."""
    if args.dicom_check < 1:
        return None
    from pe_models.evaluation.dicom_road import TOLERANCE, agreement
    from pe_models.phantom.fixed_cohort import read_fixed_cohort
    from pe_models.pipeline import Pipeline

    found = agreement(
        outcomes.judged[: args.dicom_check],
        {study.name: study for study in read_fixed_cohort(args.cohort).studies},
        Pipeline(bundle, args.device),
        on_progress=progress_printer(args.progress),
    )
    if not found.holds:
        warn(
            f"Scores from DICOM differ from those of arrays by up to {found.largest_difference:.2g}"
            f" (allowed: {TOLERANCE:g}), {found.n_verdicts_differ} verdicts."
        )
    return found.to_dict()


def _faithfulness(
    args: argparse.Namespace, bundle: "ModelBundle", source: "StudySource", outcomes: "Outcomes"
) -> dict[str, Any] | None:
    """None where it was not asked for, and, with a warning, where no clot lies in a crop."""
    if args.faithfulness < 1:
        return None
    from pe_models.evaluation.faithfulness import faithfulness
    from pe_models.pipeline import Pipeline
    from pe_models.progress import CancelToken

    positive = [j.truth.name for j in outcomes.judged if j.truth.has_pe]
    names = positive[: args.faithfulness]
    try:
        found = faithfulness(
            Pipeline(bundle, args.device),
            source.studies(names, CancelToken()),
            n_studies=len(names),
            on_progress=progress_printer(args.progress),
        )
    except DatasetError as error:
        warn(f"Faithfulness was not measured: {error}")
        return None
    return found.to_dict()


def _bundle(args: argparse.Namespace) -> "ModelBundle":
    from pe_models.bundle import load_bundle
    from pe_models.training.export.bundle import export_bundle
    from pe_models.training.run import open_run

    if args.bundle is not None:
        return load_bundle(args.bundle)
    run_folder = open_run(args.run_folder)
    return export_bundle(run_folder, args.run_folder / "bundle", name="run", version="0")


def _lines(figures: dict[str, Any], out: Path) -> list[str]:
    exam = {f"{label} AUC": entry["auc"] for label, entry in figures["exam"].items()}
    rows = {"image AUC": figures["image_auc"], **exam}
    if figures["froc"] is not None:
        rows["emboli found at 1 false mark"] = figures["froc"]["sensitivity_at_1fp"]
    rows["right told from left (AUC)"] = figures["sides"]["auc"]
    if figures["places"] is not None:
        rows["flags with an embolus: side right"] = figures["places"]["side_right"]
        rows["flags with an embolus: level right"] = figures["places"]["level_right"]
    if figures["faithfulness"] is not None:
        rows["maps that point at a clot"] = figures["faithfulness"]["pointing"]
    if figures["dicom"] is not None:
        rows["largest difference through DICOM"] = figures["dicom"]["largest_difference"]
    lines = [f"{name:<34} {value:.3f}" for name, value in rows.items() if value is not None]
    return [*lines, f"{figures['n_studies']} studies; all figures and plots in {out}."]
