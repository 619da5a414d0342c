"""What the parametric map and the segmentation share: frames made from slices of the series."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sr.coding import Code

from pe_models import SOFTWARE_NAME, __version__
from pe_models.findings import BundleStamp, Heatmap
from pe_models.imaging.study import SliceSource
from pe_viewer.report.coded import codes
from pe_viewer.report.dicom.content_items import coded
from pe_viewer.report.dicom.identity import fresh_uid, series_uid, short
from pe_viewer.report.dicom.sources import (
    instances,
    orientation,
    reference,
    slice_thickness_mm,
    spacing_between_slices_mm,
)
from pe_viewer.report.model import Report

if TYPE_CHECKING:
    from highdicom import AlgorithmIdentificationSequence

_POSITION_DIGITS: Final = 3
"""Of millimetres, by which a frame's place is known again."""

_Place = tuple[float, ...]


def equipment(bundle: BundleStamp, series_number: int) -> dict[str, Any]:
    """The arguments that every image of highdicom's asks for; ``encode`` has the last word."""
    return {
        "series_instance_uid": fresh_uid(),
        "series_number": series_number,
        "sop_instance_uid": fresh_uid(),
        "instance_number": 1,
        "manufacturer": SOFTWARE_NAME,
        "manufacturer_model_name": short(f"{bundle.name} {bundle.version}"),
        "software_versions": __version__,
        "device_serial_number": short(bundle.sha256),
    }


def algorithm_identification(bundle: BundleStamp) -> "AlgorithmIdentificationSequence":
    from highdicom import AlgorithmIdentificationSequence

    return AlgorithmIdentificationSequence(
        name=short(bundle.name),
        family=codes.ARTIFICIAL_INTELLIGENCE,
        version=short(bundle.version),
        source=SOFTWARE_NAME,
        parameters={"sha256": bundle.sha256},
    )


def one_at_each_place(report: Report, heatmaps: Iterable[Heatmap]) -> list[Heatmap]:
    """``heatmaps`` without those of a slice that lies where another does: frames lie apart."""
    placed: dict[_Place, Heatmap] = {}
    for heatmap in heatmaps:
        placed.setdefault(_place(report.source(heatmap.slice_index).image_position), heatmap)
    return list(placed.values())


def grid(
    report: Report,
    slice_indices: Sequence[int],
    *,
    corner: tuple[float, float],
    cell: tuple[float, float],
) -> dict[str, Any]:
    """Where the frames of ``slice_indices`` lie, as highdicom's arguments.

    A frame is a grid of cells; ``corner`` (row, col) is the centre of its first cell in pixels of
    the slice, ``cell`` (rows, cols) the size of a cell in pixels.
    """
    from highdicom import PixelMeasuresSequence, PlaneOrientationSequence, PlanePositionSequence

    _, row_mm, col_mm = report.series.geometry.spacing_mm
    return {
        "pixel_measures": PixelMeasuresSequence(
            pixel_spacing=(row_mm * cell[0], col_mm * cell[1]),
            slice_thickness=slice_thickness_mm(report),
            spacing_between_slices=spacing_between_slices_mm(report),
        ),
        "plane_orientation": PlaneOrientationSequence("PATIENT", orientation(report)),
        "plane_positions": [
            PlanePositionSequence("PATIENT", tuple(first_centre_mm(report, index, corner)))
            for index in slice_indices
        ],
    }


def first_centre_mm(
    report: Report, slice_index: int, corner: tuple[float, float]
) -> NDArray[np.float64]:
    """Patient mm (x, y, z) of the point (row, col) of a slice."""
    _, row_mm, col_mm = report.series.geometry.spacing_mm
    _, down, across = np.asarray(report.series.geometry.directions, dtype=np.float64)
    position = np.asarray(report.source(slice_index).image_position, dtype=np.float64)
    centre: NDArray[np.float64] = (
        position + down * (corner[0] * row_mm) + across * (corner[1] * col_mm)
    )
    return centre


def refer_to_sources(
    dataset: Dataset,
    report: Report,
    slice_indices: Sequence[int],
    corner: tuple[float, float],
    *,
    derivation: Code,
) -> None:
    """Says of each frame which slice it was made from; highdicom does so on equal grids only.

    Frames are known by their place: highdicom puts them in an order of its own.
    """
    sources = {
        _place(first_centre_mm(report, index, corner)): report.source(index)
        for index in slice_indices
    }
    for frame in dataset.PerFrameFunctionalGroupsSequence:
        source = sources[_place(frame.PlanePositionSequence[0].ImagePositionPatient)]
        frame.DerivationImageSequence = [_derivation(source, derivation)]
    series = Dataset()
    series.SeriesInstanceUID = series_uid(report)
    series.ReferencedInstanceSequence = instances(report, slice_indices)
    dataset.ReferencedSeriesSequence = [series]
    dataset.pop("SourceImageSequence", None)
    dataset.BodyPartExamined = "CHEST"
    dataset.ContentCreatorName = ""


def _derivation(source: SliceSource, code: Code) -> Dataset:
    """Derivation Image macro (PS3.3 C.7.6.16.2.6)."""
    image = reference(source)
    image.PurposeOfReferenceCodeSequence = coded(codes.SOURCE_IMAGE)
    derivation = Dataset()
    derivation.DerivationCodeSequence = coded(code)
    derivation.SourceImageSequence = [image]
    return derivation


def _place(position_mm: Iterable[float]) -> _Place:
    return tuple(round(float(value), _POSITION_DIGITS) + 0.0 for value in position_mm)
