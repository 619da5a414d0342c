"""DICOM and labels -> the prepared store. Resumable; a bad study fails alone and is named."""

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pe_models import parallel
from pe_models.errors import DatasetError, PEError
from pe_models.imaging.anatomy.lungs import lung_box, segment_lungs
from pe_models.imaging.read import read_volume
from pe_models.imaging.scan import scan_path
from pe_models.imaging.study import Series, SliceSource, Study
from pe_models.imaging.volume import Volume, VolumeKind
from pe_models.orientation import InPlaneTurn
from pe_models.phantom import FIRST_RESERVED_SEED, GENERATOR_NAME
from pe_models.preprocess import localizer_indices
from pe_models.progress import CancelToken, OnProgress, Progress, ignore_progress
from pe_models.training.cluster import map_cluster
from pe_models.training.files import write_whole
from pe_models.training.phantom_truth import emboli_of, generator_of, lookalikes_of, tissues_of
from pe_models.training.store import (
    FailedStudy,
    Store,
    StudyRecord,
    key_of,
    open_store,
)
from pe_models.training.store_writing import StudyArrays, is_whole, write_index, write_study
from pe_models.training.tables import (
    Box,
    ImageFile,
    StudyLabels,
    read_boxes,
    read_labels,
    read_manifest,
)

_SALT: Final = "salt"
BOXES_FILE: Final = "lung_bbox.csv"


@dataclass(frozen=True, slots=True)
class Source:
    """What to prepare: exactly one of ``dicom``, a folder, and ``manifest``, a CSV of files."""

    labels: Path
    dicom: Path | None = None
    manifest: Path | None = None
    boxes: Path | None = None
    is_reserved: bool = False
    """The store is for evaluation: reserved phantoms are let in, and training refuses it."""

    def __post_init__(self) -> None:
        if (self.dicom is None) == (self.manifest is None):
            raise DatasetError("Give either a DICOM folder or a manifest.")

    def resolved(self) -> "Source":
        """With absolute paths, which mean the same in another process's folder."""
        return replace(
            self,
            labels=self.labels.resolve(),
            dicom=self.dicom and self.dicom.resolve(),
            manifest=self.manifest and self.manifest.resolve(),
            boxes=self.boxes and self.boxes.resolve(),
        )


@dataclass(frozen=True, slots=True)
class _Order:
    """One study to prepare; crosses into the worker processes."""

    folder: Path
    labels: StudyLabels
    places: tuple[Path, ...]
    files: Mapping[str, ImageFile] | None
    boxes: Mapping[str, Box]
    truth: Path | None
    masks: Path | None
    salt: bytes
    is_reserved: bool


def prepare(
    source: Source,
    folder: Path,
    *,
    n_workers: int = 1,
    dask: str | None = None,
    on_progress: OnProgress = ignore_progress,
    cancel: CancelToken | None = None,
) -> Store:
    """Prepares every labelled study; those that are whole already are kept.

    By ``n_workers`` processes, or by the workers of the ``dask`` scheduler at that address, which
    must see all folders under the same names. Raises DatasetError for contradicting tables, and
    where no study could be prepared.
    """
    folder = folder.resolve()
    (folder / "studies").mkdir(parents=True, exist_ok=True, mode=0o700)
    orders = tuple(_orders(source.resolved(), folder))
    results = (
        _each(orders, n_workers, cancel)
        if dask is None
        else map_cluster(_prepare_one, orders, address=dask, on_lost=_lost, cancel=cancel)
    )
    failed: list[FailedStudy] = []
    for done, failure in enumerate(results, start=1):
        failed += [failure] if failure else []
        on_progress(Progress("prepare", done, len(orders), {"failed": float(len(failed))}))
    keys = [key_of(order.labels.study_uid) for order in orders]
    if not write_index(folder, keys, failed, is_reserved=source.is_reserved):
        raise DatasetError(f"No study could be prepared. The first one: {failed[0].reason}")
    return open_store(folder)


def _each(
    orders: Iterable[_Order], n_workers: int, cancel: CancelToken | None
) -> Iterator[FailedStudy | None]:
    if n_workers > 1:
        yield from parallel.map_processes(
            _prepare_one, orders, n_processes=n_workers, cancel=cancel
        )
        return
    for order in orders:
        if cancel is not None:
            cancel.raise_if_cancelled()
        yield _prepare_one(order)


def _orders(source: Source, folder: Path) -> Iterator[_Order]:
    boxes_file = source.boxes or source.labels.with_name(BOXES_FILE)
    has_boxes = source.boxes is not None or boxes_file.exists()
    boxes = read_boxes(boxes_file) if has_boxes else {}
    files = read_manifest(source.manifest) if source.manifest else None
    for labels in read_labels(source.labels):
        truth = source.labels.parent / "truth" / f"{labels.study_uid}.json"
        masks = truth.with_name(f"{labels.study_uid}-masks.npz")
        ours = None if files is None else {u: files[u] for u in labels.image if u in files}
        yield _Order(
            folder=folder,
            labels=labels,
            places=_places(source.dicom, labels.study_uid, ours),
            files=ours,
            boxes={uid: boxes[uid] for uid in labels.image if uid in boxes},
            truth=truth if truth.exists() else None,
            masks=masks if masks.exists() else None,
            salt=_salt(folder),
            is_reserved=source.is_reserved,
        )


def _places(
    dicom: Path | None, study_uid: str, files: Mapping[str, ImageFile] | None
) -> tuple[Path, ...]:
    if files is not None:
        return tuple(dict.fromkeys(file.path.parent for file in files.values()))
    if dicom is None:
        return ()
    likely = (dicom / "train" / study_uid, dicom / study_uid)
    return tuple(place for place in likely if place.is_dir())[:1]


def _salt(folder: Path) -> bytes:
    """The key of the patients' hashes; made once a store, readable by its owner alone."""
    path = folder / _SALT
    if not path.exists():
        write_whole(path, secrets.token_bytes(32))
        path.chmod(0o600)
    return path.read_bytes()


def _lost(order: _Order, reason: str) -> FailedStudy:
    return FailedStudy(order.labels.study_uid[-8:], reason)


def _prepare_one(order: _Order) -> FailedStudy | None:
    try:
        _write(order)
    except PEError as error:
        return FailedStudy(order.labels.study_uid[-8:], str(error))
    except OSError as error:
        return FailedStudy(order.labels.study_uid[-8:], error.strerror or "it cannot be read")
    return None


def _write(order: _Order) -> None:
    key, fingerprint = key_of(order.labels.study_uid), _fingerprint(order)
    if is_whole(order.folder, key, fingerprint):
        return
    study, series = _find(order)
    if not order.is_reserved and _is_reserved_phantom(study, series):
        raise DatasetError("It is a phantom reserved for evaluation; it is never trained on.")
    volume = read_volume(series)
    if volume.kind is not VolumeKind.HU:
        raise DatasetError("Its values are not in HU.")
    if volume.missing_slices:
        raise DatasetError(f"{len(volume.missing_slices)} of its slices cannot be read.")
    turned = InPlaneTurn.of(volume.geometry).turned(volume)
    labels = None if order.masks is None else tissues_of(order.masks, volume)
    record = _record(order, study, series, turned, fingerprint)
    write_study(order.folder, record, StudyArrays(turned.hu, labels))


def _fingerprint(order: _Order) -> str:
    """Hash of the labels, the boxes and the names and sizes of the files of a study."""
    masks = [] if order.masks is None else [order.masks]
    files = sorted(
        (path.name, path.stat().st_size)
        for place in [*order.places, *masks]
        for path in (place.rglob("*") if place.is_dir() else [place])
        if path.is_file()
    )
    labels = order.labels
    text = json.dumps([files, [*labels.image.items()], [*labels.exam.items()], [*order.boxes]])
    return hashlib.sha256(text.encode()).hexdigest()


def _find(order: _Order) -> tuple[Study, Series]:
    """The series of the labels, by its UID or, from a manifest, by its files."""
    if not order.places:
        raise DatasetError("There are no files for it.")
    wanted = set(order.labels.image)
    for place in order.places:
        for study in scan_path(place).studies:
            for series in study.series:
                if any(_label_uid(source, order.files) in wanted for source in series.slices):
                    return study, series
    raise DatasetError("None of its images is among the files.")


def _label_uid(source: SliceSource, files: Mapping[str, ImageFile] | None) -> str:
    """The UID under which the labels know a slice; manifests name frames of one file apart."""
    if files is None:
        return source.sop_instance_uid
    place = ImageFile(source.path.resolve(), source.frame_number)
    return next((uid for uid, file in files.items() if file == place), "")


def _is_reserved_phantom(study: Study, series: Series) -> bool:
    seed = study.patient.patient_id.rpartition("-")[2]
    is_phantom = series.manufacturer == GENERATOR_NAME and seed.isdigit()
    return is_phantom and int(seed) >= FIRST_RESERVED_SEED


def _record(
    order: _Order, study: Study, series: Series, volume: Volume, fingerprint: str
) -> StudyRecord:
    uids = tuple(_label_uid(source, order.files) for source in series.slices)
    by_index = {i: order.boxes[uid] for i, uid in enumerate(uids) if uid in order.boxes}
    lung_slices, segmented = _lungs(volume)
    patient = (study.patient.patient_id or study.study_uid).encode()
    return StudyRecord(
        key=key_of(order.labels.study_uid),
        study_uid=order.labels.study_uid,
        series_uid=order.labels.series_uid,
        group=hashlib.blake2b(patient, key=order.salt, digest_size=16).hexdigest(),
        sop_uids=uids,
        image=tuple(order.labels.image.get(uid) for uid in uids),
        exam=order.labels.exam,
        boxes=by_index or segmented,
        box_source="table" if by_index else "lung segmentation",
        lung_slices=lung_slices,
        shape=volume.geometry.shape,
        spacing_mm=volume.geometry.spacing_mm,
        emboli=None if order.truth is None else emboli_of(order.truth),
        sha256="",
        source=fingerprint,
        lookalikes=() if order.truth is None else lookalikes_of(order.truth),
        generator="" if order.truth is None else generator_of(order.truth),
    )


def _lungs(volume: Volume) -> tuple[tuple[int, int] | None, dict[int, Box]]:
    """First and last slice with lung, and the lungs' box for the Localizer's slices."""
    lungs = segment_lungs(volume.hu, volume.geometry)
    span = lungs.slice_range
    if span is None:
        return None, {}
    crop = lung_box(lungs)
    _, rows, cols = volume.geometry.shape
    box = (crop.col_min / cols, crop.row_min / rows, crop.col_max / cols, crop.row_max / rows)
    return span, dict.fromkeys(localizer_indices(volume.n_slices, span), box)
