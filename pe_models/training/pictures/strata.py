"""Which pictures a step draws from, by the task's sampling."""

import numpy as np
from numpy.typing import NDArray

from pe_models.errors import DatasetError
from pe_models.tasks import Sampling, Task

Stratum = tuple[float, NDArray[np.intp]]
"""(share of each batch, pictures)."""


def picture_strata(
    task: Task, labels: NDArray[np.float32], chosen: NDArray[np.intp]
) -> list[Stratum]:
    """Strata of the pictures ``chosen`` of a table with ``labels`` (picture, label).

    A picture of several subcategories is in several strata. Raises DatasetError where the summary
    label is on all of them, or on none.
    """
    summary = labels[chosen, task.labels.index(task.summary_label)]
    positive, negative = chosen[summary == 1], chosen[summary == 0]
    if not positive.size or not negative.size:
        raise DatasetError("The pictures to train on are all of one class.")
    if task.sampling is Sampling.EVERY:
        return [(1.0, chosen[~np.isnan(summary)])]
    if task.sampling is Sampling.EQUAL_CLASSES:
        return [(0.5, positive), (0.5, negative)]
    kinds = [chosen[labels[chosen, task.labels.index(kind)] == 1] for kind in task.kinds]
    return [(1.0, members) for members in (*kinds, negative)]
