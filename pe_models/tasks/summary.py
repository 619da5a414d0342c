"""The one score of a slice that flags are cut from, whatever the task."""

import numpy as np
from numpy.typing import NDArray

from pe_models.findings import Findings
from pe_models.tasks.task import Task


def summary_scores(findings: Findings, task: Task) -> NDArray[np.float64]:
    """(slice,): ``pe_score`` of Findings of an exam, else the score of the summary label.

    A picture net may judge the slices of a task of exams, too. NaN where a slice has none.
    """
    scores = label_scores(findings, task.summary_label)
    if task.exam is not None and np.isnan(scores).all():
        return findings.pe_scores()
    return scores


def label_scores(findings: Findings, label: str) -> NDArray[np.float64]:
    """(slice,): the scores of one label; NaN where a slice has none."""
    values = [slice_score.scores.get(label, np.nan) for slice_score in findings.slices]
    return np.asarray(values, dtype=np.float64)
