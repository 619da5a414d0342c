"""`pe-models evaluate`: a bundle, or a run, measured on a prepared store."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pe_models.cli.output import finish, progress_printer, say

if TYPE_CHECKING:
    from pe_models.bundle import ModelBundle


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser(
        "evaluate", help="run a bundle on every study of a store; metrics and plots"
    )
    parser.add_argument("--data", type=Path, required=True, metavar="STORE")
    nets = parser.add_mutually_exclusive_group(required=True)
    nets.add_argument("--bundle", metavar="B")
    nets.add_argument("--run", dest="run_folder", type=Path, metavar="RUN")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Writes ``metrics.json`` and the plots."""
    from pe_models.training.evaluate import judge_store, measure
    from pe_models.training.files import write_json
    from pe_models.training.plots import write_plots
    from pe_models.training.store import open_store

    store = open_store(args.data)
    judged = judge_store(
        store,
        _bundle(args),
        device=args.device,
        on_progress=progress_printer(args.progress),
    )
    figures = measure(judged, cohort=args.data.name)
    args.out.mkdir(parents=True, exist_ok=True)
    write_json(args.out / "metrics.json", figures)
    write_plots(judged, args.out)
    if args.progress != "json":
        say("\n".join(_lines(figures, args.out)))
    finish(args.progress, out=str(args.out), image_auc=figures["image_auc"])
    return 0


def _bundle(args: argparse.Namespace) -> "ModelBundle":
    from pe_models.bundle import load_bundle
    from pe_models.training.export import export_bundle
    from pe_models.training.run import open_run

    if args.bundle is not None:
        return load_bundle(args.bundle)
    run_folder = open_run(args.run_folder)
    return export_bundle(run_folder, args.run_folder / "bundle", name="run", version="0")


def _lines(figures: dict[str, Any], out: Path) -> list[str]:
    exam = {label: entry["auc"] for label, entry in figures["exam"].items()}
    rows = {"image AUC": figures["image_auc"], **{f"{k} AUC": v for k, v in exam.items()}}
    lines = [f"{name:<32} {value:.3f}" for name, value in rows.items() if value is not None]
    return [*lines, f"{figures['n_studies']} studies; all figures and plots in {out}."]
