"""The PDF report as a DICOM object, so that an archive can keep it with the study."""

from typing import Final

from pydicom.dataset import Dataset
from pydicom.uid import EncapsulatedPDFStorage

from pe_models import NOTICE
from pe_viewer.report.coded import codes
from pe_viewer.report.dicom.content_items import coded
from pe_viewer.report.dicom.identity import RESEARCH, ObjectKind, encode, new_object, verbatim
from pe_viewer.report.dicom.observers import verification_flag
from pe_viewer.report.dicom.sources import instances, unreferable
from pe_viewer.report.model import Report
from pe_viewer.report.pdf.document import write_pdf
from pe_viewer.report.writer import Document, Rendering

KIND: Final = ObjectKind(9707, "CTPA report (PDF)")
_TITLE: Final = f"{RESEARCH} CTPA report. {NOTICE}"


@verbatim
def write_encapsulated_pdf(report: Report) -> Rendering:
    """``.dcm``, Encapsulated PDF (PS3.3 A.45.1) around what the format pdf writes."""
    documents = tuple(
        Document(".dcm", encode(_encapsulated(report, pdf.content), report, KIND))
        for pdf in write_pdf(report).documents
    )
    return Rendering(documents)


def _encapsulated(report: Report, pdf: bytes) -> Dataset:
    dataset = new_object(EncapsulatedPDFStorage, "DOC")
    dataset.ConversionType = "WSD"
    dataset.ContentDate = dataset.ContentTime = dataset.AcquisitionDateTime = ""
    dataset.BurnedInAnnotation = "NO" if report.is_deidentified else "YES"
    dataset.DocumentTitle = _TITLE
    dataset.ConceptNameCodeSequence = coded(codes.IMAGING_REPORT)
    dataset.VerificationFlag = verification_flag(report)
    if unreferable("dicompdf", report) is None:
        peaks = {image.slice_index for image in report.key_images}
        if peaks:
            dataset.SourceInstanceSequence = instances(report, peaks)
    dataset.MIMETypeOfEncapsulatedDocument = "application/pdf"
    dataset.EncapsulatedDocumentLength = len(pdf)
    dataset.EncapsulatedDocument = pdf + b"\0" * (len(pdf) % 2)
    return dataset
