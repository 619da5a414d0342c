"""The window, the labels of flags and the reader's marks over the CT itself."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileDataset

from pe_models.imaging.study import SliceSource
from pe_viewer.report.dicom.presentation_state import write_presentation_states
from pe_viewer.report.model import Report
from pe_viewer.report.writer import Writer

ReadObject = Callable[[Writer, Report], FileDataset]


def on_slice(written: Dataset, uid: str) -> list[Dataset]:
    return [
        annotation
        for annotation in written.GraphicAnnotationSequence
        if annotation.ReferencedImageSequence[0].ReferencedSOPInstanceUID == uid
    ]


def with_sources(report: Report, change: Callable[[int, SliceSource], SliceSource]) -> Report:
    slices = tuple(change(k, source) for k, source in enumerate(report.series.slices))
    return replace(report, series=replace(report.series, slices=slices))


def test_it_opens_the_series_in_the_report_s_window(
    unsigned_report: Report, read_object: ReadObject
) -> None:
    written = read_object(write_presentation_states, unsigned_report)
    (window,) = written.SoftcopyVOILUTSequence
    (series,) = written.ReferencedSeriesSequence

    assert (window.WindowWidth, window.WindowCenter) == (700, 100)
    assert (written.RescaleSlope, written.RescaleIntercept) == (1, 0)
    assert len(series.ReferencedImageSequence) == 20


def test_a_flag_s_label_stands_on_its_peak(
    unsigned_report: Report, read_object: ReadObject
) -> None:
    written = read_object(write_presentation_states, unsigned_report)
    (label,) = on_slice(written, "1.2.3.30.8")

    assert label.TextObjectSequence[0].UnformattedTextValue == (
        "RESEARCH: flag 2, model score 0.61. Research use only. Not for diagnosis."
    )


def test_a_length_lies_where_it_was_drawn(unsigned_report: Report, read_object: ReadObject) -> None:
    """(column, row), from the corner of the first pixel (PS3.3 C.10.5.1.2)."""
    written = read_object(write_presentation_states, unsigned_report)
    (length,) = [a for a in on_slice(written, "1.2.3.30.15") if "GraphicObjectSequence" in a]

    assert length.GraphicObjectSequence[0].GraphicType == "POLYLINE"
    np.testing.assert_allclose(
        length.GraphicObjectSequence[0].GraphicData, [20.5, 10.5, 24.5, 14.5]
    )
    assert length.TextObjectSequence[0].UnformattedTextValue == "4.3 mm"  # hypot(2.8, 3.2)


def test_an_ellipse_carries_its_attenuation(
    unsigned_report: Report, read_object: ReadObject
) -> None:
    written = read_object(write_presentation_states, unsigned_report)
    marks = [a for a in on_slice(written, "1.2.3.30.3") if "GraphicObjectSequence" in a]

    assert [m.GraphicObjectSequence[0].GraphicType for m in marks] == ["ELLIPSE", "ELLIPSE"]
    assert "HU" in marks[0].TextObjectSequence[0].UnformattedTextValue


def test_slices_of_another_rescale_get_a_state_of_their_own(unsigned_report: Report) -> None:
    def change(index: int, source: SliceSource) -> SliceSource:
        intercept = -1024.0 if index < 5 else 0.0
        return replace(source, pixels=replace(source.pixels, intercept=intercept))

    documents = write_presentation_states(with_sources(unsigned_report, change)).documents

    assert [document.ending for document in documents] == [".dcm", "-2.dcm"]


def test_a_mark_on_a_frame_names_the_frame(scored_frames: Report, read_object: ReadObject) -> None:
    """Flag 2 peaks on slice 8, the second frame of the first file."""
    written = read_object(write_presentation_states, scored_frames)
    frames = [
        (item.ReferencedSOPInstanceUID, item.ReferencedFrameNumber)
        for annotation in written.GraphicAnnotationSequence
        for item in annotation.ReferencedImageSequence
    ]

    assert ("1.2.3.50.0", 2) in frames


def test_colour_images_have_no_grayscale_state(unsigned_report: Report) -> None:
    report = with_sources(
        unsigned_report,
        lambda _, source: replace(source, pixels=replace(source.pixels, samples_per_pixel=3)),
    )

    assert write_presentation_states(report).omitted == ("gsps: the images are in colour",)


def test_values_that_are_no_hu_are_not_called_so(
    unsigned_report: Report, read_object: ReadObject
) -> None:
    magnetic = replace(unsigned_report, series=replace(unsigned_report.series, modality="MR"))
    written = read_object(write_presentation_states, magnetic)
    marks = [a for a in on_slice(written, "1.2.3.30.3") if "GraphicObjectSequence" in a]

    assert "HU" not in marks[0].TextObjectSequence[0].UnformattedTextValue
    assert written.RescaleType == "US"


@pytest.mark.parametrize("rescale_type", ["", "HU", "US"])
def test_the_rescale_keeps_its_meaning(
    unsigned_report: Report, read_object: ReadObject, rescale_type: str
) -> None:
    report = with_sources(
        unsigned_report,
        lambda _, source: replace(source, pixels=replace(source.pixels, rescale_type=rescale_type)),
    )
    written = read_object(write_presentation_states, report)

    assert written.RescaleType == (rescale_type or "HU")
