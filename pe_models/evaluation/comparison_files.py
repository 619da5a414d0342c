"""What a comparison leaves: figures, page, plots, and the curves and tracks for drawing it anew.

``comparison.json`` has the figures, ``comparison.md`` the same as a page, ``curves.json`` FROC and
reliability of both bundles and, of the studies on which they disagree, both tracks.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from pe_models.bundle import ModelBundle
from pe_models.evaluation.compare import Comparison
from pe_models.evaluation.comparison_plots import write_comparison_plots
from pe_models.evaluation.comparison_table import comparison_page
from pe_models.evaluation.estimators import calibrated_scores
from pe_models.evaluation.finding import MarkBy, marked_studies
from pe_models.evaluation.kept import Judged
from pe_models.evaluation.sources import StudySource
from pe_models.froc import froc
from pe_models.metrics import reliability
from pe_models.training.files import write_json, write_whole

COMPARISON_FILE: Final = "comparison.json"
CURVES_FILE: Final = "curves.json"


def write_comparison(
    comparison: Comparison,
    *,
    bundles: tuple[ModelBundle, ModelBundle],
    judged: tuple[Sequence[Judged], Sequence[Judged]],
    source: StudySource,
    out: Path,
) -> None:
    """``judged`` are the studies that both bundles, A and B, accepted, in the same order."""
    a, b = bundles
    named = {
        letter: {"name": bundle.name, "version": bundle.version, "sha256": bundle.sha256}
        for letter, bundle in (("a", a), ("b", b))
    }
    record = {"cohort": source.cohort, "version": source.version, **named}
    write_json(out / COMPARISON_FILE, record | comparison.to_dict())
    write_json(out / CURVES_FILE, curves_of(comparison, *judged))
    page = comparison_page(
        comparison, a=f"{a.name} {a.version}", b=f"{b.name} {b.version}", cohort=source.cohort
    )
    write_whole(out / "comparison.md", page.encode())
    write_comparison_plots(comparison, *judged, out)


def curves_of(comparison: Comparison, a: Sequence[Judged], b: Sequence[Judged]) -> dict[str, Any]:
    """Points of the curves of both, and the tracks of the studies that ``comparison`` names."""
    both = {"a": a, "b": b}
    return {
        "froc": {letter: _froc_points(judged) for letter, judged in both.items()},
        "reliability": {letter: _reliability_points(judged) for letter, judged in both.items()},
        "tracks": _tracks(comparison, a, b),
    }


def _froc_points(judged: Sequence[Judged]) -> dict[str, Any] | None:
    """None where emboli are not told one by one, or there is none."""
    marked = marked_studies(judged, MarkBy.PLACE) or marked_studies(judged, MarkBy.SLICE)
    curve = froc(marked) if marked else None
    if curve is None:
        return None
    return {
        "false_marks": curve.false_positives.tolist(),
        "found": curve.sensitivity.tolist(),
        "n_emboli": curve.n_emboli,
    }


def _reliability_points(judged: Sequence[Judged]) -> dict[str, Any]:
    """Of slices, as the reader sees their scores."""
    scores = calibrated_scores(judged)
    curve = reliability(scores.image_truth, scores.image_scores)
    return {
        "mean_score": curve.mean_score.tolist(),
        "positive_share": curve.positive_share.tolist(),
        "n": curve.n.tolist(),
    }


def _tracks(
    comparison: Comparison, a: Sequence[Judged], b: Sequence[Judged]
) -> dict[str, dict[str, Any]]:
    """By study: the truth of its slices, null where unknown, and what each bundle scored them."""
    wanted = {found.name for found in comparison.disagreements}
    return {
        of_a.truth.name: {
            "truth": list(of_a.truth.image),
            "a": list(of_a.scores.image),
            "b": list(of_b.scores.image),
        }
        for of_a, of_b in zip(a, b, strict=True)
        if of_a.truth.name in wanted
    }
