"""`pe-models features`: boxes and embeddings of every slice of a store, by the nets of a run."""

import argparse
from pathlib import Path

from pe_models.cli.output import finish, progress_printer, say


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("features", help="boxes and embeddings for every slice")
    parser.add_argument("--data", type=Path, required=True, metavar="STORE")
    parser.add_argument("--run", dest="run_folder", type=Path, required=True, metavar="RUN")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Writes ``boxes.json`` and one ``KEY.npy`` a study (float16, ``[slice, embedding]``)."""
    from pe_models.training.features import export_features
    from pe_models.training.run import open_run
    from pe_models.training.store import open_store

    store = open_store(args.data)
    export_features(
        store,
        open_run(args.run_folder),
        args.out,
        device=args.device,
        on_progress=progress_printer(args.progress),
    )
    if args.progress != "json":
        say(f"Features of {len(store.studies)} studies in {args.out}.")
    finish(args.progress, out=str(args.out), n_studies=len(store.studies))
    return 0
