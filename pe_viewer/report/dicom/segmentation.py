"""The region of the clot map as a segmentation on the grid of the CT: the model's, for research.

It is cut where clot is as likely as not for the model, within flagged runs alone: where nothing is
flagged, the window draws no map either.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from pe_models import NOTICE
from pe_models.findings import CLOT_MAP, BundleStamp, Findings, Heatmap
from pe_viewer.display.heat import upsampled
from pe_viewer.display.palette import PALETTE, rgb
from pe_viewer.report.coded import codes
from pe_viewer.report.dicom.derived_frames import (
    algorithm_identification,
    equipment,
    grid,
    one_at_each_place,
    refer_to_sources,
)
from pe_viewer.report.dicom.identity import RESEARCH, ObjectKind, encode, stable_uid, verbatim
from pe_viewer.report.dicom.sources import stand_in_of_grid, unreferable
from pe_viewer.report.model import Report
from pe_viewer.report.writer import Document, Rendering

KIND: Final = ObjectKind(9703, "clot map region, by a model")
THRESHOLD_LOGIT: Final = 0.0
LABEL: Final = "RESEARCH: taken for clot by a model"
_FIRST_PIXEL: Final = (0.0, 0.0)


@verbatim
def write_segmentation(report: Report) -> Rendering:
    """``.dcm``; omitted where no flagged slice has a region of the clot map."""
    empty = unreferable("seg", report)
    if empty is not None:
        return empty
    findings = report.findings
    if findings is None:
        return Rendering((), ("seg: not analysed",))
    heatmaps = one_at_each_place(report, _flagged_clot_maps(report, findings))
    regions = {h.slice_index: region for h in heatmaps if (region := _region(report, h)).any()}
    if not regions:
        return Rendering((), ("seg: no flagged slice has a region of a clot map",))
    dataset = _segmentation(report, findings.bundle, regions)
    return Rendering((Document(".dcm", encode(dataset, report, KIND)),))


def _flagged_clot_maps(report: Report, findings: Findings) -> list[Heatmap]:
    return [
        heatmap
        for heatmap in report.heatmaps
        if heatmap.method == CLOT_MAP
        and any(heatmap.slice_index in flag for flag in findings.flags)
    ]


def _region(report: Report, heatmap: Heatmap) -> NDArray[np.bool_]:
    """Pixels of the slice (row, col) where the map, interpolated as it is drawn, is above 0."""
    region = np.zeros((report.series.rows, report.series.cols), dtype=np.bool_)
    crop = heatmap.crop
    inside = region[crop.row_min : crop.row_max, crop.col_min : crop.col_max]
    logits = upsampled(heatmap.values, crop)[: inside.shape[0], : inside.shape[1]]
    inside[:] = logits > THRESHOLD_LOGIT
    return region


def _segmentation(
    report: Report, bundle: BundleStamp, regions: dict[int, NDArray[np.bool_]]
) -> Dataset:
    from highdicom.color import CIELabColor
    from highdicom.seg import SegmentAlgorithmTypeValues, Segmentation, SegmentDescription

    indices = list(regions)
    segment = SegmentDescription(
        segment_number=1,
        segment_label=LABEL,
        segmented_property_category=codes.ABNORMAL_STRUCTURE,
        segmented_property_type=codes.EMBOLUS,
        algorithm_type=SegmentAlgorithmTypeValues.AUTOMATIC,
        algorithm_identification=algorithm_identification(bundle),
        tracking_id=LABEL,
        tracking_uid=stable_uid(report, f"clot map region {bundle.sha256}"),
        anatomic_regions=[codes.PULMONARY_ARTERY],
        display_color=CIELabColor.from_rgb(*rgb(PALETTE.model)),
    )
    dataset = Segmentation(
        source_images=[stand_in_of_grid(report, indices[0])],
        pixel_array=np.stack(list(regions.values())).astype(np.uint8),
        segmentation_type="BINARY",
        segment_descriptions=[segment],
        content_label=RESEARCH,
        content_description=NOTICE,
        **grid(report, indices, corner=_FIRST_PIXEL, cell=(1.0, 1.0)),
        **equipment(bundle, KIND.series_number),
    )
    refer_to_sources(dataset, report, indices, _FIRST_PIXEL, derivation=codes.SEGMENTATION)
    return dataset
