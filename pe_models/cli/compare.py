"""`pe-models compare`: two bundles on the same studies."""

import argparse
from typing import TYPE_CHECKING, Final

from pe_models.cli.evaluate import add_studies, outcomes_of, source_of
from pe_models.cli.output import finish, say, warn

if TYPE_CHECKING:
    from pe_models.evaluation.compare import Comparison

_ALWAYS: Final = ("image_auc", "froc.sensitivity_at_1fp", "sides.auc", "competition_score")
"""Figures that are said even where they hardly differ."""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser(
        "compare", help="two bundles on the same held-out studies: paired differences"
    )
    parser.add_argument("--a", required=True, metavar="B", help="a bundle, by folder or name")
    parser.add_argument("--b", required=True, metavar="B", help="the other one")
    add_studies(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Writes ``comparison.json``, the same as a page, curves, and plots."""
    from pe_models.bundle import load_bundle
    from pe_models.evaluation.compare import compare, in_common, require_comparable
    from pe_models.evaluation.comparison_files import write_comparison

    bundle_a, bundle_b = load_bundle(args.a), load_bundle(args.b)
    require_comparable(bundle_a, bundle_b)
    source = source_of(args)
    judged_a = outcomes_of(args, bundle_a, source, "evaluate A").judged
    judged_b = outcomes_of(args, bundle_b, source, "evaluate B").judged
    a, b = in_common(judged_a, judged_b)
    if len(a) < len(source.names):
        warn(f"{len(source.names) - len(a)} studies that one of the two refuses were left out.")
    comparison = compare(a, b)
    write_comparison(
        comparison, bundles=(bundle_a, bundle_b), judged=(a, b), source=source, out=args.out
    )
    if args.progress != "json":
        say("\n".join([*_lines(comparison), f"All figures and plots are in {args.out}."]))
    finish(args.progress, out=str(args.out), n_studies=comparison.n_studies)
    return 0


def _lines(comparison: "Comparison") -> list[str]:
    """Figures of images and emboli, and those that are clearly different."""
    return [
        f"{name:<44} A {d.a.value:.3f}  B {d.b.value:.3f}  B - A {d.b_minus_a.value:+.3f} "
        f"({d.b_minus_a.low:+.3f} to {d.b_minus_a.high:+.3f})"
        for name, d in comparison.figures.items()
        if d.is_clear or name in _ALWAYS
    ]
