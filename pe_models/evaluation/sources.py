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


class KeptInMemory:
    """A small source whose studies are made once, however often they are asked for.

    Twelve phantoms of 256 px hold about 200 MB.
    """

    def __init__(self, source: StudySource) -> None:
        self._source = source
        self._kept: dict[str, KnownStudy] = {}

    @property
    def cohort(self) -> str:
        return self._source.cohort

    @property
    def version(self) -> str:
        return self._source.version

    @property
    def names(self) -> tuple[str, ...]:
        return self._source.names

    def studies(self, names: Sequence[str], cancel: CancelToken) -> Iterator[KnownStudy]:
        missing = [name for name in names if name not in self._kept]
        made = self._source.studies(missing, cancel)
        for name in names:
            cancel.raise_if_cancelled()
            if name not in self._kept:
                self._kept[name] = next(made)
            yield self._kept[name]


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
