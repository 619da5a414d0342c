"""`pe-models bundle fit-rules`: rules for places and strain, fitted on a store's studies."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pe_models.cli.output import finish, given_path, progress_printer, say

if TYPE_CHECKING:
    from pe_models.bundle import ModelBundle
    from pe_models.training.rules.writing import FittedRules
    from pe_models.training.store import Store

RULES: Final = "rules.json"
"""The fitted rules, beside what they were fitted on."""


def add_parser(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = actions.add_parser(
        "fit-rules",
        help="fit on a store which places are marked, their levels, and what exams are told",
        description="Fits the rules for places on studies that the bundle's nets were not trained "
        "on, and of a bundle that measures ventricles how much the ratio says of the exam; writes "
        "the bundle with them. Exam labels are enough for sides and strain; levels and the least "
        "score of a mark need phantoms, whose masks the store keeps.",
    )
    parser.add_argument("--bundle", required=True, metavar="B")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--data", type=given_path, metavar="STORE")
    source.add_argument(
        "--rules", type=given_path, metavar="FILE", help=f"rules fitted before, as in KEPT/{RULES}"
    )
    parser.add_argument(
        "--levels", type=given_path, metavar="STORE",
        help="more phantoms for levels alone; those that the nets were trained on will do",
    )  # fmt: skip
    parser.add_argument(
        "--out", type=given_path, required=True, metavar="B", help="a folder or a .zip"
    )
    parser.add_argument(
        "--kept", type=given_path, metavar="DIR",
        help="where what was gathered is kept, and found again (default: beside OUT)",
    )  # fmt: skip
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Gathers, fits and writes; an interrupted gathering goes on where it stopped."""
    from pe_models.bundle import load_bundle
    from pe_models.training.rules.writing import read_rules, write_with_rules

    bundle = load_bundle(args.bundle)
    rules = _fitted(args, bundle) if args.rules is None else read_rules(args.rules)
    written = write_with_rules(bundle, rules, args.out)
    if args.progress != "json":
        say("\n".join(_lines(rules)))
        say(f"{written.name} {written.version} in {args.out}: {written.sha256}")
    finish(args.progress, out=str(args.out), sha256=written.sha256)
    return 0


def _fitted(args: argparse.Namespace, bundle: "ModelBundle") -> "FittedRules":
    from pe_models.parallel import usable_cores
    from pe_models.pipeline import Pipeline, use_threads
    from pe_models.training.rules.fitting import fit_place_rules
    from pe_models.training.rules.gathering import gather
    from pe_models.training.rules.strain import fit_strain
    from pe_models.training.rules.writing import FittedRules, write_rules

    stores = [_store(folder) for folder in (args.data, args.levels) if folder is not None]
    use_threads(usable_cores())
    kept: Path = args.kept or args.out.with_name(f"{args.out.name}-kept")
    pipeline, report = Pipeline(bundle, args.device), progress_printer(args.progress)
    examples, *more = (gather(store, pipeline, kept, on_progress=report) for store in stores)
    more_levels = [place for studies in more for study in studies for place in study.places or ()]
    strain = fit_strain(examples, fitted_on=args.data.name)
    fitted_on = f"{len(examples)} studies of {args.data.name}"
    if more:
        fitted_on += f", levels also on {len(more[0])} of {args.levels.name}"
    places = fit_place_rules(examples, more_levels=more_levels, fitted_on=fitted_on)
    rules = FittedRules(places, strain)
    write_rules(kept / RULES, rules)
    return rules


def _store(folder: Path) -> "Store":
    """Raises DatasetError, and InputError for studies that are for evaluation alone."""
    from pe_models.errors import InputError
    from pe_models.training.store import open_store

    store = open_store(folder)
    if store.is_reserved:
        raise InputError(
            f"The studies of {folder.name} are reserved for evaluation; fit on others."
        )
    return store


def _lines(rules: "FittedRules") -> list[str]:
    places, strain = rules.places, rules.strain
    levels = "not told: no truth of where emboli lie" if places.levels is None else "told"
    least, beside = f"{places.least_score:.2f}", f"{places.least_beside:.2f}"
    weighed = (
        "is the sequence net's alone: no measured ratio, or none that helps"
        if strain is None
        else f"weighs the measured ratio, fitted on {strain.fitted_on}"
    )
    return [
        f"Places are marked from a score of {least}, beside a surer one from {beside}.",
        f"Levels are {levels}.",
        f"The exam's RV/LV {weighed}.",
        f"Fitted on {places.fitted_on}.",
    ]
