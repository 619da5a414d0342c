"""Where the pictures of a task come from: a data set in its published layout, or phantoms."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from pe_models.errors import DatasetError, InputError
from pe_models.experiments.pointing import Boxes
from pe_models.phantom import FIRST_RESERVED_SEED
from pe_models.phantom.cohort_record import PHANTOM_COHORT
from pe_models.phantom.head.cohort import write_head_cohort
from pe_models.phantom.radiograph.cohort import write_radiograph_cohort
from pe_models.tasks import HEMORRHAGE, PNEUMONIA
from pe_models.training.pictures.layouts.rsna2018 import read_opacity_boxes, read_rsna2018
from pe_models.training.pictures.layouts.rsna2019 import read_rsna2019
from pe_models.training.pictures.table import PictureTable


@dataclass(frozen=True, slots=True)
class TaskData:
    """How a task's data set is read, and how one of phantoms is written."""

    layout: str
    read: Callable[[Path], PictureTable]
    write_phantoms: Callable[..., Any]
    read_boxes: Callable[[Path], Boxes] | None = None


DATA: Final[Mapping[str, TaskData]] = MappingProxyType(
    {
        HEMORRHAGE.key: TaskData("RSNA 2019", read_rsna2019, write_head_cohort),
        PNEUMONIA.key: TaskData(
            "RSNA 2018", read_rsna2018, write_radiograph_cohort, read_opacity_boxes
        ),
    }
)


@dataclass(frozen=True, slots=True)
class LabelledPictures:
    """A data set, and what a bundle that was trained on it says of it.

    ``boxes`` tell where what the pictures show lies; {} where nobody drew any.
    """

    table: PictureTable
    described: str
    is_phantom: bool
    boxes: Boxes = field(default_factory=dict)


def data_of(task: str) -> TaskData:
    """Raises InputError for a task that has none."""
    if task not in DATA:
        raise InputError(f"There is no data set of single pictures for the task {task!r}.")
    return DATA[task]


def open_pictures(task: str, folder: Path) -> LabelledPictures:
    """The data set of ``task`` in ``folder``.

    Raises DatasetError where it is none, and for phantoms that are reserved for evaluation.
    """
    data = data_of(task)
    table = data.read(folder)
    boxes = {} if data.read_boxes is None else data.read_boxes(folder)
    n_patients = len(set(table.patients.tolist()))
    counted = f"{len(table)} pictures of {n_patients}"
    cohort = _phantom_cohort(folder)
    if cohort is None:
        return LabelledPictures(
            table,
            f"{counted} patients, in the layout of {data.layout}",
            is_phantom=False,
            boxes=boxes,
        )
    if cohort["first_seed"] + cohort["n_studies"] > FIRST_RESERVED_SEED:
        raise DatasetError("These phantoms are reserved for evaluation; they are never trained on.")
    described = (
        f"{counted} synthetic phantoms, no patient's data ({cohort['generator']} "
        f"{cohort['generator_version']}, {cohort['n_studies']} from seed {cohort['first_seed']})"
    )
    return LabelledPictures(table, described, is_phantom=True, boxes=boxes)


def _phantom_cohort(folder: Path) -> dict[str, Any] | None:
    """None where the folder holds no phantoms."""
    try:
        record = json.loads((folder / PHANTOM_COHORT).read_text(encoding="utf-8"))
        return {
            key: record[key]
            for key in ("generator", "generator_version", "n_studies", "first_seed")
        }
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(f"{PHANTOM_COHORT} cannot be read ({error}).") from error
