"""Activation maps as parametric maps: the model's own values on the model's own grid.

Nothing is scaled, smoothed or cut: a viewer lays the map over the CT by its place in the patient.
"""

from collections.abc import Hashable
from typing import Final

import numpy as np
from pydicom.dataset import Dataset

from pe_models import NOTICE
from pe_models.findings import BundleStamp, Heatmap
from pe_viewer.display import heat, texts
from pe_viewer.report.coded import codes
from pe_viewer.report.dicom.content_items import coded
from pe_viewer.report.dicom.derived_frames import (
    equipment,
    grid,
    one_at_each_place,
    refer_to_sources,
)
from pe_viewer.report.dicom.identity import RESEARCH, ObjectKind, encode, short, verbatim
from pe_viewer.report.dicom.sources import stand_in_of_grid, unreferable
from pe_viewer.report.model import Report
from pe_viewer.report.writer import Document, Rendering

SERIES_NUMBER: Final = 9702


@verbatim
def write_parametric_maps(report: Report) -> Rendering:
    """``.dcm``; ``-2.dcm`` and so on for maps of another method, grid or crop."""
    empty = unreferable("pmap", report)
    if empty is not None:
        return empty
    if report.findings is None or not report.heatmaps:
        return Rendering((), ("pmap: there is no activation map",))
    maps: dict[Hashable, list[Heatmap]] = {}
    for heatmap in report.heatmaps:
        key = (heatmap.method, heatmap.values.shape, heatmap.crop)
        maps.setdefault(key, []).append(heatmap)
    documents = [
        _document(report, report.findings.bundle, heatmaps, number)
        for number, heatmaps in enumerate(maps.values(), start=1)
    ]
    return Rendering(tuple(documents))


def _document(
    report: Report, bundle: BundleStamp, heatmaps: list[Heatmap], number: int
) -> Document:
    method = texts.method_text(heatmaps[0].method).lower()
    kind = ObjectKind(SERIES_NUMBER, f"{method}, {bundle.name} {bundle.version}")
    dataset = _parametric_map(report, bundle, one_at_each_place(report, heatmaps))
    dataset.InstanceNumber = number
    ending = ".dcm" if number == 1 else f"-{number}.dcm"
    return Document(ending, encode(dataset, report, kind))


def _parametric_map(report: Report, bundle: BundleStamp, heatmaps: list[Heatmap]) -> Dataset:
    """Frames in logit units, float32, one a slice."""
    from highdicom import VOILUTTransformation
    from highdicom.pm import ParametricMap, RealWorldValueMapping

    first = heatmaps[0]
    values = np.stack([heatmap.values for heatmap in heatmaps]).astype(np.float32)
    scale = heat.scale_of(first.method)
    quantity = codes.map_quantity(first.method)
    mapping = RealWorldValueMapping(
        lut_label="LOGIT",
        lut_explanation=short(f"Logit. {texts.overlay_caution(first.method)}"),
        unit=codes.NO_UNITS,
        value_range=(float(values.min()), float(values.max())),
        slope=1.0,
        intercept=0.0,
        quantity_definition=quantity,
    )
    window = VOILUTTransformation(
        window_center=(scale.low_logit + scale.high_logit) / 2,
        window_width=scale.high_logit - scale.low_logit,
    )
    rows, cols = values.shape[1:]
    crop = first.crop
    cell = (crop.row_max - crop.row_min) / rows, (crop.col_max - crop.col_min) / cols
    corner = crop.row_min + cell[0] / 2 - 0.5, crop.col_min + cell[1] / 2 - 0.5
    indices = [heatmap.slice_index for heatmap in heatmaps]
    dataset = ParametricMap(
        source_images=[stand_in_of_grid(report, indices[0])],
        pixel_array=values,
        contains_recognizable_visual_features=False,
        real_world_value_mappings=[mapping],
        voi_lut_transformations=[window],
        content_qualification=RESEARCH,
        content_label=RESEARCH,
        content_description=NOTICE,
        image_flavor="VOLUME",
        derived_pixel_contrast="QUANTITY",
        **grid(report, indices, corner=corner, cell=cell),
        **equipment(bundle, SERIES_NUMBER),
    )
    refer_to_sources(dataset, report, indices, corner, derivation=quantity)
    _add_anatomy(dataset)
    _order_along_normal(dataset)
    return dataset


def _add_anatomy(dataset: Dataset) -> None:
    """Frame Anatomy macro (PS3.3 C.7.6.16.2.8): dcmqi, and Slicer with it, reads no map without."""
    anatomy = Dataset()
    anatomy.AnatomicRegionSequence = coded(codes.CHEST)
    anatomy.FrameLaterality = "U"
    dataset.SharedFunctionalGroupsSequence[0].FrameAnatomySequence = [anatomy]


def _order_along_normal(dataset: Dataset) -> None:
    """Puts frames in the order of their normal: dcmqi stacks them so, as they come.

    highdicom begins at the other end.
    """
    groups = dataset.PerFrameFunctionalGroupsSequence
    shared = dataset.SharedFunctionalGroupsSequence[0]
    axes = np.asarray(shared.PlaneOrientationSequence[0].ImageOrientationPatient, dtype=np.float64)
    positions = [g.PlanePositionSequence[0].ImagePositionPatient for g in groups]
    order = np.argsort(np.asarray(positions, dtype=np.float64) @ np.cross(axes[:3], axes[3:]))
    values = np.frombuffer(dataset.FloatPixelData, dtype="<f4").reshape(len(order), -1)
    dataset.FloatPixelData = values[order].tobytes()
    dataset.PerFrameFunctionalGroupsSequence = [groups[index] for index in order]
    for number, frame in enumerate(dataset.PerFrameFunctionalGroupsSequence, start=1):
        frame.FrameContentSequence[0].DimensionIndexValues = [number]
