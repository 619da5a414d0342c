"""`pe-models check`: shipped phantoms through the whole pipeline, against stored results."""

import argparse
from typing import TYPE_CHECKING

from pe_models.cli.output import finish, given_path, progress_printer, say, say_json

if TYPE_CHECKING:
    from pe_models.bundle import ModelBundle
    from pe_models.checking.card import CheckCard


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser(
        "check", help="check this installation on shipped phantoms: green or red (exit status 1)"
    )
    parser.add_argument("--bundle", metavar="B", help="default: the bundle in use")
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    parser.add_argument(
        "--cohort", type=given_path, metavar="FILE", help="other phantoms than the shipped ones"
    )
    outcome = parser.add_mutually_exclusive_group()
    outcome.add_argument("--json", action="store_true", help="the card as JSON")
    outcome.add_argument("--history", action="store_true", help="earlier cards, and no check")
    outcome.add_argument(
        "--store", action="store_true",
        help="make the stored results of a shipped bundle anew (resources/checks), and no check",
    )  # fmt: skip
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    if args.history:
        return _tell_history()
    from pe_models.bundle import bundle_in_use, load_bundle
    from pe_models.parallel import usable_cores
    from pe_models.pipeline import use_threads

    use_threads(usable_cores())
    bundle = bundle_in_use() if args.bundle is None else load_bundle(args.bundle)
    return _store(args, bundle) if args.store else _check(args, bundle)


def _check(args: argparse.Namespace, bundle: "ModelBundle") -> int:
    from pe_models.checking.check import check_cohort, check_installation
    from pe_models.progress import CancelToken

    card = check_installation(
        bundle,
        args.cohort or check_cohort(),
        device=args.device,
        on_progress=progress_printer(args.progress),
        cancel=CancelToken(),
    )
    if args.json:
        say_json(card.to_dict())
    elif args.progress != "json":
        say("\n".join(_lines(card)))
    finish(args.progress, card=card.to_dict())
    return 0 if card.is_green else 1


def _store(args: argparse.Namespace, bundle: "ModelBundle") -> int:
    from pe_models.checking.check import check_cohort, make_reference
    from pe_models.checking.reference import shipped_file
    from pe_models.progress import CancelToken

    path = shipped_file(bundle)
    reference = make_reference(
        bundle,
        args.cohort or check_cohort(),
        device=args.device,
        on_progress=progress_printer(args.progress),
        cancel=CancelToken(),
    )
    reference.write(path)
    say(f"The results of {reference.bundle} on {len(reference.studies)} phantoms are in {path}.")
    return 0


def _tell_history() -> int:
    from pe_models.checking.card import read_cards

    for card in read_cards():
        say(f"{card.time}  {_colour(card):<5}  {card.bundle}  {card.device}  {_figures(card)}")
    return 0


def _lines(card: "CheckCard") -> list[str]:
    first = " First check of this bundle: its results are stored." if card.is_first else ""
    return [f"{_colour(card).upper()}  {card.bundle} on {card.device}. {_figures(card)}.{first}",
            *card.problems]  # fmt: skip


def _colour(card: "CheckCard") -> str:
    return "green" if card.is_green else "red"


def _figures(card: "CheckCard") -> str:
    drift = "" if card.drift is None else f", drift {card.drift:.1e}"
    return (
        f"{card.n_found} of {card.n_emboli} emboli found, {card.n_false_flags} false flags on "
        f"{card.n_studies} phantoms{drift}, {card.ms_a_slice:.0f} ms a slice"
    )
