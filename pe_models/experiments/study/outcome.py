"""Outcome: what one trained model says of the slices to choose by and of those to measure on."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from pe_models.errors import DatasetError
from pe_models.training.files import read_json, write_json
from pe_models.training.pictures.split import PictureSplit

_FILE = "outcome.json"


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """Scores (slice,) in the order of the split's parts; ``start`` says what weights it had first.

    ``seconds`` is the wall time of its training; what was done before an interruption not counted.
    """

    validation: NDArray[np.float32]
    test: NDArray[np.float32]
    seconds: float
    n_parameters: int
    start: str

    def fits(self, split: PictureSplit) -> bool:
        """Whether it has a score for each slice: files may have come or gone since."""
        return (self.validation.size, self.test.size) == (split.validation.size, split.test.size)

    def write(self, folder: Path) -> None:
        write_json(folder / _FILE, self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        return {
            "validation": [round(float(score), 6) for score in self.validation],
            "test": [round(float(score), 6) for score in self.test],
            "seconds": self.seconds,
            "n_parameters": self.n_parameters,
            "start": self.start,
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        """Inverse of ``to_dict``. Raises KeyError, TypeError or ValueError for another record."""
        return cls(
            validation=np.array(record["validation"], dtype=np.float32),
            test=np.array(record["test"], dtype=np.float32),
            seconds=float(record["seconds"]),
            n_parameters=int(record["n_parameters"]),
            start=str(record["start"]),
        )


def kept_outcome(folder: Path) -> Outcome | None:
    """That of a model that is done; None where it is not. Raises DatasetError for a broken one."""
    if not (folder / _FILE).exists():
        return None
    try:
        return Outcome.from_dict(read_json(folder / _FILE))
    except (KeyError, TypeError, ValueError) as error:
        raise DatasetError(
            f"{_FILE} of model {folder.name} is not readable ({error}); delete it to train anew."
        ) from error
