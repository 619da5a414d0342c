"""The studies of a prepared store, as a StudySource."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pe_models.evaluation.sources import KnownStudy
from pe_models.evaluation.truth import truth_of_record
from pe_models.progress import CancelToken
from pe_models.training.store import Store, StudyRecord

VERSION: Final = "store"
"""Of the studies of any store; their names change with their pixels and labels."""


@dataclass(frozen=True, slots=True)
class StoreSource:
    """Every study of ``store``; it tells emboli by their slices, not by their voxels."""

    store: Store

    @property
    def cohort(self) -> str:
        return self.store.folder.name

    @property
    def version(self) -> str:
        return VERSION

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(_name(study) for study in self.store.studies)

    def studies(self, names: Sequence[str], cancel: CancelToken) -> Iterator[KnownStudy]:
        by_name = {_name(study): study for study in self.store.studies}
        for name in names:
            cancel.raise_if_cancelled()
            study = by_name[name]
            yield KnownStudy(self.store.volume(study), truth_of_record(study), None)


def _name(study: StudyRecord) -> str:
    """Pixels and labels both stand in it: preparing a study anew with others renames it."""
    return f"{study.key}-{study.sha256[:8]}{study.source[:8]}"
