"""Which studies are held out: by patient, stratified, and the same for a name on every machine."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from pe_models.errors import DatasetError
from pe_models.training.store.records import StudyRecord


@dataclass(frozen=True, slots=True)
class Split:
    """Keys of the studies to train on, and of those held out; no patient is in both."""

    train: tuple[str, ...]
    held_out: tuple[str, ...]


def split_by_patient(
    studies: Sequence[StudyRecord], *, held_out_fraction: float, name: str
) -> Split:
    """Holds out that share of the patients with PE and of those without.

    The order is a hash of ``name`` and study, so that more studies do not move the others.
    A fraction of 0 holds out none. Raises DatasetError where too few patients are left.
    """
    patients = _by_patient(studies)
    held_out: set[str] = set()
    for has_pe in (True, False):
        ours = _ranked(patients, name, has_pe=has_pe)
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

    Patients with PE and those without are dealt out in turn, in the order of a hash. Raises
    DatasetError where a fold gets none, or the others none with PE or none without.
    """
    patients = _by_patient(studies)
    fold_of: dict[str, int] = {}
    for has_pe in (True, False):
        ours = _ranked(patients, name, has_pe=has_pe)
        if len(ours) < 2:
            raise DatasetError(
                f"{len(ours)} patients {'with' if has_pe else 'without'} PE are too few for folds."
            )
        fold_of |= {patient: place % n_folds for place, patient in enumerate(ours)}
    folds = tuple(tuple(s.key for s in studies if fold_of[s.group] == k) for k in range(n_folds))
    if not all(folds):
        raise DatasetError(f"{len(patients)} patients are too few for {n_folds} folds.")
    return folds


def _by_patient(studies: Sequence[StudyRecord]) -> dict[str, list[StudyRecord]]:
    patients: dict[str, list[StudyRecord]] = defaultdict(list)
    for study in studies:
        patients[study.group].append(study)
    return patients


def _ranked(patients: dict[str, list[StudyRecord]], name: str, *, has_pe: bool) -> list[str]:
    """Patients with PE on any study, or those without, in the order of the name's hash."""
    ours = [p for p, s in patients.items() if any(x.is_positive for x in s) is has_pe]
    return sorted(ours, key=lambda patient: _rank(patients[patient], name))


def _rank(studies: Sequence[StudyRecord], name: str) -> str:
    first = min(study.key for study in studies)
    return hashlib.sha256(f"{name} {first}".encode()).hexdigest()
