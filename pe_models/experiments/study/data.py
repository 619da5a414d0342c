"""Where a study's slices come from: a store, the RSNA-STR layout, folders, or phantoms."""

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

_MARGIN_MM: Final = 15.0
_POSITIVE_FRACTION: Final = 0.6
_TRUTH: Final = "truth"
"""The folder that phantoms in the RSNA-STR layout have, and patients have not."""


def open_slices(folder: Path) -> LabelledPictures:
    """What lies in ``folder``, by the files that tell. Raises DatasetError."""
    if is_store(folder):
        return _described(
            read_prepared(folder), "a prepared store", is_phantom=_is_of_phantoms(folder)
        )
    if is_rsna_str(folder):
        is_phantom = (folder / _TRUTH).is_dir()
        return _described(read_rsna_str(folder), "the RSNA-STR layout", is_phantom=is_phantom)
    if has_class_folders(folder):
        return _described(read_folders(folder, PE), "a folder a class", is_phantom=False)
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
) -> LabelledPictures:
    """Phantoms in ``folder``, made where they are missing. Raises DatasetError and PhantomError."""
    cohort = ArrayCohort(
        n_studies=n_studies,
        seed=seed,
        positive_fraction=_POSITIVE_FRACTION,
        matrix=size.matrix,
        n_slices=size.n_slices,
        margin_mm=_MARGIN_MM,
    )
    write_phantom_store(
        folder, cohort, n_workers=usable_cores(), on_progress=on_progress, cancel=cancel
    )
    return open_slices(folder)


def _described(table: PictureTable, layout: str, *, is_phantom: bool) -> LabelledPictures:
    n_patients = len(set(table.patients.tolist()))
    whose = "synthetic phantoms alone; no patient's data" if is_phantom else "patients"
    return LabelledPictures(
        table, f"{len(table)} slices, in {layout}, of {n_patients} {whose}", is_phantom=is_phantom
    )


def _is_of_phantoms(folder: Path) -> bool:
    return all(study.emboli is not None for study in open_store(folder).studies)
