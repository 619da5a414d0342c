"""DICOM and labels -> the prepared store. Resumable; a bad study fails alone and is named."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pe_models.errors import DatasetError, PEError
from pe_models.findings import Crop
from pe_models.imaging.anatomy.lungs import LungMask, lung_box, segment_lungs
from pe_models.imaging.read import read_volume
from pe_models.imaging.scan import scan_path
from pe_models.imaging.study import Series, SliceSource, Study
from pe_models.imaging.volume import Volume, VolumeKind
from pe_models.orientation import InPlaneTurn
from pe_models.phantom import FIRST_RESERVED_SEED, GENERATOR_NAME
from pe_models.preprocess import localizer_indices
from pe_models.progress import CancelToken, OnProgress, Progress, ignore_progress
from pe_models.training.files import DISK_FULL, is_disk_full
from pe_models.training.preparing.cluster import map_cluster
from pe_models.training.preparing.orders import BOXES_FILE, Order, Source, fingerprint, orders_of
from pe_models.training.preparing.phantom_truth import (
    emboli_of,
    generator_of,
    lookalikes_of,
    tissues_of,
    ventricles_of,
)
from pe_models.training.preparing.processes import map_local
from pe_models.training.preparing.tables import ImageFile
from pe_models.training.store import (
    Box,
    FailedStudy,
    Store,
    StudyRecord,
    key_of,
    open_store,
)
from pe_models.training.store.writing import (
    StudyArrays,
    is_whole,
    refuse_other_use,
    write_index,
    write_study,
)

__all__ = ["BOXES_FILE", "Source", "prepare"]


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
    must see all folders under the same names. Raises DatasetError for contradicting tables, where
    the disk is full, where the store is for evaluation and this is not or the reverse, and where no
    study could be prepared.
    """
    folder = folder.resolve()
    refuse_other_use(folder, is_reserved=source.is_reserved)
    (folder / "studies").mkdir(parents=True, exist_ok=True, mode=0o700)
    orders = tuple(orders_of(source.resolved(), folder))
    results = (
        _each(orders, n_workers, cancel)
        if dask is None
        else map_cluster(_prepare_one, orders, address=dask, on_lost=_failed, cancel=cancel)
    )
    failed: list[FailedStudy] = []
    for done, failure in enumerate(results, start=1):
        if failure is not None and failure.reason == DISK_FULL:
            raise DatasetError(
                f"{DISK_FULL} Make room and run the same command again: it goes on where it is."
            )
        failed += [failure] if failure else []
        on_progress(Progress("prepare", done, len(orders), {"failed": float(len(failed))}))
    keys = [key_of(order.labels.study_uid) for order in orders]
    if not write_index(folder, keys, failed, is_reserved=source.is_reserved):
        raise DatasetError(f"No study could be prepared. The first one: {failed[0].reason}")
    return open_store(folder)


def _each(
    orders: Sequence[Order], n_workers: int, cancel: CancelToken | None
) -> Iterator[FailedStudy | None]:
    if n_workers > 1:
        yield from map_local(
            _prepare_one, orders, n_processes=n_workers, on_lost=_failed, cancel=cancel
        )
        return
    for order in orders:
        if cancel is not None:
            cancel.raise_if_cancelled()
        yield _prepare_one(order)


def _failed(order: Order, reason: str) -> FailedStudy:
    uid = order.labels.study_uid
    return FailedStudy(uid[-8:], reason, key_of(uid))


def _prepare_one(order: Order) -> FailedStudy | None:
    try:
        _write(order)
    except PEError as error:
        return _failed(order, str(error))
    except OSError as error:
        reason = DISK_FULL if is_disk_full(error) else error.strerror or "it cannot be read"
        return _failed(order, reason)
    except MemoryError:
        return _failed(order, "There is not enough memory for it.")
    except Exception as error:  # noqa: BLE001 - a study's own files: decoders raise what they like
        return _failed(order, f"It cannot be read ({type(error).__name__}: {error}).")
    return None


def _write(order: Order) -> None:
    key, source = key_of(order.labels.study_uid), fingerprint(order)
    if is_whole(order.folder, key, source):
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
    record = _record(order, study, series, turned, source)
    write_study(order.folder, record, StudyArrays(turned.hu, labels))


def _find(order: Order) -> tuple[Study, Series]:
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


def _record(order: Order, study: Study, series: Series, volume: Volume, source: str) -> StudyRecord:
    """``source`` is the fingerprint of the order. Raises DatasetError for labels without files."""
    uids = tuple(_label_uid(place, order.files) for place in series.slices)
    n_absent = len(order.labels.image.keys() - set(uids))
    if n_absent:
        raise DatasetError(
            f"{n_absent} of its {len(order.labels.image)} labelled images are not in its series."
        )
    by_index = {i: order.boxes[uid] for i, uid in enumerate(uids) if uid in order.boxes}
    lungs = segment_lungs(volume.hu, volume.geometry)
    box = None if lungs.is_empty else lung_box(lungs)
    patient = (study.patient.patient_id or study.study_uid).encode()
    return StudyRecord(
        key=key_of(order.labels.study_uid),
        study_uid=order.labels.study_uid,
        series_uid=order.labels.series_uid,
        group=hashlib.blake2b(patient, key=order.salt, digest_size=16).hexdigest(),
        sop_uids=uids,
        image=tuple(order.labels.image.get(uid) for uid in uids),
        exam=order.labels.exam,
        boxes=by_index or _segmented_boxes(volume, lungs, box),
        box_source="table" if by_index else "lung segmentation",
        lung_slices=lungs.slice_range,
        shape=volume.geometry.shape,
        spacing_mm=volume.geometry.spacing_mm,
        emboli=None if order.truth is None else emboli_of(order.truth),
        sha256="",
        source=source,
        lookalikes=() if order.truth is None else lookalikes_of(order.truth),
        generator="" if order.truth is None else generator_of(order.truth),
        ventricles_mm=None if order.truth is None else ventricles_of(order.truth),
        lung_box=box,
    )


def _segmented_boxes(volume: Volume, lungs: LungMask, crop: Crop | None) -> dict[int, Box]:
    """The box of the lungs, ``crop``, for each of the Localizer's slices."""
    if crop is None:
        return {}
    _, rows, cols = volume.geometry.shape
    box = (crop.col_min / cols, crop.row_min / rows, crop.col_max / cols, crop.row_max / rows)
    return dict.fromkeys(localizer_indices(volume.n_slices, lungs.slice_range), box)
