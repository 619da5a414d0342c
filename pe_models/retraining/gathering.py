"""The data of a retraining, gathered into one store, and what of it is kept to compare on."""

import hashlib
from collections.abc import Collection, Iterator, Sequence

from pe_models.errors import DatasetError
from pe_models.parallel import background_threads
from pe_models.progress import CancelToken, OnProgress
from pe_models.retraining.folder import RetrainFolder
from pe_models.retraining.order import RetrainOrder
from pe_models.retraining.summary import COMPARED_SHARE
from pe_models.training.preparing.phantom_store import ArrayCohort, write_phantom_store
from pe_models.training.preparing.prepare import Source, prepare
from pe_models.training.store import FailedStudy, Store, StudyRecord, open_store
from pe_models.training.store.classes import PatientClass, class_of, patients_of
from pe_models.training.store.writing import write_index


def gather(
    retraining: RetrainFolder, order: RetrainOrder, on_progress: OnProgress, cancel: CancelToken
) -> Store:
    """Makes and prepares what is missing. Raises DatasetError, and Cancelled between studies."""
    stores = list(_gathered(retraining, order, on_progress, cancel))
    keys = [study.key for store in stores for study in store.studies]
    failed: list[FailedStudy] = [failure for store in stores for failure in store.failed]
    write_index(retraining.store, list(dict.fromkeys(keys)), failed, is_reserved=False)
    return open_store(retraining.store)


def compared_keys(studies: Sequence[StudyRecord], before: Collection[str] = ()) -> frozenset[str]:
    """The studies to compare on: of the patients of each class a fixed share.

    At least one with PE and one without, by whom slices can be compared. The order is a hash of
    the studies, so that the same data give the same choice. Where studies have gone since an
    earlier attempt, which chose ``before``, its choice stands: its nets have seen the others.
    Raises DatasetError where none of those is left.
    """
    if before:
        return _still_compared(studies, before)
    patients = patients_of(studies)
    chosen: set[str] = set()
    for of_class in PatientClass:
        ours = [group for group, own in patients.items() if class_of(own) is of_class]
        ours.sort(key=lambda group: _rank(patients[group]))
        least = 0 if of_class is PatientClass.UNTOLD else 1
        chosen.update(ours[: max(least, round(COMPARED_SHARE * len(ours)))])
    return frozenset(study.key for study in studies if study.group in chosen)


def _still_compared(studies: Sequence[StudyRecord], before: Collection[str]) -> frozenset[str]:
    patients = {study.group for study in studies if study.key in before}
    if not patients:
        raise DatasetError("The studies to compare on have gone; begin another training.")
    return frozenset(study.key for study in studies if study.group in patients)


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


def _rank(studies: Sequence[StudyRecord]) -> str:
    first = min(study.key for study in studies)
    return hashlib.sha256(f"compare {first}".encode()).hexdigest()
