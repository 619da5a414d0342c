"""Counts of a LabelTable: labels, sites, strain, what occurs together, lengths and shares.

Unknown labels count as not set, and how many are unknown is told beside them.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pe_models.labels import (
    ACUTE_AND_CHRONIC,
    CENTRAL,
    CHRONIC,
    EXAM_LABELS,
    INDETERMINATE,
    LEFT,
    NEGATIVE,
    QUALITY_LABELS,
    RIGHT,
    RV_LV_GTE_1,
    RV_LV_LT_1,
)
from pe_models.metrics import proportion
from pe_models.tables.exams import Indices
from pe_models.tables.label_table import Floats, LabelTable

ALL_LABELS: Final = (*EXAM_LABELS, *QUALITY_LABELS)
SITES: Final = (CENTRAL, LEFT, RIGHT)
STRAIN: Final = (RV_LV_GTE_1, RV_LV_LT_1)
CHRONICITY: Final = (CHRONIC, ACUTE_AND_CHRONIC)

Bools = NDArray[np.bool_]


def size(table: LabelTable) -> dict[str, int]:
    """How many exams, series and images there are, and how many scored labels are unknown."""
    exams = table.exams
    return {
        "n_exams": exams.n_exams,
        "n_series": int(exams.series_of_image.max()) + 1,
        "n_images": exams.n_images,
        "n_unknown_labels": table.n_unknown,
    }


def images(table: LabelTable) -> dict[str, Any]:
    """The image label over all images, of which those of an exam are one cluster."""
    return _prevalence(table.image, table.exams.exam_of_image)


def exams(table: LabelTable) -> dict[str, int]:
    """Exams with a positive image, and those without by what their labels call them."""
    is_positive = table.is_positive
    negative, indeterminate = (_is_set(table, label) for label in (NEGATIVE, INDETERMINATE))
    n_negative = int((negative & ~indeterminate & ~is_positive).sum())
    n_indeterminate = int((indeterminate & ~negative & ~is_positive).sum())
    n_positive = int(is_positive.sum())
    return {
        "positive": n_positive,
        "negative": n_negative,
        "indeterminate": n_indeterminate,
        "other": table.exams.n_exams - n_positive - n_negative - n_indeterminate,
    }


def labels(table: LabelTable) -> dict[str, dict[str, Any]]:
    """Each exam label over all exams, and over those with a positive image."""
    is_positive = table.is_positive
    return {
        label: {
            **_prevalence(values),
            "n_in_positive": int((values[is_positive] == 1).sum()),
        }
        for label, values in zip(ALL_LABELS, _columns(table).T, strict=True)
    }


def combinations(table: LabelTable, chosen: tuple[str, ...]) -> list[dict[str, Any]]:
    """Which of the ``chosen`` labels positive exams have together, most frequent first."""
    return _counted(_sets_of(table, chosen, table.is_positive))


def states(table: LabelTable) -> list[dict[str, Any]]:
    """Which scored labels all exams have together, most frequent first."""
    return _counted(_sets_of(table, EXAM_LABELS, np.ones(table.exams.n_exams, dtype=np.bool_)))


def joint(table: LabelTable) -> dict[str, dict[str, int]]:
    """In how many exams each two labels are set, the label alone on the diagonal."""
    is_set = (_columns(table) == 1).astype(np.int64)  # (exam, label)
    counts = is_set.T @ is_set  # (label, label)
    return {
        label: {other: int(n) for other, n in zip(ALL_LABELS, row, strict=True)}
        for label, row in zip(ALL_LABELS, counts, strict=True)
    }


def images_per_exam(table: LabelTable) -> dict[str, float]:
    """How many images an exam has."""
    return spread(exam_lengths(table))


def positive_share(table: LabelTable) -> dict[str, float] | None:
    """What share of its images is positive in a positive exam; None without one."""
    shares = positive_shares(table)
    return spread(shares) if shares.size else None


def exam_lengths(table: LabelTable) -> Floats:
    """(exam,) images of each exam."""
    counts = np.bincount(table.exams.exam_of_image, minlength=table.exams.n_exams)
    return counts.astype(np.float64)


def positive_shares(table: LabelTable) -> Floats:
    """(positive exam,) the share of positive images among those whose label is known."""
    known = np.bincount(
        table.exams.exam_of_image, weights=~np.isnan(table.image), minlength=table.exams.n_exams
    )
    is_positive = table.is_positive
    shares: Floats = table.n_positive_images[is_positive] / known[is_positive]
    return shares


def spread(values: Floats) -> dict[str, float]:
    """Least, greatest, mean and quantiles (linear between order statistics)."""
    low, middle, high = np.quantile(values, [0.05, 0.5, 0.95])
    return {
        "min": float(values.min()),
        "p5": float(low),
        "median": float(middle),
        "mean": float(values.mean()),
        "p95": float(high),
        "max": float(values.max()),
    }


def _prevalence(values: Floats, clusters: Indices | None = None) -> dict[str, Any]:
    """Of labels (sample,): how many are set and unknown, and the share with its interval."""
    share = proportion(values == 1, ~np.isnan(values), clusters)
    return {
        "n": share.n_hits,
        "n_unknown": values.size - share.n,
        "share": share.value,
        "interval": list(share.interval),
    }


def _columns(table: LabelTable) -> Floats:
    """(exam, label) in the order of ALL_LABELS."""
    return np.concatenate((table.exam, table.quality), axis=1)


def _is_set(table: LabelTable, label: str) -> Bools:
    """(exam,) whether a label is known to be set."""
    found: Bools = _columns(table)[:, ALL_LABELS.index(label)] == 1
    return found


def _sets_of(table: LabelTable, chosen: tuple[str, ...], kept: Bools) -> Iterable[tuple[str, ...]]:
    is_set = np.stack([_is_set(table, label) for label in chosen], axis=1)[kept]
    for row in is_set.tolist():
        yield tuple(label for label, is_on in zip(chosen, row, strict=True) if is_on)


def _counted(sets: Iterable[tuple[str, ...]]) -> list[dict[str, Any]]:
    return [{"labels": list(names), "n": n} for names, n in Counter(sets).most_common()]
