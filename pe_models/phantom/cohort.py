"""Cohorts of phantoms in the layout of the RSNA-STR PE data set, with their truth beside them.

A study is written under a temporary name and renamed when it is whole; its truth file comes last
and says that the study is done. A cohort that was interrupted goes on where it stopped.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from pe_models import labels
from pe_models.phantom.dicom import PhantomUids, write_images
from pe_models.phantom.files import whole_file, whole_folder, why
from pe_models.phantom.spec import PhantomError, PhantomSpec
from pe_models.phantom.study import Phantom, make_phantom
from pe_models.phantom.writing import (
    check_cohort,
    positive_studies,
    refuse_strangers,
    write_alone,
    write_csv,
    write_missing,
)
from pe_models.progress import CancelToken, OnProgress, ignore_progress

LOCALIZER_FRACTIONS: Final = (0.2, 0.3, 0.4, 0.5)
"""Slices ``int(f * n)`` from the most inferior that lung_bbox.csv tells of."""


@dataclass(frozen=True, slots=True)
class _Order:
    """One study to write; crosses into the worker processes."""

    out: Path
    seed: int
    spec: PhantomSpec

    @property
    def uids(self) -> PhantomUids:
        return PhantomUids(self.seed, self.spec)

    @property
    def truth_file(self) -> Path:
        return self.out / "truth" / f"{self.uids.study}.json"


def write_cohort(
    out: str | Path,
    *,
    n_studies: int,
    seed: int,
    positive_fraction: float = 0.4,
    matrix: int = 512,
    n_slices: int | None = None,
    reserved: bool = False,
    on_progress: OnProgress = ignore_progress,
    cancel: CancelToken | None = None,
) -> Path:
    """Writes studies of seeds ``seed`` to ``seed + n_studies - 1`` below ``out``; returns ``out``.

    Equal arguments give equal bytes. ``positive_fraction`` is met to the nearest study. Raises
    PhantomError for impossible arguments, for a folder that holds another cohort, and where the
    disk is full; no half study stays. Raises Cancelled between studies.
    """
    folder = Path(out)
    check_cohort(n_studies, seed, positive_fraction, reserved=reserved)
    spec = PhantomSpec(matrix=matrix, n_slices=n_slices)
    positive = positive_studies(n_studies, seed, positive_fraction)
    orders = [
        _Order(folder, seed + i, replace(spec, is_positive=i in positive)) for i in range(n_studies)
    ]
    try:
        _prepare_folder(folder, orders)
        write_missing(orders, _write_one, on_progress, cancel)
        _write_tables(folder, orders)
    except OSError as error:
        raise PhantomError(f"The cohort could not be written: {why(error)}.") from error
    return folder


def write_study(out_folder: str | Path, seed: int, spec: PhantomSpec) -> Path:
    """Writes one phantom's images into ``out_folder``, which must be empty or absent."""
    return write_alone(
        out_folder,
        lambda folder: write_images(folder, make_phantom(seed, spec), PhantomUids(seed, spec)),
    )


def _prepare_folder(folder: Path, orders: list[_Order]) -> None:
    """Makes the folders; refuses one that holds studies of other arguments."""
    for name in ("train", "truth"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    ours = {order.uids.study for order in orders}
    strangers = [p for p in (folder / "train").iterdir() if p.name not in ours and p.name[0] != "."]
    refuse_strangers(strangers, "studies")


def _write_one(order: _Order, cancel: CancelToken) -> None:
    phantom = make_phantom(
        order.seed, order.spec, on_slice=lambda _done, _total: cancel.raise_if_cancelled()
    )
    uids = order.uids
    with whole_folder(order.out / "train" / uids.study) as study:
        series = study / uids.series
        series.mkdir()
        write_images(series, phantom, uids)
    masks = order.truth_file.with_name(f"{uids.study}-masks.npz")
    with whole_file(masks) as partial, partial.open("wb") as stream_out:
        np.savez_compressed(
            stream_out, clot=phantom.clot, vessel=phantom.vessel, chamber=phantom.chamber
        )
    with whole_file(order.truth_file) as partial:
        partial.write_text(json.dumps(_truth_json(phantom, order.spec), indent=1), encoding="utf-8")


def _truth_json(phantom: Phantom, spec: PhantomSpec) -> dict[str, Any]:
    """The truth, and what the tables of the cohort need of this study."""
    n_slices = phantom.geometry.n_slices
    boxes = {}
    for index in dict.fromkeys(int(f * n_slices) for f in LOCALIZER_FRACTIONS):
        box = phantom.truth.lung_boxes[index]
        if box is not None:
            boxes[str(index)] = box.to_dict()
    return {
        **phantom.truth.to_dict(),
        "n_slices": n_slices,
        "matrix": spec.matrix,
        "positive_slices": list(phantom.truth.positive_slices),
        "localizer_boxes": boxes,
    }


def _write_tables(folder: Path, orders: list[_Order]) -> None:
    """train.csv and lung_bbox.csv from the truth files, studies in the order of their seeds."""
    truths = [json.loads(order.truth_file.read_text(encoding="utf-8")) for order in orders]
    pairs = list(zip(orders, truths, strict=True))
    write_csv(folder / "train.csv", labels.CSV_COLUMNS,
              (row for order, truth in pairs for row in _label_rows(order, truth)))  # fmt: skip
    write_csv(folder / "lung_bbox.csv", ("Image", "Xmin", "Ymin", "Xmax", "Ymax"),
              (row for order, truth in pairs for row in _box_rows(order, truth)))  # fmt: skip


def _label_rows(order: _Order, truth: dict[str, Any]) -> Iterator[tuple[object, ...]]:
    positive = set(truth["positive_slices"])
    for index in range(truth["n_slices"]):
        row = {
            "StudyInstanceUID": order.uids.study,
            "SeriesInstanceUID": order.uids.series,
            "SOPInstanceUID": order.uids.image(index),
            labels.IMAGE_LABEL: int(index in positive),
            **truth["exam_labels"],
        }
        yield tuple(row[column] for column in labels.CSV_COLUMNS)


def _box_rows(order: _Order, truth: dict[str, Any]) -> Iterator[tuple[object, ...]]:
    matrix = truth["matrix"]
    for index, box in truth["localizer_boxes"].items():
        edges = (box["col_min"], box["row_min"], box["col_max"], box["row_max"])
        yield order.uids.image(int(index)), *(round(edge / matrix, 6) for edge in edges)
