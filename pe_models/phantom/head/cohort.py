"""Cohorts of head phantoms in the layout of RSNA 2019, with their truth beside them.

All slices of all studies lie in one folder, as there. A study's truth file comes last and says
that the study is done; a cohort that was interrupted goes on where it stopped.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from pe_models.phantom.cohort_record import write_cohort_record
from pe_models.phantom.files import whole_file, why
from pe_models.phantom.head import HEAD_VERSION
from pe_models.phantom.head.dicom import HeadUids, write_head_images
from pe_models.phantom.head.spec import HeadSpec
from pe_models.phantom.head.study import make_head
from pe_models.phantom.spec import PhantomError
from pe_models.phantom.writing import (
    check_cohort,
    positive_studies,
    refuse_strangers,
    write_alone,
    write_csv,
    write_missing,
)
from pe_models.progress import CancelToken, OnProgress, ignore_progress
from pe_models.tasks import HEMORRHAGE

IMAGES: Final = "stage_2_train"
TABLE: Final = "stage_2_train.csv"


@dataclass(frozen=True, slots=True)
class _Order:
    """One study to write; crosses into the worker processes."""

    out: Path
    seed: int
    spec: HeadSpec

    @property
    def uids(self) -> HeadUids:
        return HeadUids(self.seed, self.spec)

    @property
    def truth_file(self) -> Path:
        return self.out / "truth" / f"{self.uids.study}.json"


def write_head_cohort(
    out: str | Path,
    *,
    n_studies: int,
    seed: int,
    positive_fraction: float = 0.4,
    matrix: int = 256,
    n_slices: int | None = None,
    reserved: bool = False,
    on_progress: OnProgress = ignore_progress,
    cancel: CancelToken | None = None,
) -> Path:
    """Writes heads of seeds ``seed`` to ``seed + n_studies - 1`` below ``out``; returns ``out``.

    Equal arguments give equal bytes. ``positive_fraction`` of the studies, to the nearest, have
    blood. Raises PhantomError for impossible arguments, for a folder that holds another cohort,
    and where the disk is full. Raises Cancelled between studies.
    """
    folder = Path(out)
    check_cohort(n_studies, seed, positive_fraction, reserved=reserved)
    spec = HeadSpec(matrix=matrix, n_slices=n_slices)
    positive = positive_studies(n_studies, seed, positive_fraction)
    orders = [
        _Order(folder, seed + i, replace(spec, is_positive=i in positive)) for i in range(n_studies)
    ]
    try:
        _prepare_folder(folder, orders)
        write_missing(orders, _write_study, on_progress, cancel)
        rows = (row for order in orders for row in _rows(order))
        write_csv(folder / TABLE, ("ID", "Label"), rows)
        write_cohort_record(
            folder, task=HEMORRHAGE.key, version=HEAD_VERSION, n_studies=n_studies, seed=seed
        )
    except OSError as error:
        raise PhantomError(f"The cohort could not be written: {why(error)}.") from error
    return folder


def write_head(out_folder: str | Path, seed: int, spec: HeadSpec) -> Path:
    """Writes one head's images into ``out_folder``, which must be empty or absent."""
    return write_alone(
        out_folder,
        lambda folder: write_head_images(folder, make_head(seed, spec), HeadUids(seed, spec)),
    )


def _prepare_folder(folder: Path, orders: list[_Order]) -> None:
    """Makes the folders; refuses one that holds studies of other arguments."""
    for name in (IMAGES, "truth"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    ours = {order.truth_file.name for order in orders}
    strangers = [p for p in (folder / "truth").glob("*.json") if p.name not in ours]
    refuse_strangers(strangers, "studies")


def _write_study(order: _Order, _cancel: CancelToken) -> None:
    phantom = make_head(order.seed, order.spec)
    try:
        write_head_images(order.out / IMAGES, phantom, order.uids)
    except OSError:
        for index in range(phantom.geometry.n_slices):
            (order.out / IMAGES / f"{order.uids.image_id(index)}.dcm").unlink(missing_ok=True)
        raise
    masks = order.truth_file.with_name(f"{order.uids.study}-masks.npz")
    with whole_file(masks) as partial, partial.open("wb") as stream_out:
        np.savez_compressed(stream_out, blood=phantom.blood)
    with whole_file(order.truth_file) as partial:
        partial.write_text(json.dumps(phantom.truth.to_dict(), indent=1), encoding="utf-8")


def _rows(order: _Order) -> Iterator[tuple[str, int]]:
    """Six rows an image, from the truth file."""
    truth = json.loads(order.truth_file.read_text(encoding="utf-8"))
    for index, labels in enumerate(truth["labels"]):
        image = order.uids.image_id(index)
        for label, value in zip(HEMORRHAGE.labels, labels, strict=True):
            yield f"{image}_{label}", value
