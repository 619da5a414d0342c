"""Sample pictures: one slice for each kind of exam whose images are at hand."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from pe_models.errors import PEError
from pe_models.figures import write_figure_of
from pe_models.imaging.read import read_volume
from pe_models.imaging.scan import scan_path
from pe_models.imaging.study import Series
from pe_models.imaging.volume import Volume, VolumeKind
from pe_models.imaging.window import PE_WINDOW
from pe_models.labels import (
    ACUTE_AND_CHRONIC,
    CENTRAL,
    CHRONIC,
    EXAM_LABELS,
    INDETERMINATE,
    LEFT,
    NEGATIVE,
    RIGHT,
    RV_LV_GTE_1,
)
from pe_models.orientation import InPlaneTurn
from pe_models.tables.exams import Indices
from pe_models.tables.label_table import LabelTable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KINDS: Final = (CENTRAL, RIGHT, LEFT, RV_LV_GTE_1, CHRONIC, ACUTE_AND_CHRONIC, NEGATIVE,
                INDETERMINATE)  # fmt: skip
"""The labels of which a sample is shown, in the order of the picture."""
_MOST_TRIED: Final = 5
"""Exams of a kind that are tried before it is left out."""


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """``grey`` (row, col) of one slice in the PE window; ``label`` is what the exam has."""

    label: str
    shows_pe: bool
    slice_index: int
    n_slices: int
    grey: NDArray[np.uint8]


def find_samples(table: LabelTable, dicom: Path, *, seed: int = 0) -> tuple[Sample, ...]:
    """For each of KINDS an exam drawn from those that lie in ``dicom`` in the RSNA layout.

    A positive exam shows the middle one of its positive slices, another its middle slice. A kind
    of which none of five drawn exams can be read is left out.
    """
    rng = np.random.default_rng(seed)
    present = dict(_places(table, dicom))
    images = table.exams.images_by_exam()
    samples: list[Sample] = []
    shown: set[int] = set()
    for label in KINDS:
        drawn = rng.permutation([exam for exam in exams_with(table, label) if exam in present])
        for exam in sorted(drawn.tolist(), key=shown.__contains__)[:_MOST_TRIED]:  # new ones first
            sample = _sample(table, images[exam], present[exam], label)
            if sample is not None:
                samples.append(sample)
                shown.add(exam)
                break
    return tuple(samples)


def exams_with(table: LabelTable, label: str) -> Indices:
    """The exams that have a label."""
    return np.flatnonzero(table.exam[:, EXAM_LABELS.index(label)] == 1)


def write_samples(folder: Path, samples: tuple[Sample, ...]) -> None:
    """``samples.png`` and ``samples.svg``: all of them side by side."""
    n_cols = min(4, len(samples))
    n_rows = -(-len(samples) // n_cols)

    def draw(figure: "Figure") -> None:
        all_axes = figure.subplots(n_rows, n_cols, squeeze=False).flat
        for axes in all_axes:
            axes.set_axis_off()
        for axes, sample in zip(figure.axes, samples, strict=False):
            axes.imshow(sample.grey, cmap="gray", vmin=0, vmax=255)
            shown = "PE" if sample.shows_pe else "no PE"
            place = f"slice {sample.slice_index + 1} of {sample.n_slices} from below"
            axes.set_title(f"{sample.label}\n{shown} on {place}", fontsize=7)

    write_figure_of(folder, "samples", draw, (3.0 * n_cols, 3.4 * n_rows))


def _places(table: LabelTable, dicom: Path) -> Iterator[tuple[int, Path]]:
    """Exams whose folder, named by the study, is in ``dicom`` or in its ``train``."""
    folders = {
        place.name: place
        for root in (dicom, dicom / "train")
        if root.is_dir()
        for place in root.iterdir()
    }
    for exam, uid in enumerate(table.exams.study_uids):
        if uid in folders:
            yield exam, folders[uid]


def _sample(table: LabelTable, images: Indices, place: Path, label: str) -> Sample | None:
    """None where the exam's images cannot be read, or its labelled slice is not among them."""
    shown = images[table.image[images] == 1]
    uids = set(table.exams.image_uids[shown if shown.size else images])
    try:
        series = _series_with(place, uids)
        volume = None if series is None else read_volume(series)
    except (PEError, OSError):
        return None
    if volume is None or volume.kind is not VolumeKind.HU:
        return None
    return _middle_slice(volume, uids, label=label, shows_pe=bool(shown.size))


def _series_with(place: Path, uids: set[str]) -> Series | None:
    for study in scan_path(place).studies:
        for series in study.series:
            if any(source.sop_instance_uid in uids for source in series.slices):
                return series
    return None


def _middle_slice(volume: Volume, uids: set[str], *, label: str, shows_pe: bool) -> Sample | None:
    """The middle one of the slices with these UIDs, as the nets see it: patient's right at left."""
    places = [k for k, stamp in enumerate(volume.origin.slices) if stamp.sop_instance_uid in uids]
    whole = [k for k in places if k not in volume.missing_slices]
    if not whole:
        return None
    slice_index = whole[len(whole) // 2]
    turned = InPlaneTurn.of(volume.geometry).turned(volume)
    grey = PE_WINDOW.to_grey(turned.hu[slice_index])
    return Sample(label, shows_pe, slice_index, volume.n_slices, grey)
