"""What knows nothing of a CT reaches on a LabelTable, and which exams break the rules."""

from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np

from pe_models.consistency import broken_rules
from pe_models.labels import EXAM_LABELS, RULES
from pe_models.metrics import CohortScores, competition_score, label_frequency_scores
from pe_models.tables.csv_file import line_of
from pe_models.tables.label_table import LabelTable

_MOST_LINES: Final = 10


def always_negative(table: LabelTable) -> dict[str, float | None]:
    """Accuracy of calling every image, and every exam, negative; its sensitivity is 0.

    An exam counts as positive where it has a positive image.
    """
    known = table.image[~np.isnan(table.image)]
    return {
        "image_accuracy": float((known == 0).mean()) if known.size else None,
        "exam_accuracy": float((~table.is_positive).mean()),
    }


def label_frequencies(table: LabelTable) -> dict[str, Any] | None:
    """The competition's score of predicting each label's frequency; None with unknown labels.

    Images get the one score that no constant beats: positive images weigh as the metric has them.
    """
    if table.n_unknown:
        return None
    exam_scores, image_score = label_frequency_scores(_cohort(table, np.zeros(9), 0.0))
    found = competition_score(_cohort(table, exam_scores, image_score))
    scores = dict(zip(EXAM_LABELS, exam_scores.tolist(), strict=True))
    return {**asdict(found), "exam_scores": scores, "image_score": image_score}


def violations(table: LabelTable, path: Path) -> dict[str, Any]:
    """How many exams break each rule by their own labels, and the first of their lines in ``path``.

    Exams with an unknown label are not judged.
    """
    exam_of_image, is_unknown = table.exams.exam_of_image, np.isnan(table.image)
    n_unknown = np.bincount(exam_of_image, weights=is_unknown, minlength=table.exams.n_exams)
    is_known = (n_unknown == 0) & ~np.isnan(table.exam).any(axis=1)  # (exam,)
    broken = broken_rules(table.exam, table.is_positive) & is_known[:, None]  # (exam, rule)
    first_rows = table.exams.rows[table.exams.first_images()]
    return {
        "exams": int(broken.any(axis=1).sum()),
        "not_judged": int((~is_known).sum()),
        "rules": {rule: int(n) for rule, n in zip(RULES, broken.sum(axis=0), strict=True)},
        "first_lines": {
            rule: [line_of(path, int(row)) for row in first_rows[of_rule][:_MOST_LINES]]
            for rule, of_rule in zip(RULES, broken.T, strict=True)
            if of_rule.any()
        },
    }


def _cohort(table: LabelTable, exam_scores: Any, image_score: float) -> CohortScores:
    """The table with the same scores (label,) for every exam and the same for every image."""
    return CohortScores(
        exam_truth=table.exam,
        exam_scores=np.tile(exam_scores, (table.exams.n_exams, 1)),
        image_truth=table.image,
        image_scores=np.full(table.exams.n_images, image_score),
        exam_of_image=table.exams.exam_of_image,
    )
