"""Stored results of a bundle on the phantoms of the check, to be met again.

``resources/checks/NAME.json`` holds those of a shipped bundle. Of any other bundle the first check
on a machine is kept beside the user's data, and later checks are compared with it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Self

from pe_models import places
from pe_models.bundle import ModelBundle
from pe_models.errors import DatasetError, InputError
from pe_models.training.files import read_json, write_json

SCHEMA_VERSION: Final = 1
_DIGITS: Final = 7


@dataclass(frozen=True, slots=True)
class StudyResult:
    """What a bundle said of one phantom. ``scores`` are raw: of each slice, then of each label.

    An embolus is found where a flag shares a slice with it; a false flag holds no slice with PE.
    """

    name: str
    n_emboli: int
    n_found: int
    n_false_flags: int
    scores: tuple[float, ...]

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        return cls(**{**record, "scores": tuple(float(score) for score in record["scores"])})


@dataclass(frozen=True, slots=True)
class Reference:
    """Results of the bundle ``bundle_sha256`` on phantoms of ``generator_version``.

    ``made`` is the day (ISO 8601), ``device`` what it was made on.
    """

    bundle: str
    bundle_sha256: str
    generator_version: str
    made: str
    device: str
    studies: tuple[StudyResult, ...]

    def write(self, path: Path) -> None:
        studies = [
            {**asdict(study), "scores": [round(score, _DIGITS) for score in study.scores]}
            for study in self.studies
        ]
        record = {**asdict(self), "studies": studies}
        write_json(path, {"schema_version": SCHEMA_VERSION, **record})

    @classmethod
    def read(cls, path: Path) -> Self:
        """Raises InputError where it is none of this version."""
        try:
            record = dict(read_json(path))
            if record.pop("schema_version") != SCHEMA_VERSION:
                raise ValueError("another schema version")
            studies = tuple(StudyResult.from_dict(entry) for entry in record["studies"])
            return cls(**{**record, "studies": studies})
        except (DatasetError, KeyError, TypeError, ValueError) as error:
            raise InputError(f"The stored results {path.name} cannot be read: {error}") from error


def shipped_file(bundle: ModelBundle) -> Path:
    """Where the stored results of a bundle that is shipped lie."""
    return places.resources() / "checks" / f"{bundle.name}.json"


def own_file(bundle: ModelBundle) -> Path:
    """Where the first check of a bundle on this machine is kept."""
    folder = places.user_data() / "checks"
    folder.mkdir(exist_ok=True, mode=0o700)
    return folder / f"{bundle.sha256[:16]}.json"


def find_reference(bundle: ModelBundle, generator_version: str) -> Reference | None:
    """The stored results of this very bundle and generator; None where there are none yet.

    Raises InputError where a file of them cannot be read.
    """
    for path in (shipped_file(bundle), own_file(bundle)):
        if path.exists():
            found = Reference.read(path)
            if (found.bundle_sha256, found.generator_version) == (bundle.sha256, generator_version):
                return found
    return None
