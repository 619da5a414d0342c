"""Which studies are held out: by patient, stratified, and the same for a name on every machine."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pe_models.errors import DatasetError
from pe_models.training.store.classes import PatientClass, class_of, patients_of
from pe_models.training.store.records import StudyRecord


@dataclass(frozen=True, slots=True)
class Split:
    """Keys of the studies to train on, and of those held out; no patient is in both."""

    train: tuple[str, ...]
    held_out: tuple[str, ...]


def split_by_patient(
    studies: Sequence[StudyRecord], *, held_out_fraction: float, name: str
) -> Split:
    """Holds out that share of the patients with PE, of those without, and of the others.

    The order is a hash of ``name`` and study, so that more studies do not move the others.
    A fraction of 0 holds out none. Raises DatasetError where too few patients are left.
    """
    patients = patients_of(studies)
    held_out: set[str] = set()
    for of_class in PatientClass:
        ours = _ranked(patients, name, of_class)
        held_out.update(ours[: round(held_out_fraction * len(ours))])
    train = tuple(s.key for s in studies if s.group not in held_out)
    if not train or (held_out_fraction > 0 and not held_out):
        raise DatasetError(
            f"{len(patients)} patients are too few to hold out {held_out_fraction:.0%} of them."
        )
    return Split(train, tuple(s.key for s in studies if s.group in held_out))


def folds_by_patient(
    studies: Sequence[StudyRecord], *, n_folds: int, name: str
) -> tuple[tuple[str, ...], ...]:
    """Keys of the studies of each of ``n_folds`` parts, which share no patient.

    Patients of each class are dealt out in turn, in the order of a hash. Raises DatasetError where
    a fold gets none, or the others none with PE or none without.
    """
    patients = patients_of(studies)
    fold_of: dict[str, int] = {}
    for of_class in PatientClass:
        ours = _ranked(patients, name, of_class)
        if len(ours) < 2 and of_class is not PatientClass.UNTOLD:
            which = "with" if of_class is PatientClass.WITH_PE else "without"
            raise DatasetError(f"{len(ours)} patients {which} PE are too few for folds.")
        fold_of |= {patient: place % n_folds for place, patient in enumerate(ours)}
    folds = tuple(tuple(s.key for s in studies if fold_of[s.group] == k) for k in range(n_folds))
    if not all(folds):
        raise DatasetError(f"{len(patients)} patients are too few for {n_folds} folds.")
    return folds


def _ranked(
    patients: Mapping[str, Sequence[StudyRecord]], name: str, of_class: PatientClass
) -> list[str]:
    """Patients of one class, in the order of the name's hash."""
    ours = [patient for patient, own in patients.items() if class_of(own) is of_class]
    return sorted(ours, key=lambda patient: _rank(patients[patient], name))


def _rank(studies: Sequence[StudyRecord], name: str) -> str:
    first = min(study.key for study in studies)
    return hashlib.sha256(f"{name} {first}".encode()).hexdigest()
