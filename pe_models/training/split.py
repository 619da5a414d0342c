"""Which studies are held out: by patient, stratified, and the same for a name on every machine."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from pe_models.errors import DatasetError
from pe_models.training.store import StudyRecord


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
    patients: dict[str, list[StudyRecord]] = defaultdict(list)
    for study in studies:
        patients[study.group].append(study)
    held_out: set[str] = set()
    for has_pe in (True, False):
        ours = [p for p, s in patients.items() if any(x.is_positive for x in s) is has_pe]
        ours.sort(key=lambda patient: _rank(patients[patient], name))
        held_out.update(ours[: round(held_out_fraction * len(ours))])
    train = tuple(s.key for s in studies if s.group not in held_out)
    if not train or (held_out_fraction > 0 and not held_out):
        raise DatasetError(
            f"{len(patients)} patients are too few to hold out {held_out_fraction:.0%} of them."
        )
    return Split(train, tuple(s.key for s in studies if s.group in held_out))


def _rank(studies: Sequence[StudyRecord], name: str) -> str:
    first = min(study.key for study in studies)
    return hashlib.sha256(f"{name} {first}".encode()).hexdigest()
