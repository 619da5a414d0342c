"""Cohorts of radiographs in the layout of RSNA 2018, with their truth beside them.

The pictures of one chest are written together; its truth file comes last and says that they are
done. A cohort that was interrupted goes on where it stopped.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from pe_models.phantom import GENERATOR_VERSION
from pe_models.phantom.chance import stream
from pe_models.phantom.cohort_record import write_cohort_record
from pe_models.phantom.files import whole_file, why
from pe_models.phantom.radiograph import PICTURES_A_CHEST, RADIOGRAPH_VERSION
from pe_models.phantom.radiograph.chest import Chest
from pe_models.phantom.radiograph.dicom import RadiographId, write_radiograph
from pe_models.phantom.radiograph.picture import LEAST_PX, MOST_PX, make_radiograph
from pe_models.phantom.spec import PhantomError
from pe_models.phantom.writing import (
    check_cohort,
    positive_studies,
    refuse_strangers,
    write_csv,
    write_missing,
)
from pe_models.progress import CancelToken, OnProgress, ignore_progress
from pe_models.tasks import PNEUMONIA

IMAGES: Final = "stage_2_train_images"
LABELS: Final = "stage_2_train_labels.csv"
CLASSES: Final = "stage_2_detailed_class_info.csv"
SOURCES: Final = "pneumonia-challenge-dataset-mappings_2018.json"
"""Which pictures are of one patient: RSNA's table names each picture a patient of its own."""
DEFAULT_PX: Final = 384
_SMALL_PX: Final = 160
"""Pictures up to here show nothing of what painting every row would add."""


@dataclass(frozen=True, slots=True)
class _Order:
    """All pictures of one chest; crosses into the worker processes."""

    out: Path
    names: tuple[RadiographId, ...]

    @property
    def seed(self) -> int:
        return self.names[0].seed

    @property
    def truth_file(self) -> Path:
        """Named by its last picture too: one with more pictures is another."""
        return self.out / "truth" / f"{self.names[-1].patient_id}.json"


def write_radiograph_cohort(
    out: str | Path,
    *,
    n_studies: int,
    seed: int,
    positive_fraction: float = 0.5,
    px: int = DEFAULT_PX,
    inverted_fraction: float = 0.0,
    reserved: bool = False,
    on_progress: OnProgress = ignore_progress,
    cancel: CancelToken | None = None,
) -> Path:
    """Writes ``n_studies`` radiographs of chests from ``seed`` up below ``out``; returns ``out``.

    Equal arguments give equal bytes. ``inverted_fraction`` of the files are MONOCHROME1. Raises
    PhantomError for impossible arguments, for a folder that holds another cohort, and where the
    disk is full. Raises Cancelled between chests.
    """
    folder = Path(out)
    check_cohort(n_studies, seed, positive_fraction, reserved=reserved)
    if not LEAST_PX <= px <= MOST_PX:
        raise PhantomError(
            f"A radiograph has {LEAST_PX} to {MOST_PX} pixels a side; {px} were asked for."
        )
    if not 0.0 <= inverted_fraction <= 1.0:
        raise PhantomError("The inverted fraction must lie between 0 and 1.")
    names = _names(n_studies, seed, positive_fraction, px, inverted_fraction)
    orders = [_Order(folder, tuple(group)) for _, group in groupby(names, lambda n: n.seed)]
    try:
        _prepare_folder(folder, orders)
        write_missing(orders, _write_one, on_progress, cancel)
        _write_tables(folder, orders)
        write_cohort_record(
            folder, task=PNEUMONIA.key, version=RADIOGRAPH_VERSION, n_studies=n_studies, seed=seed
        )
    except OSError as error:
        raise PhantomError(f"The radiographs could not be written: {why(error)}.") from error
    return folder


def _names(
    n_studies: int, seed: int, positive_fraction: float, px: int, inverted_fraction: float
) -> list[RadiographId]:
    positive = positive_studies(n_studies, seed, positive_fraction)
    turned = stream(seed, "inverted radiographs").random(n_studies) < inverted_fraction
    return [
        RadiographId(seed + i // PICTURES_A_CHEST, i % PICTURES_A_CHEST, px, i in positive,
                     bool(turned[i]))
        for i in range(n_studies)
    ]  # fmt: skip


def _prepare_folder(folder: Path, orders: list[_Order]) -> None:
    """Makes the folders; refuses one that holds pictures of other arguments."""
    for name in (IMAGES, "truth"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    ours = {f"{name.patient_id}.dcm" for order in orders for name in order.names}
    there = (path.name for path in (folder / IMAGES).iterdir())
    strangers = [name for name in there if name not in ours and name[0] != "."]
    refuse_strangers(strangers, "radiographs")


def _write_one(order: _Order, _cancel: CancelToken) -> None:
    is_small = order.names[0].px <= _SMALL_PX
    chest = Chest.project(order.seed, paint_every=2 if is_small else 1)
    pictures = []
    for name in order.names:
        radiograph = make_radiograph(chest, name.place, px=name.px, is_pneumonia=name.is_pneumonia)
        with whole_file(order.out / IMAGES / f"{name.patient_id}.dcm") as partial:
            write_radiograph(partial, radiograph, name)
        pictures.append({
            "patient_id": name.patient_id,
            "position": radiograph.view.position.value,
            "class": radiograph.truth.detailed_class,
            **radiograph.truth.to_dict(),
        })  # fmt: skip
    record = {
        "generator_version": GENERATOR_VERSION,
        "radiograph_version": RADIOGRAPH_VERSION,
        "seed": order.seed,
        "pictures": pictures,
    }
    with whole_file(order.truth_file) as partial:
        partial.write_text(json.dumps(record, indent=1), encoding="utf-8")


def _write_tables(folder: Path, orders: list[_Order]) -> None:
    """The tables of RSNA 2018, from the truth files, in the order of the seeds."""
    records = [json.loads(order.truth_file.read_text(encoding="utf-8")) for order in orders]
    pictures = [picture for record in records for picture in record["pictures"]]
    write_csv(folder / LABELS, ("patientId", "x", "y", "width", "height", "Target"),
              (row for picture in pictures for row in _label_rows(picture)))  # fmt: skip
    write_csv(folder / CLASSES, ("patientId", "class"),
              (row for picture in pictures for row in _class_rows(picture)))  # fmt: skip
    names = [name for order in orders for name in order.names]
    with whole_file(folder / SOURCES) as partial:
        partial.write_text(json.dumps([_source(name) for name in names], indent=1), "utf-8")


def _label_rows(picture: dict[str, Any]) -> Iterator[tuple[object, ...]]:
    """One row a box; one without where there is none."""
    if not picture["boxes"]:
        yield picture["patient_id"], "", "", "", "", 0
    for box in picture["boxes"]:
        yield picture["patient_id"], *(float(edge) for edge in box), 1


def _class_rows(picture: dict[str, Any]) -> Iterator[tuple[object, ...]]:
    """As many as its labels have."""
    for _ in picture["boxes"] or (None,):
        yield picture["patient_id"], picture["class"]


def _source(name: RadiographId) -> dict[str, str]:
    return {
        "subset_img_id": name.patient_id,
        "img_id": name.original_name,
        "StudyInstanceUID": name.uid("study"),
        "SeriesInstanceUID": name.uid("series"),
        "SOPInstanceUID": name.uid("image"),
    }
