"""The tasks of one trainer: label sets with their input, sampler, loss and measures, as data."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from pe_models.errors import InputError
from pe_models.imaging.study import Series
from pe_models.tasks.hemorrhage import HEMORRHAGE
from pe_models.tasks.pe import PE
from pe_models.tasks.picture_input import PictureInput
from pe_models.tasks.pneumonia import PNEUMONIA
from pe_models.tasks.task import AcceptedSeries, ExamLabels, Sampling, Task

DEFAULT_TASK: Final = PE.key

TASKS: Final[Mapping[str, Task]] = MappingProxyType(
    {task.key: task for task in (PE, HEMORRHAGE, PNEUMONIA)}
)
"""Every task by its key."""


def task_for(key: str) -> Task:
    """The task of that key. Raises InputError that names the tasks there are."""
    if key not in TASKS:
        raise InputError(f"There is no task {key!r}; there is {', '.join(TASKS)}.")
    return TASKS[key]


def refusal_by_all(series: Series) -> str | None:
    """Why no task takes ``series``, as PE says it; None where some task does."""
    reasons = [task.accepts.refusal(series) for task in TASKS.values()]
    return None if None in reasons else reasons[0]


__all__ = [
    "DEFAULT_TASK",
    "HEMORRHAGE",
    "PE",
    "PNEUMONIA",
    "TASKS",
    "AcceptedSeries",
    "ExamLabels",
    "PictureInput",
    "Sampling",
    "Task",
    "refusal_by_all",
    "task_for",
]
