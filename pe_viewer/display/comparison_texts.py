"""What the comparison of two bundles says: rows of its tables, as text. No Qt."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from pe_models.labels import EXAM_LABELS
from pe_viewer.display.texts import LABEL_TEXTS

FIGURES: Final[Mapping[str, str]] = {
    "image_auc": "AUC of slices",
    "image_auc_within_positive": "AUC of slices, exams with PE alone",
    "image_ece": "Calibration error of slices (less is better)",
    "froc.sensitivity_at_1fp": "Emboli found at 1 false mark a study",
    "froc.by_level.central": "    central",
    "froc.by_level.lobar": "    lobar",
    "froc.by_level.segmental": "    segmental",
    "froc.by_level.subsegmental": "    subsegmental",
    "sides.auc": "Right told from left, AUC",
    "competition_score": "Metric of RSNA-STR (less is better)",
}
"""The figures of the first table, in its order."""

FAITHFULNESS: Final[Mapping[str, str]] = {
    "pointing": "Maps whose peak lies on a clot",
    "deletion": "Score lost without the hottest cells",
    "deletion_elsewhere": "    without as many cells elsewhere (should be low)",
    "insertion": "Score brought back by them",
    "insertion_elsewhere": "    by as many cells elsewhere (should be low)",
    "randomised": "Likeness to a net of random weights (should be near 0)",
    "repeated": "Likeness under noise (should be near 1)",
}

TRUTH_TEXTS: Final[Mapping[bool | None, str]] = {True: "PE", False: "no PE", None: "unknown"}
"""Whether a study has PE."""

HEADS: Final = ("", "In use", "Candidate", "Difference (95 %)", "")

Interval = tuple[float, float, float]
"""A figure and the ends of its 95 % interval."""
Row = tuple[str, str, str, str, str]
"""What it is, in use, candidate, their difference, and which is clearly better, or ""."""


def figure_row(
    title: str,
    in_use: Interval,
    candidate: Interval,
    difference: Interval,
    *,
    favours_candidate: bool | None,
) -> Row:
    """One figure; its interval stands beside each value."""
    return (
        title,
        _with_interval(in_use),
        _with_interval(candidate),
        f"{difference[0]:+.3f}  ({difference[1]:+.3f} to {difference[2]:+.3f})",
        {None: "", True: "candidate better", False: "in use better"}[favours_candidate],
    )


def faithfulness_rows(
    in_use: Mapping[str, float] | None, candidate: Mapping[str, float] | None
) -> list[tuple[str, str, str]]:
    """Title, in use, candidate; [] where neither was measured."""
    if in_use is None and candidate is None:
        return []
    return [
        (title, _share(in_use, name), _share(candidate, name))
        for name, title in FAITHFULNESS.items()
    ]


def label_figures() -> Iterator[tuple[str, str, str]]:
    """Name, figure of its AUC and figure of its calibration error, of each exam label."""
    for label in EXAM_LABELS:
        yield LABEL_TEXTS[label], f"exam.{label}.auc", f"exam.{label}.ece"


def study_cells(
    study: str, in_use_score: float, candidate_score: float, *, has_pe: bool | None
) -> tuple[str, str, str, str]:
    """Short name, truth, and the score of PE by each bundle."""
    return study[:8], TRUTH_TEXTS[has_pe], f"{in_use_score:.2f}", f"{candidate_score:.2f}"


def truth_runs(truth: Sequence[int | None]) -> list[tuple[int, int]]:
    """First and last slice, inclusive, of each run of slices that show PE."""
    runs: list[tuple[int, int]] = []
    for index, value in enumerate(truth):
        if value != 1:
            continue
        if runs and runs[-1][1] == index - 1:
            runs[-1] = runs[-1][0], index
        else:
            runs.append((index, index))
    return runs


def _share(found: Mapping[str, float] | None, name: str) -> str:
    return f"{found[name]:.2f}" if found else "none"


def _with_interval(interval: Interval) -> str:
    value, low, high = interval
    return f"{value:.3f}  ({low:.3f} to {high:.3f})"
