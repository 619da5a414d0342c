"""StudySource: where the studies to be measured come from, one after the other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pe_models.errors import InputError
from pe_models.evaluation.truth import StudyTruth
from pe_models.imaging.volume import Volume
from pe_models.progress import CancelToken


@dataclass(frozen=True, slots=True, eq=False)
class KnownStudy:
    """A Volume and its truth.

    ``emboli`` holds the voxels (voxel, 3: slice, row, col) of each embolus of the truth; None
    where they are not known.
    """

    volume: Volume
    truth: StudyTruth
    emboli: tuple[NDArray[np.int16], ...] | None


class StudySource(Protocol):
    """Studies by name; a name changes with whatever changes a study's pixels or truth."""

    @property
    def cohort(self) -> str:
        """What the studies are called together."""

    @property
    def version(self) -> str:
        """Of what makes the studies; scores of another version are others."""

    @property
    def names(self) -> tuple[str, ...]:
        """In the order in which they are measured."""

    def studies(self, names: Sequence[str], cancel: CancelToken) -> Iterator[KnownStudy]:
        """Those ``names``, in that order. Raises PEError, and Cancelled between them."""


@dataclass(frozen=True, slots=True)
class FirstOf:
    """The first ``n`` studies of ``source``, its own cohort by name. Raises InputError for none."""

    source: StudySource
    n: int

    def __post_init__(self) -> None:
        if self.n < 1:
            raise InputError(f"At least one study must be measured; {self.n} were asked for.")

    @property
    def cohort(self) -> str:
        return f"{self.source.cohort}, first {len(self.names)}"

    @property
    def version(self) -> str:
        return self.source.version

    @property
    def names(self) -> tuple[str, ...]:
        return self.source.names[: self.n]

    def studies(self, names: Sequence[str], cancel: CancelToken) -> Iterator[KnownStudy]:
        return self.source.studies(names, cancel)
