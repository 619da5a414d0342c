"""Orders: each labelled study with all that preparing it needs, to be carried out anywhere."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pe_models.errors import DatasetError
from pe_models.training.preparing.tables import (
    ImageFile,
    StudyLabels,
    read_boxes,
    read_labels,
    read_manifest,
)
from pe_models.training.store import Box
from pe_models.training.store.salt import salt_in

_TRAIN: Final = "train"
"""The folder of the studies in the RSNA layout."""
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
    like: Path | None = None
    """A store whose patients are to be known again in this one."""

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
            like=self.like and self.like.resolve(),
        )


@dataclass(frozen=True, slots=True)
class Order:
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


def orders_of(source: Source, folder: Path) -> Iterator[Order]:
    """One for each study of the labels, into the store ``folder``. Raises DatasetError."""
    boxes_file = source.boxes or source.labels.with_name(BOXES_FILE)
    has_boxes = source.boxes is not None or boxes_file.exists()
    boxes = read_boxes(boxes_file) if has_boxes else {}
    files = read_manifest(source.manifest) if source.manifest else None
    salt = salt_in(folder, source.like)
    for labels in read_labels(source.labels):
        truth = source.labels.parent / "truth" / f"{labels.study_uid}.json"
        masks = truth.with_name(f"{labels.study_uid}-masks.npz")
        ours = None if files is None else {u: files[u] for u in labels.image if u in files}
        yield Order(
            folder=folder,
            labels=labels,
            places=_places(source.dicom, labels.study_uid, ours),
            files=ours,
            boxes={uid: boxes[uid] for uid in labels.image if uid in boxes},
            truth=truth if truth.exists() else None,
            masks=masks if masks.exists() else None,
            salt=salt,
            is_reserved=source.is_reserved,
        )


def n_without_labels(source: Source) -> int:
    """Study folders that the labels have no row for; 0 for a manifest, which names files."""
    if source.dicom is None:
        return 0
    folder = source.dicom / _TRAIN
    found = [path.name for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []
    return len(set(found) - {labels.study_uid for labels in read_labels(source.labels)})


def _places(
    dicom: Path | None, study_uid: str, files: Mapping[str, ImageFile] | None
) -> tuple[Path, ...]:
    if files is not None:
        return tuple(dict.fromkeys(file.path.parent for file in files.values()))
    if dicom is None:
        return ()
    likely = (dicom / _TRAIN / study_uid, dicom / study_uid)
    return tuple(place for place in likely if place.is_dir())[:1]


def fingerprint(order: Order) -> str:
    """Hash of the names and sizes of a study's files, and of what tables and truth say of it.

    A study for evaluation has another one than the same study that may be trained on.
    """
    masks = [] if order.masks is None else [order.masks]
    found = sorted(
        (path.name, path.stat().st_size)
        for place in [*order.places, *masks]
        for path in (place.rglob("*") if place.is_dir() else [place])
        if path.is_file()
    )
    labels, files = order.labels, order.files or {}
    named = [(uid, str(file.path), file.frame) for uid, file in files.items()]
    truth = None if order.truth is None else hashlib.sha256(order.truth.read_bytes()).hexdigest()
    tables = [labels.series_uid, [*labels.image.items()], [*labels.exam.items()]]
    text = json.dumps([found, *tables, [*order.boxes.items()], named, truth, order.is_reserved])
    return hashlib.sha256(text.encode()).hexdigest()
