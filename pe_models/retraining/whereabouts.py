"""Where the files of a compared study lie; a phantom that has none is written as DICOM, once."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from pe_models import places
from pe_models.errors import DatasetError
from pe_models.phantom.dicom import PhantomUids, write_images
from pe_models.phantom.fixed_cohort import FixedStudy, read_fixed_cohort
from pe_models.phantom.study import make_phantom
from pe_models.retraining.folder import RetrainFolder
from pe_models.retraining.order import RetrainOrder
from pe_models.training.preparing.phantom_store import ArrayCohort
from pe_models.training.preparing.tables import read_manifest
from pe_models.training.store import StudyRecord, key_of, read_record


def paths_of(retraining: RetrainFolder, study: str, safety: Path) -> tuple[Path, ...]:
    """Files or a folder to open. ``study`` is named as the comparison names it.

    Raises DatasetError where its files have gone, and PhantomError.
    """
    order = retraining.order()
    phantom = next((p for p in _phantoms(order, safety) if study in (p.name, _key(p))), None)
    if phantom is not None:
        return (_written(phantom),)
    found = _files(order, read_record(retraining.store, study))
    if not found:
        raise DatasetError("The files of this study are not where they were.")
    return found


def _phantoms(order: RetrainOrder, safety: Path) -> Iterator[FixedStudy]:
    """Those of the safety cohort, then those that the order had made."""
    yield from read_fixed_cohort(safety).studies
    wanted = order.phantoms
    if wanted is not None:
        cohort = ArrayCohort(wanted.n_studies, wanted.seed, wanted.positive_fraction, wanted.matrix)
        for place, spec in enumerate(cohort.specs()):
            yield FixedStudy(wanted.seed + place, spec)


def _key(phantom: FixedStudy) -> str:
    return key_of(PhantomUids(phantom.seed, phantom.spec).study)


def _written(study: FixedStudy) -> Path:
    """In the user's cache, whole or not at all."""
    uids = PhantomUids(study.seed, study.spec)
    folder = places.user_cache() / "phantoms" / key_of(uids.study)
    if not folder.exists():
        folder.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".made-", dir=folder.parent) as scratch:
            made = Path(scratch) / "made"
            made.mkdir()
            write_images(made, make_phantom(study.seed, study.spec), uids)
            made.rename(folder)
    return folder


def _files(order: RetrainOrder, record: StudyRecord) -> tuple[Path, ...]:
    if order.reviews is not None and order.reviews.manifest.exists():
        files = read_manifest(order.reviews.manifest)
        ours = dict.fromkeys(files[uid].path for uid in record.sop_uids if uid in files)
        if ours:
            return tuple(path for path in ours if path.exists())
    if order.rsna is not None:
        likely = (order.rsna.dicom / part / record.study_uid for part in ("train", "."))
        return tuple(path for path in likely if path.is_dir())[:1]
    return ()
