"""A Comparison as a page of Markdown: the figures label by label, and where the two disagree."""

from collections.abc import Sequence
from typing import Final

from pe_models import NOTICE
from pe_models.evaluation.compare import Comparison, Disagreement, favours
from pe_models.evaluation.spread import Difference

_WITH_PE: Final = {True: "yes", False: "no", None: "unknown"}


def comparison_page(comparison: Comparison, *, a: str, b: str, cohort: str) -> str:
    """``a`` and ``b`` name the bundles."""
    basis = (
        f"{comparison.n_studies} studies ({cohort}); 95 % intervals by resampling studies, alike."
    )
    return "\n".join(
        [
            f"# {b} against {a}",
            "",
            f"{NOTICE} {basis}",
            "",
            f"| figure | A: {a} | B: {b} | B - A | clearly better |",
            "|---|---|---|---|---|",
            *(_row(name, difference) for name, difference in comparison.figures.items()),
            "",
            "## Where they disagree most",
            "",
            "| study | with PE | exam score A | exam score B | slice | apart there by |",
            "|---|---|---|---|---|---|",
            *_disagreements(comparison.disagreements),
            "",
        ]
    )


def _row(name: str, difference: Difference) -> str:
    apart = difference.b_minus_a
    return (
        f"| {name} | {difference.a.value:.3f} | {difference.b.value:.3f} "
        f"| {apart.value:+.3f} ({apart.low:+.3f} to {apart.high:+.3f}) "
        f"| {favours(name, difference).upper()} |"
    )


def _disagreements(found: Sequence[Disagreement]) -> list[str]:
    return [
        f"| {d.name} | {_WITH_PE[d.has_pe]} | {d.exam_pe_a:.3f} | {d.exam_pe_b:.3f} "
        f"| {d.slice_index} | {d.slice_gap:.3f} |"
        for d in found
    ]
