"""`pe-models retrain`: one retraining from its order to the gate, in a folder of its own."""

import argparse
import os
from pathlib import Path

from pe_models.cli.output import finish, given_path, progress_printer, say
from pe_models.cli.signals import terminated_as_interrupted

_PRIVATE = 0o077


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser(
        "retrain", help="carry out a folder's order.json: data, training, comparison, gate"
    )
    parser.add_argument("folder", type=given_path, metavar="RUN")
    parser.add_argument(
        "--check", action="store_true",
        help="only count what the order would train on, and say what is missing, as JSON",
    )  # fmt: skip
    parser.add_argument(
        "--study", metavar="NAME",
        help="only tell, as JSON, where the files of a compared study lie; a phantom is written "
        "as DICOM first",
    )  # fmt: skip
    parser.add_argument(
        "--safety", type=given_path, metavar="FILE",
        help="the fixed phantoms of the gate (default: the shipped safety cohort)",
    )  # fmt: skip
    parser.add_argument(
        "--promote", action="store_true", help="put the candidate to use where the gate lets it"
    )
    parser.set_defaults(run=run)


@terminated_as_interrupted()
def run(args: argparse.Namespace) -> int:
    """A retraining that was stopped or killed goes on where it was."""
    if args.check:
        return _check(args.folder)
    if args.study:
        return _tell_paths(args)
    from pe_models.retraining.circle import carry_out
    from pe_models.retraining.folder import RetrainFolder
    from pe_models.retraining.promoting import promote_candidate

    os.umask(_PRIVATE)  # a store may hold patients' pixels
    retraining = RetrainFolder(args.folder.absolute())
    state = carry_out(retraining, safety=args.safety, on_progress=progress_printer(args.progress))
    decision = retraining.decision()
    passes = decision is not None and decision.passes
    if passes and args.promote:
        bundle = promote_candidate(retraining)
        say(f"{bundle.name} {bundle.version} is in use now.")
    if args.progress != "json":
        told = "" if decision is None else " It passes the gate." if passes else " It is refused."
        say(f"retrain: {state}.{told} All is in {args.folder}.")
    finish(args.progress, state=state, passes=passes if decision is not None else None)
    return 0


def _check(folder: Path) -> int:
    from pe_models.bundle import bundle_in_use
    from pe_models.cli.output import say_json
    from pe_models.retraining.folder import RetrainFolder
    from pe_models.retraining.order import Start
    from pe_models.retraining.planning import plan
    from pe_models.retraining.settling import settled_now

    order = settled_now(RetrainFolder(folder).order())
    if order.start is Start.IN_USE:
        from pe_models.retraining.circle import require_start

        require_start(order, bundle_in_use())
    say_json(plan(order).to_dict())
    return 0


def _tell_paths(args: argparse.Namespace) -> int:
    from pe_models.cli.output import say_json
    from pe_models.retraining.folder import RetrainFolder, safety_cohort
    from pe_models.retraining.whereabouts import paths_of

    retraining = RetrainFolder(args.folder.absolute())
    found = paths_of(retraining, args.study, args.safety or safety_cohort())
    say_json({"paths": [str(path) for path in found]})
    return 0
