"""KeptScores: what was scored already, a file a study, so that an evaluation can be resumed.

``FOLDER/<bundle's SHA-256, 16 digits>/<version of the studies>/<study>.json``, written whole.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pe_models.bundle import ModelBundle
from pe_models.errors import DatasetError
from pe_models.evaluation.scores import StudyScores
from pe_models.evaluation.truth import StudyTruth
from pe_models.training.files import read_json, write_json

SCHEMA_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Judged:
    """One study that a bundle scored: its truth, and its scores."""

    truth: StudyTruth
    scores: StudyScores


@dataclass(frozen=True, slots=True)
class Refused:
    """One study that the pipeline refuses, by name, and why."""

    name: str
    reason: str


Outcome = Judged | Refused


@dataclass(frozen=True, slots=True)
class KeptScores:
    """The scores of one bundle on studies of one version, below ``folder``."""

    folder: Path
    bundle_sha256: str
    version: str

    @classmethod
    def of(cls, folder: Path, bundle: ModelBundle, version: str) -> "KeptScores":
        return cls(folder, bundle.sha256, version)

    def read(self, name: str) -> Outcome | None:
        """The outcome of a study; None where there is none yet, or none that can be read."""
        path = self._file(name)
        if not path.exists():
            return None
        try:
            record = read_json(path)
            if record["schema_version"] != SCHEMA_VERSION:
                return None
            if "refused" in record:
                return Refused(name, record["refused"])
            return Judged(
                StudyTruth.from_dict(record["truth"]), StudyScores.from_dict(record["scores"])
            )
        except (DatasetError, KeyError, TypeError, ValueError):
            return None  # of another version, or spoilt: scored anew

    def write(self, name: str, outcome: Outcome) -> None:
        record: dict[str, object] = {"schema_version": SCHEMA_VERSION}
        if isinstance(outcome, Refused):
            record["refused"] = outcome.reason
        else:
            record["truth"] = outcome.truth.to_dict()
            record["scores"] = outcome.scores.to_dict()
        write_json(self._file(name), record)

    def _file(self, name: str) -> Path:
        return self.folder / self.bundle_sha256[:16] / self.version / f"{name}.json"
