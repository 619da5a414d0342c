"""Phantoms straight into a prepared store: the arrays that DICOM would hold, without DICOM.

Resumable, in parallel, equal bytes for equal arguments. Slices are cut to the lungs with a margin
where disk matters; the few that the Localizer sees are kept whole beside them.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from pe_models.errors import DatasetError
from pe_models.findings import Crop
from pe_models.imaging.anatomy.lungs import lung_box, segment_lungs
from pe_models.labels import EXAM_LABELS
from pe_models.phantom import GENERATOR_VERSION
from pe_models.phantom.clot_plan import crowded_levels
from pe_models.phantom.dicom import PhantomUids
from pe_models.phantom.files import why
from pe_models.phantom.spec import PhantomError, PhantomSpec
from pe_models.phantom.study import Phantom, make_phantom
from pe_models.phantom.truth import PhantomTruth
from pe_models.phantom.writing import check_cohort, positive_studies
from pe_models.preprocess import localizer_indices
from pe_models.progress import CancelToken, OnProgress, Progress, ignore_progress
from pe_models.training.preparing.phantom_truth import generator_name, nearest_voxel
from pe_models.training.preparing.processes import map_local
from pe_models.training.store import (
    Box,
    Embolus,
    FailedStudy,
    LookalikePlace,
    Store,
    StudyRecord,
    key_of,
    open_store,
)
from pe_models.training.store.tissue_labels import tissue_labels
from pe_models.training.store.writing import (
    StudyArrays,
    is_whole,
    refuse_other_use,
    write_index,
    write_study,
)

USUAL_SLICE_MM: Final = 2.5
"""The distance at which a slice's neighbours are taken: thinner slices show training no more."""
MOST_EMBOLI: Final = 20
"""Of a study: one for each segmental artery."""


@dataclass(frozen=True, slots=True)
class ArrayCohort:
    """Which phantoms. With ``n_slices`` these cover the chest, else they lie ``slice_mm`` apart.

    ``margin_mm`` cuts slices to the lungs' box and so much around it; None keeps them whole.
    ``n_emboli`` gives every positive study so many, at drawn levels; None deals them as in life.
    """

    n_studies: int
    seed: int
    positive_fraction: float = 0.5
    matrix: int = 512
    n_slices: int | None = None
    slice_mm: float = USUAL_SLICE_MM
    margin_mm: float | None = None
    n_emboli: int | None = None
    is_reserved: bool = False

    def __post_init__(self) -> None:
        check_cohort(self.n_studies, self.seed, self.positive_fraction, reserved=self.is_reserved)
        if self.margin_mm is not None and not 0.0 <= self.margin_mm <= 200.0:
            raise PhantomError(
                f"The margin must lie between 0 and 200 mm; {self.margin_mm:g} was asked for."
            )

        if self.n_emboli is not None and not 1 <= self.n_emboli <= MOST_EMBOLI:
            raise PhantomError(
                f"A study has between 1 and {MOST_EMBOLI} emboli; {self.n_emboli} were asked for."
            )

    def specs(self) -> Iterator[PhantomSpec]:
        """Of each study, in the order of seeds."""
        positive = positive_studies(self.n_studies, self.seed, self.positive_fraction)
        for place in range(self.n_studies):
            n_emboli = self.n_emboli if place in positive else None
            yield PhantomSpec(
                matrix=self.matrix,
                n_slices=self.n_slices,
                slice_spacing_mm=None if self.n_slices else self.slice_mm,
                is_positive=place in positive,
                levels=crowded_levels(self.seed + place, n_emboli) if n_emboli else (),
            )


@dataclass(frozen=True, slots=True)
class _Order:
    """One study to write; crosses into the worker processes."""

    folder: Path
    seed: int
    spec: PhantomSpec
    margin_mm: float | None

    @property
    def key(self) -> str:
        return key_of(PhantomUids(self.seed, self.spec).study)

    @property
    def source(self) -> str:
        """Of what the study is made: it is made anew when that changes."""
        arguments = [GENERATOR_VERSION, self.seed, asdict(self.spec), self.margin_mm]
        return hashlib.sha256(json.dumps(arguments, sort_keys=True).encode()).hexdigest()


def write_phantom_store(
    folder: Path,
    cohort: ArrayCohort,
    *,
    n_workers: int = 1,
    on_progress: OnProgress = ignore_progress,
    cancel: CancelToken | None = None,
) -> Store:
    """Writes the studies that are missing; one that no phantom can be made for fails alone.

    Raises DatasetError where none could be made, the disk is full, or the store is for evaluation
    and this is not or the reverse, and Cancelled between studies; no half study stays.
    """
    refuse_other_use(folder, is_reserved=cohort.is_reserved)
    orders = [
        _Order(folder, cohort.seed + i, spec, cohort.margin_mm)
        for i, spec in enumerate(cohort.specs())
    ]
    failed: list[FailedStudy] = []
    try:
        (folder / "studies").mkdir(parents=True, exist_ok=True)
        for done, failure in enumerate(_each(orders, n_workers, cancel), start=1):
            failed += [failure] if failure else []
            on_progress(Progress("phantom", done, len(orders), {"failed": float(len(failed))}))
        keys = [order.key for order in orders]
        present = write_index(folder, keys, failed, is_reserved=cohort.is_reserved)
    except OSError as error:
        raise DatasetError(f"The store could not be written: {why(error)}.") from error
    if not present:
        raise DatasetError(f"No phantom could be made. The first one: {failed[0].reason}")
    return open_store(folder)


def _each(
    orders: list[_Order], n_workers: int, cancel: CancelToken | None
) -> Iterator[FailedStudy | None]:
    if n_workers > 1:
        yield from map_local(
            _write_one, orders, n_processes=n_workers, on_lost=_failed, cancel=cancel
        )
        return
    for order in orders:
        if cancel is not None:
            cancel.raise_if_cancelled()
        yield _write_one(order)


def _failed(order: _Order, reason: str) -> FailedStudy:
    return FailedStudy(f"seed {order.seed}", reason, order.key)


def _write_one(order: _Order) -> FailedStudy | None:
    if is_whole(order.folder, order.key, order.source):
        return None
    cv2.setNumThreads(1)  # the processes share the cores already
    try:
        phantom = make_phantom(order.seed, order.spec)
        kept = None if order.margin_mm is None else _kept(phantom, order.margin_mm)
        record = _record(order, phantom, kept)
    except PhantomError as error:
        return _failed(order, str(error))
    write_study(order.folder, record, _arrays(phantom, record, kept))
    return None


def _kept(phantom: Phantom, margin_mm: float) -> Crop:
    """The lungs' box, widened by the margin and clipped to the slice."""
    box, (_, rows, cols) = phantom.truth.lung_box, phantom.geometry.shape
    _, row_mm, col_mm = phantom.geometry.spacing_mm
    down, across = round(margin_mm / row_mm), round(margin_mm / col_mm)
    return Crop(
        max(0, box.row_min - down),
        min(rows, box.row_max + down),
        max(0, box.col_min - across),
        min(cols, box.col_max + across),
    )


def _arrays(phantom: Phantom, record: StudyRecord, kept: Crop | None) -> StudyArrays:
    labels = tissue_labels(phantom.clot, phantom.vessel, phantom.chamber)
    if kept is None:
        return StudyArrays(phantom.hu, labels)
    part = np.s_[:, kept.row_min : kept.row_max, kept.col_min : kept.col_max]
    return StudyArrays(phantom.hu[part], labels[part], phantom.hu[list(record.whole_slices)])


def _record(order: _Order, phantom: Phantom, kept: Crop | None) -> StudyRecord:
    uids, truth = PhantomUids(order.seed, order.spec), phantom.truth
    n_slices, rows, cols = phantom.geometry.shape
    lungs = segment_lungs(phantom.hu, phantom.geometry)
    seen = localizer_indices(n_slices, lungs.slice_range)
    origin = (0, 0) if kept is None else (kept.row_min, kept.col_min)
    size = (rows, cols) if kept is None else (
        kept.row_max - kept.row_min, kept.col_max - kept.col_min)  # fmt: skip
    return StudyRecord(
        key=order.key,
        study_uid=uids.study,
        series_uid=uids.series,
        group=order.key,
        sop_uids=tuple(uids.image(index) for index in range(n_slices)),
        image=tuple(int(index in truth.positive_slices) for index in range(n_slices)),
        exam={label: truth.exam_labels[label] for label in EXAM_LABELS},
        boxes=_boxes(truth, seen, rows, cols),
        box_source="phantom",
        lung_slices=lungs.slice_range,
        shape=(n_slices, *size),
        spacing_mm=phantom.geometry.spacing_mm,
        emboli=tuple(Embolus(e.level, e.side, *e.slices) for e in truth.emboli),
        sha256="",
        source=order.source,
        lookalikes=_lookalikes(truth, origin, size),
        kept=kept,
        whole_px=None if kept is None else (rows, cols),
        whole_slices=() if kept is None else tuple(sorted(set(seen))),
        generator=generator_name(truth.generator_version),
        ventricles_mm=(truth.ventricles.rv_mm, truth.ventricles.lv_mm),
        lung_box=None if lungs.is_empty else lung_box(lungs),
    )


def _boxes(
    truth: PhantomTruth, indices: tuple[int, ...], rows: int, cols: int
) -> Mapping[int, Box]:
    """The box of the lungs on each of the Localizer's slices that holds lung."""
    found = {index: truth.lung_boxes[index] for index in indices}
    return {
        index: (box.col_min / cols, box.row_min / rows, box.col_max / cols, box.row_max / rows)
        for index, box in found.items()
        if box is not None
    }


def _lookalikes(
    truth: PhantomTruth, origin: tuple[int, int], size: tuple[int, int]
) -> tuple[LookalikePlace, ...]:
    """Those that the array holds, as its voxels."""
    found = []
    for look in truth.lookalikes:
        k, row, col = nearest_voxel(look.center_slice_row_col)
        at = (k, row - origin[0], col - origin[1])
        if 0 <= at[1] < size[0] and 0 <= at[2] < size[1]:
            found.append(LookalikePlace(look.kind, at))
    return tuple(found)
