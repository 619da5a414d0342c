"""`pe-models phantom`: a synthetic cohort in the RSNA layout."""

import argparse
from pathlib import Path

from pe_models.cli.output import finish, progress_printer, say


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser(
        "phantom", help="write a synthetic cohort with its exact truth, in the RSNA layout"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--studies", type=int, required=True, metavar="N")
    parser.add_argument(
        "--seed", type=int, required=True, metavar="S", help="seed of the first study"
    )
    parser.add_argument(
        "--positive-fraction", type=float, default=0.4, metavar="F",
        help="share of studies with emboli, met to the nearest study (default 0.4)",
    )  # fmt: skip
    parser.add_argument("--matrix", type=int, default=512, metavar="PX")
    parser.add_argument(
        "--slices", type=int, metavar="N", help="slices over the chest (default: by the seed)"
    )
    parser.add_argument(
        "--reserved", action="store_true", help="seeds from 900000 up, never used for training"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Writes the cohort; an interrupted one goes on where it stopped."""
    from pe_models.phantom.cohort import write_cohort

    folder = write_cohort(
        args.out,
        n_studies=args.studies,
        seed=args.seed,
        positive_fraction=args.positive_fraction,
        matrix=args.matrix,
        n_slices=args.slices,
        reserved=args.reserved,
        on_progress=progress_printer(args.progress),
    )
    if args.progress != "json":
        say(f"{args.studies} phantom studies in {folder}")
    finish(args.progress, out=str(folder), n_studies=args.studies)
    return 0
