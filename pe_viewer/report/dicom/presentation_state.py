"""The window and the marks of the report as presentation states that lie over the CT itself."""

from collections.abc import Hashable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from pydicom.dataset import Dataset

from pe_models import NOTICE, SOFTWARE_NAME, __version__
from pe_models.imaging.volume import VolumeKind, kind_of
from pe_viewer.display import texts
from pe_viewer.display.measuring import length_text, stats_lines
from pe_viewer.report.dicom.identity import (
    RESEARCH,
    ObjectKind,
    encode,
    fresh_uid,
    model_name,
    short,
    verbatim,
)
from pe_viewer.report.dicom.sources import stand_in, stand_ins, unreferable
from pe_viewer.report.dicom.sr_reader import graphic
from pe_viewer.report.measurements import Measurement
from pe_viewer.report.model import Report
from pe_viewer.report.writer import Document, Rendering

if TYPE_CHECKING:
    from highdicom.pr import GraphicAnnotation, GraphicLayer, GraphicObject, TextObject

KIND: Final = ObjectKind(9705, "window and marks")
_HU: Final = "HU"
_LABEL_BOX: Final = (0.02, 0.02, 0.98, 0.08)
"""Left, top, right, bottom of a flag's label, of the displayed area: above the anatomy."""


@verbatim
def write_presentation_states(report: Report) -> Rendering:
    """``.dcm``; ``-2.dcm`` and so on for slices of another rescale, as a state has one."""
    empty = unreferable("gsps", report)
    if empty is not None:
        return empty
    if any(source.pixels.samples_per_pixel != 1 for source in report.series.slices):
        return Rendering((), ("gsps: the images are in colour",))
    groups: dict[Hashable, list[int]] = {}
    for index, source in enumerate(report.series.slices):
        groups.setdefault((source.pixels.slope, source.pixels.intercept), []).append(index)
    documents = tuple(
        _document(report, indices, number) for number, indices in enumerate(groups.values(), 1)
    )
    return Rendering(documents)


def _document(report: Report, indices: Sequence[int], number: int) -> Document:
    ending = ".dcm" if number == 1 else f"-{number}.dcm"
    dataset = _presentation_state(report, indices)
    dataset.InstanceNumber = number
    dataset.BodyPartExamined = "CHEST"
    return Document(ending, encode(dataset, report, KIND))


def _presentation_state(report: Report, indices: Sequence[int]) -> Dataset:
    from highdicom import ModalityLUTTransformation
    from highdicom.pr import (
        GraphicLayer,
        GrayscaleSoftcopyPresentationState,
        SoftcopyVOILUTTransformation,
    )

    layer = GraphicLayer(RESEARCH, order=1, description=NOTICE)
    annotations = [*_annotations(report, set(indices), layer)]
    pixels = report.source(indices[0]).pixels
    return GrayscaleSoftcopyPresentationState(
        referenced_images=stand_ins(report, indices),
        series_instance_uid=fresh_uid(),
        series_number=KIND.series_number,
        sop_instance_uid=fresh_uid(),
        instance_number=1,
        manufacturer=SOFTWARE_NAME,
        manufacturer_model_name=short(model_name(report)),
        software_versions=__version__,
        device_serial_number=__version__,
        content_label=RESEARCH,
        content_description=NOTICE,
        graphic_annotations=annotations or None,
        graphic_layers=[layer] if annotations else None,
        modality_lut_transformation=ModalityLUTTransformation(
            rescale_intercept=pixels.intercept,
            rescale_slope=pixels.slope,
            rescale_type=_rescale_type(report, pixels.rescale_type),
        ),
        voi_lut_transformations=[
            SoftcopyVOILUTTransformation(
                window_center=report.window.centre_hu, window_width=report.window.width_hu
            )
        ],
    )


def _annotations(
    report: Report, indices: set[int], layer: "GraphicLayer"
) -> Iterator["GraphicAnnotation"]:
    """A label at the peak of each flag, and what the reader measured."""
    from highdicom.pr import TextObject

    for number, flag in report.numbered_flags:
        if flag.peak in indices:
            score = texts.score_text(flag.score)
            label = TextObject(
                f"{RESEARCH}: flag {number}, model score {score}. {NOTICE}",
                units="DISPLAY",
                bounding_box=_LABEL_BOX,
            )
            yield _annotation(report, flag.peak, layer, text=label)
    for measurement in report.measurements:
        if measurement.measure.slice_index in indices:
            yield _mark(report, measurement, layer)


def _mark(report: Report, measurement: Measurement, layer: "GraphicLayer") -> "GraphicAnnotation":
    """A line or an ellipse with its value beside it; (0, 0) is a pixel's corner (C.10.5.1.2)."""
    from highdicom.pr import GraphicObject, TextObject

    measure = measurement.measure
    shape, corners = graphic(measure, report.series.geometry)
    points = np.array([(col + 0.5, row + 0.5) for row, col in corners])
    anchor = points[points[:, 0].argmax()]
    mark = GraphicObject(shape.value, points, units="PIXEL")
    value = TextObject(
        value_text(report, measurement),
        units="PIXEL",
        anchor_point=(float(anchor[0]), float(anchor[1])),
        anchor_point_visible=False,
    )
    return _annotation(report, measure.slice_index, layer, text=value, graphics=[mark])


def value_text(report: Report, measurement: Measurement) -> str:
    if measurement.length_mm is not None:
        structure = getattr(measurement.measure, "structure", None)
        return f"{structure or ''} {length_text(measurement.length_mm)}".strip()
    unit = _HU if kind_of(report.series) is VolumeKind.HU else ""
    return "\r\n".join(stats_lines(measurement.stats, unit))


def _rescale_type(report: Report, stored: str) -> str:
    """As stored; "US", unspecified, where what is no HU says nothing else (PS3.3 C.11.1.1.2)."""
    if kind_of(report.series) is VolumeKind.HU:
        return stored or _HU
    return "US" if stored in ("", _HU) else stored


def _annotation(
    report: Report,
    slice_index: int,
    layer: "GraphicLayer",
    *,
    text: "TextObject",
    graphics: "Sequence[GraphicObject]" = (),
) -> "GraphicAnnotation":
    from highdicom.pr import GraphicAnnotation

    return GraphicAnnotation(
        referenced_images=[stand_in(report, slice_index)],
        referenced_frame_number=report.source(slice_index).frame_number,
        graphic_layer=layer,
        graphic_objects=graphics or None,
        text_objects=[text],
    )
