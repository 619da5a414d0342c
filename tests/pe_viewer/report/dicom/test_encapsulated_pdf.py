"""The PDF within a DICOM object is the PDF report."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from pydicom.dataset import FileDataset

from pe_viewer.report.dicom.encapsulated_pdf import write_encapsulated_pdf
from pe_viewer.report.model import Report
from pe_viewer.report.writer import Writer

MakeReport = Callable[..., Report]
ReadObject = Callable[[Writer, Report], FileDataset]

pytestmark = pytest.mark.usefixtures("qapp")


def test_it_holds_a_whole_pdf_of_the_length_it_says(
    report: Report, read_object: ReadObject
) -> None:
    dataset = read_object(write_encapsulated_pdf, report)
    pdf = dataset.EncapsulatedDocument[: dataset.EncapsulatedDocumentLength]

    assert pdf.startswith(b"%PDF-")
    assert pdf.rstrip().endswith(b"%%EOF")
    assert len(dataset.EncapsulatedDocument) - len(pdf) in (0, 1)


def test_its_title_says_research_and_holds_the_notice(
    report: Report, read_object: ReadObject
) -> None:
    dataset = read_object(write_encapsulated_pdf, report)

    assert dataset.DocumentTitle == "RESEARCH CTPA report. Research use only. Not for diagnosis."


def test_it_says_whether_the_pages_name_the_person(
    make_report: MakeReport, read_object: ReadObject
) -> None:
    named = read_object(write_encapsulated_pdf, make_report())
    unnamed = read_object(write_encapsulated_pdf, make_report(deidentify=True))

    assert (named.BurnedInAnnotation, unnamed.BurnedInAnnotation) == ("YES", "NO")


def test_it_is_verified_only_by_a_signature_for_an_organization(
    signed_report: Report, read_object: ReadObject
) -> None:
    assert signed_report.sign_off is not None
    for_a_site = replace(signed_report.sign_off, organization="St. Ida")
    verified = replace(signed_report, sign_off=for_a_site)

    assert read_object(write_encapsulated_pdf, signed_report).VerificationFlag == "UNVERIFIED"
    assert read_object(write_encapsulated_pdf, verified).VerificationFlag == "VERIFIED"


def test_a_report_without_analysis_has_one_too(
    bare_report: Report, read_object: ReadObject
) -> None:
    assert read_object(write_encapsulated_pdf, bare_report).SeriesDescription.startswith("RESEARCH")
