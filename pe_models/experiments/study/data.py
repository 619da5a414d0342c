"""Where a study's slices come from: a store, the RSNA-STR layout, folders, or phantoms."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pe_models.errors import DatasetError
from pe_models.experiments.sources import LabelledPictures
from pe_models.experiments.study.presets import PhantomSize
from pe_models.parallel import usable_cores
from pe_models.progress import CancelToken, OnProgress, ignore_progress
from pe_models.tasks import PE
from pe_models.training.pictures.layouts.folders import has_class_folders, read_folders
from pe_models.training.pictures.layouts.prepared import is_store, read_prepared
from pe_models.training.pictures.layouts.rsna_str import is_rsna_str, read_rsna_str
from pe_models.training.pictures.table import PictureTable
from pe_models.training.preparing.phantom_store import ArrayCohort, write_phantom_store
from pe_models.training.store import open_store

_POSITIVE_FRACTION: Final = 0.6
_TRUTH: Final = "truth"
"""The folder that phantoms in the RSNA-STR layout have, and patients have not."""


@dataclass(frozen=True, slots=True)
class StudySlices(LabelledPictures):
    """``are_of_ct`` says whether they look as the slices of an opened CT do, in HU and whole: what
    is learnt from others, such as slices cut to the lungs, cannot judge those.
    """

    are_of_ct: bool = False


def open_slices(folder: Path) -> StudySlices:
    """What lies in ``folder``, by the files that tell. Raises DatasetError."""
    if is_store(folder):
        return _of_store(folder)
    if is_rsna_str(folder):
        table, is_phantom = read_rsna_str(folder), (folder / _TRUTH).is_dir()
        return _described(table, "the RSNA-STR layout", is_phantom=is_phantom, are_of_ct=True)
    if has_class_folders(folder):
        table = read_folders(folder, PE)
        return _described(table, "a folder a class", is_phantom=False, are_of_ct=False)
    raise DatasetError(
        f"{folder} is neither a prepared store (index.json), nor in the RSNA-STR layout "
        "(train.csv), nor does it hold the folders positive/ and negative/."
    )


def make_slices(
    folder: Path,
    n_studies: int,
    size: PhantomSize,
    *,
    seed: int,
    on_progress: OnProgress = ignore_progress,
    cancel: CancelToken | None = None,
) -> StudySlices:
    """Phantoms in ``folder``, made where they are missing. Raises DatasetError and PhantomError."""
    cohort = ArrayCohort(
        n_studies=n_studies,
        seed=seed,
        positive_fraction=_POSITIVE_FRACTION,
        matrix=size.matrix,
        n_slices=size.n_slices,
    )
    write_phantom_store(
        folder,
        cohort,
        n_workers=min(usable_cores(), n_studies),
        on_progress=on_progress,
        cancel=cancel,
    )
    return open_slices(folder)


def _of_store(folder: Path) -> StudySlices:
    table, studies = read_prepared(folder), open_store(folder).studies
    is_whole = all(study.kept is None for study in studies)
    return _described(
        table,
        "a prepared store" if is_whole else "a prepared store, cut to the lungs",
        is_phantom=all(study.emboli is not None for study in studies),
        are_of_ct=is_whole,
    )


def _described(
    table: PictureTable, layout: str, *, is_phantom: bool, are_of_ct: bool
) -> StudySlices:
    n_patients = len(set(table.patients.tolist()))
    whose = "synthetic phantoms alone; no patient's data" if is_phantom else "patients"
    described = f"{len(table)} slices, in {layout}, of {n_patients} {whose}"
    return StudySlices(table, described, is_phantom, are_of_ct=are_of_ct)
