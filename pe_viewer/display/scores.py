"""The scores that are drawn, whatever the task: the one that flags are cut from, and each label."""

import numpy as np
from numpy.typing import NDArray

from pe_models.findings import ExamScore, Findings
from pe_models.tasks import task_for
from pe_models.tasks.summary import label_scores, summary_scores


def shown_scores(findings: Findings) -> NDArray[np.float64]:
    """(slice,): the score that flags are cut from; NaN where a slice has none."""
    return summary_scores(findings, task_for(findings.task))


def highest_score(findings: Findings) -> float:
    """The highest of them; 0 where there is none."""
    known = shown_scores(findings)
    known = known[~np.isnan(known)]
    return float(known.max()) if known.size else 0.0


def shown_exam(findings: Findings) -> dict[str, ExamScore]:
    """The exam's scores in the order of rows: first that of them all, where labels are kinds."""
    kinds = kinds_shown(findings)
    return dict(sorted(findings.exam.items(), key=lambda item: item[0] in kinds))


def summary_label(findings: Findings) -> str:
    """The label that they are scores of."""
    return task_for(findings.task).summary_label


def kinds_shown(findings: Findings | None) -> tuple[str, ...]:
    """The labels that get a track of their own beside the summary's; () where there are none."""
    if findings is None:
        return ()
    task = task_for(findings.task)
    several = len(task.kinds) > 1 and task.exam is None
    return task.kinds if several else ()


def kind_scores(findings: Findings, label: str) -> NDArray[np.float64]:
    """(slice,): the scores of one label; NaN where a slice has none."""
    return label_scores(findings, label)
