"""`pe-models task`: a task of single pictures, from labelled data (or phantoms) to a bundle."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pe_models import NOTICE
from pe_models.cli.output import finish, given_path, progress_printer, say, warn
from pe_models.cli.signals import terminated_as_interrupted

if TYPE_CHECKING:
    from pe_models.experiments.plans import TaskPlan
    from pe_models.progress import OnProgress

_SEED = 1


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser(
        "task", help="train and compare the nets of a task of single pictures, and bundle the best"
    )
    parser.add_argument("task", metavar="TASK", help="hemorrhage or pneumonia")
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--data", type=given_path, metavar="DIR", help="a data set in the layout of its competition"
    )
    source.add_argument(
        "--phantoms", type=int, metavar="N",
        help="make N phantoms and use them (default: as many as the preset says)",
    )  # fmt: skip
    parser.add_argument("--preset", default="laptop", metavar="NAME",
                        help="original, laptop, ship or tiny")  # fmt: skip
    parser.add_argument("--out", type=given_path, required=True, metavar="DIR")
    parser.add_argument("--name", metavar="NAME", help="of the bundle (default: TASK-PRESET)")
    parser.add_argument("--weights", type=given_path, metavar="DIR",
                        help="ImageNet weights, where no hub is reached")  # fmt: skip
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    parser.set_defaults(run=run, usage_error=parser.error)


@terminated_as_interrupted()
def run(args: argparse.Namespace) -> int:
    """Trains, or goes on with what is done in DIR, and says what came of it."""
    if args.phantoms is not None and args.phantoms < 1:
        args.usage_error(f"--phantoms must be 1 or more; {args.phantoms} was given")
    from pe_models.experiments.plans import plan_for
    from pe_models.experiments.sources import open_pictures
    from pe_models.experiments.task_run import run_task
    from pe_models.parallel import usable_cores
    from pe_models.pipeline import use_threads

    plan, on_progress = plan_for(args.task, args.preset), progress_printer(args.progress)
    use_threads(usable_cores())
    folder = args.data or _phantoms(args, plan, on_progress)
    result = run_task(
        open_pictures(args.task, folder),
        args.out,
        plan,
        bundle_name=args.name or f"{args.task}-{args.preset}",
        device=args.device,
        weights=args.weights,
        on_progress=on_progress,
    )
    for reason in result.skipped:
        warn(f"Left out: {reason}")
    if args.progress != "json":
        say((args.out / "table.md").read_text(encoding="utf-8"))
        say(f"{result.chosen} is in {result.bundle.source}; `pe-models bundle import` adds it.")
        say(NOTICE)
    finish(args.progress, out=str(args.out), chosen=result.chosen, sha256=result.bundle.sha256)
    return 0


def _phantoms(args: argparse.Namespace, plan: "TaskPlan", on_progress: "OnProgress") -> Path:
    from pe_models.experiments.sources import data_of

    folder: Path = args.out / "phantoms"
    data_of(args.task).write_phantoms(
        folder,
        n_studies=args.phantoms or plan.n_phantoms,
        seed=_SEED,
        on_progress=on_progress,
        **plan.phantoms,
    )
    return folder
