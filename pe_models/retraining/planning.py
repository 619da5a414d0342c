"""What a retraining would learn from, told from its order and its labels. Loads without torch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pe_models.labels import EXAM_LABELS, NEGATIVE
from pe_models.phantom.writing import positive_studies
from pe_models.retraining.order import PhantomData, RetrainOrder
from pe_models.retraining.summary import DataSummary, summarise
from pe_models.training.preparing.tables import StudyLabels, read_labels
from pe_models.training.store.classes import Labelled, has_pe


@dataclass(frozen=True, slots=True)
class PlannedPhantom:
    """A phantom that is yet to be made."""

    group: str
    is_positive: bool

    @property
    def has_pe(self) -> bool:
        return self.is_positive

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

    @property
    def has_pe(self) -> bool | None:
        return has_pe(self.labels.image.values(), self.labels.exam)

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


def _numbers(labels: Sequence[int | None]) -> NDArray[np.float32]:
    return np.array([np.nan if v is None else v for v in labels], dtype=np.float32)
