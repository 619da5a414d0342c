"""`pe-models prepare`: DICOM and labels to the prepared store."""

import argparse
from pathlib import Path

from pe_models.cli.output import finish, progress_printer, say, warn


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser(
        "prepare", help="bring labelled DICOM studies into the store that training reads"
    )
    files = parser.add_mutually_exclusive_group(required=True)
    files.add_argument("--dicom", type=Path, metavar="DIR", help="folder in the RSNA layout")
    files.add_argument(
        "--manifest", type=Path, metavar="CSV", help="files by SOPInstanceUID, path and frame"
    )
    parser.add_argument("--labels", type=Path, required=True, metavar="train.csv")
    parser.add_argument("--out", type=Path, required=True, metavar="STORE")
    parser.add_argument("--boxes", type=Path, metavar="lung_bbox.csv")
    parser.add_argument(
        "--like", type=Path, metavar="STORE",
        help="know its patients again: then both train together, by `train --data A --data B`",
    )  # fmt: skip
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--workers", type=int, metavar="N", help="processes (default: one a core)")
    where.add_argument(
        "--dask", metavar="ADDRESS", help="a dask scheduler whose workers prepare the studies"
    )
    parser.add_argument(
        "--reserved",
        action="store_true",
        help="the store is for evaluation: reserved phantoms may enter, training refuses it",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Prepares what is missing; says which studies failed. Raises PEError where none is left."""
    from pe_models.parallel import usable_cores
    from pe_models.training.preparing.orders import Source, n_without_labels
    from pe_models.training.preparing.prepare import prepare

    source = Source(
        labels=args.labels,
        dicom=args.dicom,
        manifest=args.manifest,
        boxes=args.boxes,
        is_reserved=args.reserved,
        like=args.like,
    )
    unlabelled = n_without_labels(source)
    if unlabelled:
        warn(f"{args.labels.name} has no row for {unlabelled} study folders; they are left out.")
    store = prepare(
        source,
        args.out,
        n_workers=args.workers or usable_cores(),
        dask=args.dask,
        on_progress=progress_printer(args.progress),
    )
    for failure in store.failed:
        warn(f"Study ...{failure.study} was left out: {failure.reason}")
    n_slices = sum(study.n_slices for study in store.studies)
    if args.progress != "json":
        say(f"{len(store.studies)} studies, {n_slices} slices, {len(store.failed)} left out.")
    finish(args.progress, n_studies=len(store.studies), n_failed=len(store.failed))
    return 0
