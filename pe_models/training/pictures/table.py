"""PictureTable: which pictures there are, whose they are, and what is said of each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from pe_models.tasks import Task


@dataclass(frozen=True, slots=True)
class Picture:
    """One slice or radiograph: ``key`` is its own, ``patient`` what may not be split.

    ``path`` is a DICOM, JPEG or PNG file, or the array of a store's study, of which it is slice
    ``index``. ``labels`` are 0, 1, or NaN for unknown, in the order of the task's.
    """

    key: str
    patient: str
    path: Path
    labels: tuple[float, ...]
    index: int = 0


@dataclass(frozen=True)
class PictureTable:
    """The pictures of a data set. ``skipped`` names what its table lists and its folder lacks."""

    task: Task
    pictures: tuple[Picture, ...]
    skipped: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.pictures)

    @cached_property
    def labels(self) -> NDArray[np.float32]:
        """(picture, label): 0, 1, or NaN for unknown."""
        rows = [picture.labels for picture in self.pictures]
        return np.array(rows, dtype=np.float32).reshape(len(rows), len(self.task.labels))

    @cached_property
    def patients(self) -> NDArray[np.intp]:
        """(picture,): the patients counted from 0."""
        names = [picture.patient for picture in self.pictures]
        return np.unique(names, return_inverse=True)[1] if names else np.zeros(0, dtype=np.intp)

    def those(self, chosen: Sequence[int] | NDArray[np.intp]) -> Self:
        return replace(self, pictures=tuple(self.pictures[int(i)] for i in chosen))
