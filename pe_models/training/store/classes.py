"""Who has PE, as far as labels tell: exams by slices or exam labels, patients by their slices."""

from collections.abc import Collection, Mapping, Sequence
from enum import Enum, auto
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from pe_models.labels import EXAM_LABELS, INDETERMINATE, NEGATIVE

Label = int | None
"""0, 1, or None for unknown."""

_WITHOUT_PE = (NEGATIVE, INDETERMINATE)


class Labelled(Protocol):
    """A study with its labels: a record of a store, of a table, or one that is yet to be made.

    ``is_positive`` says whether any slice is known to show PE, ``has_pe`` what slices or exam
    labels tell. ``image_labels`` (slice,) are 0, 1 or NaN for unknown; empty while the slices are
    not made.
    """

    @property
    def group(self) -> str: ...

    @property
    def is_positive(self) -> bool: ...

    @property
    def has_pe(self) -> bool | None: ...

    def image_labels(self) -> NDArray[np.float32]: ...

    def exam_labels(self) -> NDArray[np.float32]: ...


AnyLabelled = TypeVar("AnyLabelled", bound=Labelled)


class PatientClass(Enum):
    """What the slices of a patient have to tell PE by."""

    WITH_PE = auto()
    """Some slice shows PE."""
    WITHOUT_PE = auto()
    """None does, and an exam without PE has slices that are known."""
    UNTOLD = auto()
    """Neither; PE may be known by exam labels alone."""


def has_pe(image: Collection[Label], exam: Mapping[str, Label]) -> bool | None:
    """Whether an exam has PE; None where neither its slices nor its exam labels tell.

    Slices come first. Where some are unknown and none shows PE, exam labels decide: an exam that
    is negative or indeterminate is without (rule 2a of ``labels``), one that is neither, or has
    another label, is with PE (2a, 2b).
    """
    if 1 in image:
        return True
    if image and None not in image:
        return False
    without = [exam[label] for label in _WITHOUT_PE]
    if 1 in without:
        return False
    others = [exam[label] for label in EXAM_LABELS if label not in _WITHOUT_PE]
    return True if 1 in others or None not in without else None


def patients_of(studies: Sequence[AnyLabelled]) -> dict[str, list[AnyLabelled]]:
    """The studies of each patient."""
    patients: dict[str, list[AnyLabelled]] = {}
    for study in studies:
        patients.setdefault(study.group, []).append(study)
    return patients


def class_of(studies: Sequence[Labelled]) -> PatientClass:
    """``studies`` are those of one patient."""
    if any(study.is_positive for study in studies):
        return PatientClass.WITH_PE
    has_without = any(study.has_pe is False and _is_seen(study) for study in studies)
    if has_without and not any(study.has_pe for study in studies):
        return PatientClass.WITHOUT_PE
    return PatientClass.UNTOLD


def _is_seen(study: Labelled) -> bool:
    """Whether any slice is known, or all are yet to be made."""
    labels = study.image_labels()
    return len(labels) == 0 or bool((~np.isnan(labels)).any())
