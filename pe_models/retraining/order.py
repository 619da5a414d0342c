"""RetrainOrder: what one retraining is asked to do, as a frozen value and as JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Self

from pe_models.errors import DatasetError, TrainingError
from pe_models.phantom import FIRST_RESERVED_SEED

SCHEMA_VERSION: Final = 1
STAGES: Final = ("localizer", "slice", "sequence")
AS_IN_USE: Final = "as in use"
"""In the place of a preset's name: the one that the bundle in use was made with."""


class Start(StrEnum):
    """The weights that training begins with."""

    IN_USE = "in use"
    SCRATCH = "scratch"


@dataclass(frozen=True, slots=True)
class PhantomData:
    """Phantoms made on the spot, straight to arrays."""

    n_studies: int
    seed: int
    positive_fraction: float = 0.5
    matrix: int = 512

    def __post_init__(self) -> None:
        if self.n_studies < 1 or not 0 <= self.positive_fraction <= 1:
            raise DatasetError(
                f"{self.n_studies} phantoms, {self.positive_fraction:.0%} of them with PE, cannot "
                "be made."
            )
        if self.seed + self.n_studies > FIRST_RESERVED_SEED:
            raise DatasetError(
                f"Seeds from {FIRST_RESERVED_SEED} up are kept for evaluation; choose lower ones."
            )


@dataclass(frozen=True, slots=True)
class RsnaData:
    """A folder of DICOM and its labels, in the RSNA layout."""

    dicom: Path
    labels: Path


@dataclass(frozen=True, slots=True)
class ReviewData:
    """Signed-off readings as a manifest of files and a table of labels, made by the viewer."""

    manifest: Path
    labels: Path


@dataclass(frozen=True, slots=True)
class RetrainOrder:
    """``stages`` are trained, the others keep the weights of the bundle in use.

    ``settings`` are ``key=value``, as of ``pe-models train``. A ``preset`` of AS_IN_USE is named
    before the run begins. Raises DatasetError or TrainingError for what cannot be.
    """

    phantoms: PhantomData | None = None
    rsna: RsnaData | None = None
    reviews: ReviewData | None = None
    stages: tuple[str, ...] = STAGES
    preset: str = AS_IN_USE
    settings: tuple[str, ...] = ()
    start: Start = Start.IN_USE
    device: str = "auto"

    def __post_init__(self) -> None:
        if self.phantoms is None and self.rsna is None and self.reviews is None:
            raise DatasetError("No data were chosen: take phantoms, a folder, or reviews.")
        if not self.stages or not set(self.stages) <= set(STAGES):
            raise TrainingError(f"Stages are {', '.join(STAGES)}; not {', '.join(self.stages)}.")
        if self.start is Start.SCRATCH and len(self.stages) < len(STAGES):
            raise TrainingError("From scratch all stages are trained: no net is there to be kept.")
        if self.start is Start.SCRATCH and self.preset == AS_IN_USE:
            raise TrainingError(
                "From scratch there is no bundle to go by: choose a preset by its name, as laptop "
                "or ship."
            )

    def to_dict(self) -> dict[str, Any]:
        record = {"schema_version": SCHEMA_VERSION, **asdict(self)}
        for name in ("rsna", "reviews"):
            if record[name] is not None:
                record[name] = {key: str(path) for key, path in record[name].items()}
        return record

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        """Inverse of ``to_dict``. Raises TrainingError for another record."""
        try:
            if record["schema_version"] != SCHEMA_VERSION:
                raise ValueError(f"schema version {record['schema_version']!r}")
            phantoms, rsna, reviews = (record[name] for name in ("phantoms", "rsna", "reviews"))
            return cls(
                phantoms=None if phantoms is None else PhantomData(**phantoms),
                rsna=None if rsna is None else RsnaData(**_paths(rsna)),
                reviews=None if reviews is None else ReviewData(**_paths(reviews)),
                stages=tuple(record["stages"]),
                preset=str(record["preset"]),
                settings=tuple(record["settings"]),
                start=Start(record["start"]),
                device=str(record["device"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise TrainingError(f"The order of this retraining is not readable: {error}") from error


def _paths(record: Mapping[str, str]) -> dict[str, Path]:
    return {key: Path(path) for key, path in record.items()}
