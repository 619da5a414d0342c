"""`pe-models features`: boxes and embeddings of every slice of a store, by the nets of a run."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pe_models.cli.output import finish, progress_printer, say
from pe_models.cli.train import add_speed_options, train_options
from pe_models.parallel import is_first_process

if TYPE_CHECKING:
    from pe_models.training.run import RunFolder
    from pe_models.training.store import Store


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("features", help="boxes and embeddings for every slice")
    parser.add_argument("--data", type=Path, action="append", required=True, metavar="STORE",
                        help="a prepared store; may be repeated")  # fmt: skip
    parser.add_argument("--run", dest="run_folder", type=Path, required=True, metavar="RUN")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    parser.add_argument(
        "--out-of-fold", type=int, default=0, metavar="K",
        help="of training studies by one of K slice nets, trained here, that never saw the patient",
    )  # fmt: skip
    add_speed_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Writes ``boxes.json`` and one ``KEY.npy`` a study (float16, ``[slice, embedding]``)."""
    from pe_models.training.run import open_run
    from pe_models.training.store import open_stores

    store, run_folder = open_stores(args.data), open_run(args.run_folder)
    _export(args, store, run_folder)
    if not is_first_process():
        return 0
    if args.progress != "json":
        say(f"Features of {len(store.studies)} studies in {args.out}.")
    finish(args.progress, out=str(args.out), n_studies=len(store.studies))
    return 0


def _export(args: argparse.Namespace, store: "Store", run_folder: "RunFolder") -> None:
    from pe_models.training.export.features import export_features, export_out_of_fold

    on_progress = progress_printer(args.progress)
    if not args.out_of_fold:
        export_features(store, run_folder, args.out, device=args.device, on_progress=on_progress)
        return
    export_out_of_fold(
        store,
        run_folder,
        args.out,
        n_folds=args.out_of_fold,
        options=train_options(args, resume=True),
        on_progress=on_progress,
    )
