"""The data of a retraining: planned from labels alone, then gathered into one store."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pe_models.labels import EXAM_LABELS, NEGATIVE
from pe_models.parallel import background_threads
from pe_models.phantom.cohort import positive_studies
from pe_models.progress import CancelToken, OnProgress
from pe_models.retraining.folder import RetrainFolder
from pe_models.retraining.order import PhantomData, RetrainOrder
from pe_models.retraining.summary import DataSummary, Labelled, summarise
from pe_models.training.phantom_store import ArrayCohort, write_phantom_store
from pe_models.training.prepare import Source, prepare
from pe_models.training.store import FailedStudy, Store, StudyRecord, open_store
from pe_models.training.store_writing import write_index
from pe_models.training.tables import StudyLabels, read_labels

COMPARED_SHARE: Final = 0.25
"""Of the patients of each class; they are chosen before training and never trained on."""


@dataclass(frozen=True, slots=True)
class PlannedPhantom:
    """A phantom that is yet to be made."""

    group: str
    is_positive: bool

    def image_labels(self) -> NDArray[np.float32]:
        return np.zeros(0, dtype=np.float32)

    def exam_labels(self) -> NDArray[np.float32]:
        exam = np.full(len(EXAM_LABELS), np.nan, dtype=np.float32)
        exam[EXAM_LABELS.index(NEGATIVE)] = float(not self.is_positive)
        return exam


@dataclass(frozen=True, slots=True)
class PlannedStudy:
    """A study of a table of labels; each counts as a patient until its files are read."""

    labels: StudyLabels

    @property
    def group(self) -> str:
        return self.labels.study_uid

    @property
    def is_positive(self) -> bool:
        return 1 in self.labels.image.values()

    def image_labels(self) -> NDArray[np.float32]:
        return _numbers(list(self.labels.image.values()))

    def exam_labels(self) -> NDArray[np.float32]:
        return _numbers([self.labels.exam[label] for label in EXAM_LABELS])


def plan(order: RetrainOrder) -> DataSummary:
    """What the order would train on, from its labels, before any file is read or made.

    Raises DatasetError for tables that cannot be read or contradict themselves.
    """
    studies: list[Labelled] = []
    sources: dict[str, int] = {}
    if order.phantoms is not None:
        phantoms = list(_planned_phantoms(order.phantoms))
        studies += phantoms
        sources["phantoms"] = len(phantoms)
    for name, labels in _tables(order).items():
        found = [PlannedStudy(study) for study in read_labels(labels)]
        studies += found
        sources[name] = len(found)
    return summarise(studies, sources)


def gather(
    retraining: RetrainFolder, order: RetrainOrder, on_progress: OnProgress, cancel: CancelToken
) -> Store:
    """Makes and prepares what is missing. Raises DatasetError, and Cancelled between studies."""
    stores = list(_gathered(retraining, order, on_progress, cancel))
    keys = [study.key for store in stores for study in store.studies]
    failed: list[FailedStudy] = [failure for store in stores for failure in store.failed]
    write_index(retraining.store, list(dict.fromkeys(keys)), failed, is_reserved=False)
    return open_store(retraining.store)


def compared_keys(studies: Sequence[StudyRecord]) -> frozenset[str]:
    """The studies to compare on: of the patients with PE and of those without, a fixed share.

    The order is a hash of the studies, so that the same data give the same choice.
    """
    patients: dict[str, list[StudyRecord]] = {}
    for study in studies:
        patients.setdefault(study.group, []).append(study)
    chosen: set[str] = set()
    for has_pe in (True, False):
        ours = [g for g, s in patients.items() if any(x.is_positive for x in s) is has_pe]
        ours.sort(key=lambda group: _rank(patients[group]))
        chosen.update(ours[: max(1, round(COMPARED_SHARE * len(ours)))])
    return frozenset(study.key for study in studies if study.group in chosen)


def _gathered(
    retraining: RetrainFolder, order: RetrainOrder, on_progress: OnProgress, cancel: CancelToken
) -> Iterator[Store]:
    """One store after another in the same folder; each names its own studies."""
    n_workers = background_threads()
    if order.phantoms is not None:
        wanted = order.phantoms
        cohort = ArrayCohort(wanted.n_studies, wanted.seed, wanted.positive_fraction, wanted.matrix)
        yield write_phantom_store(
            retraining.store, cohort, n_workers=n_workers, on_progress=on_progress, cancel=cancel
        )
    for source in _sources(order):
        yield prepare(
            source, retraining.store, n_workers=n_workers, on_progress=on_progress, cancel=cancel
        )


def _sources(order: RetrainOrder) -> Iterator[Source]:
    if order.rsna is not None:
        yield Source(order.rsna.labels, dicom=order.rsna.dicom)
    if order.reviews is not None:
        yield Source(order.reviews.labels, manifest=order.reviews.manifest)


def _tables(order: RetrainOrder) -> dict[str, Path]:
    found = {}
    if order.rsna is not None:
        found["folder"] = order.rsna.labels
    if order.reviews is not None:
        found["reviews"] = order.reviews.labels
    return found


def _planned_phantoms(wanted: PhantomData) -> Iterator[PlannedPhantom]:
    positive = positive_studies(wanted.n_studies, wanted.seed, wanted.positive_fraction)
    for place in range(wanted.n_studies):
        yield PlannedPhantom(f"phantom {wanted.seed + place}", place in positive)


def _rank(studies: Sequence[StudyRecord]) -> str:
    first = min(study.key for study in studies)
    return hashlib.sha256(f"compare {first}".encode()).hexdigest()


def _numbers(labels: Sequence[int | None]) -> NDArray[np.float32]:
    return np.array([np.nan if v is None else v for v in labels], dtype=np.float32)
