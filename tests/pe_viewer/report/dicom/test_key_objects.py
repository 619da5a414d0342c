"""Which slices a key object selection names, and why."""

import io
from collections.abc import Callable

import highdicom
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset

from pe_viewer.report.dicom.key_objects import write_key_objects
from pe_viewer.report.model import Report
from pe_viewer.report.writer import Writer
from pe_viewer.review import Review

MakeReport = Callable[..., Report]
ReadObject = Callable[[Writer, Report], FileDataset]


def images(dataset: Dataset) -> list[str]:
    return [
        item.ReferencedSOPSequence[0].ReferencedSOPInstanceUID
        for item in dataset.ContentSequence
        if item.ValueType == "IMAGE"
    ]


def test_peaks_added_and_chosen_slices_are_named_from_the_head(
    unsigned_report: Report, read_object: ReadObject
) -> None:
    """Flag 2 was rejected: it is not of interest."""
    written = read_object(write_key_objects, unsigned_report)

    assert images(written) == [f"1.2.3.30.{index}" for index in (15, 11, 6, 3)]


def test_the_description_says_why(unsigned_report: Report, read_object: ReadObject) -> None:
    written = read_object(write_key_objects, unsigned_report)
    (text,) = [
        item.TextValue
        for item in written.ContentSequence
        if item.ValueType == "TEXT" and item.ConceptNameCodeSequence[0].CodeValue == "113012"
    ]

    assert text.split("\r\n") == [
        "RESEARCH. Research use only. Not for diagnosis.",
        "Im 5: flag 1, model score 0.94, reader: not decided",
        "Im 9: added by the reader",
        "Im 14: chosen by the reader",
        "Im 17: flag 3, model score 0.70, reader: accepted",
    ]


def test_its_title_is_of_interest(unsigned_report: Report, read_object: ReadObject) -> None:
    written = read_object(write_key_objects, unsigned_report)

    assert written.ConceptNameCodeSequence[0].CodeValue == "113000"
    assert written.Modality == "KO"


def test_the_evidence_holds_what_is_named_and_no_more(
    unsigned_report: Report, read_object: ReadObject
) -> None:
    (study,) = read_object(
        write_key_objects, unsigned_report
    ).CurrentRequestedProcedureEvidenceSequence
    (series,) = study.ReferencedSeriesSequence

    assert len(series.ReferencedSOPSequence) == 4
    assert (study.StudyInstanceUID, series.SeriesInstanceUID) == ("1.2.3.10.87654321", "1.2.3.20")


def test_highdicom_reads_the_same_images(unsigned_report: Report) -> None:
    content = write_key_objects(unsigned_report).documents[0].content
    document = highdicom.ko.KeyObjectSelectionDocument.from_dataset(dcmread(io.BytesIO(content)))
    referenced = document.content.get_references()

    assert [item.referenced_sop_instance_uid for item in referenced] == [
        f"1.2.3.30.{index}" for index in (15, 11, 6, 3)
    ]


def test_with_nothing_chosen_it_is_left_out(make_report: MakeReport) -> None:
    report = make_report(findings=None, heatmaps=(), review=Review())

    assert write_key_objects(report).omitted == ("key: nothing flagged, added or chosen",)
