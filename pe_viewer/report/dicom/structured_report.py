"""The report as a DICOM structured report (TID 1500), a slice score for every slice."""

from collections.abc import Iterator, Sequence
from typing import Final

from pydicom.dataset import Dataset
from pydicom.uid import ComprehensiveSRStorage, ImplicitVRLittleEndian

from pe_models import NOTICE
from pe_viewer.report.coded import codes
from pe_viewer.report.dicom import content_items as items
from pe_viewer.report.dicom.content_items import Relation
from pe_viewer.report.dicom.identity import ObjectKind, encode, fresh_uid, new_object, verbatim
from pe_viewer.report.dicom.observers import (
    VERIFIED,
    local_scheme,
    observers,
    verification_flag,
    verifying_observers,
)
from pe_viewer.report.dicom.sources import evidence, unreferable
from pe_viewer.report.dicom.sr_model import exam_group, model_groups, slice_groups
from pe_viewer.report.dicom.sr_reader import reader_groups
from pe_viewer.report.model import Report
from pe_viewer.report.writer import Document, Rendering

KIND: Final = ObjectKind(9701, "CTPA report, slice scores")

MOST_BYTES: Final = 200_000
"""A larger document is parted: viewers take documents of many groups in slowly, if at all."""
SLICES_APART: Final = 280
"""Groups of slices in each further document: below ``MOST_BYTES`` also with the longest UIDs."""


_REFERS_TO: Final = "ReferencedSOPInstanceUID"


@verbatim
def write_structured_report(report: Report) -> Rendering:
    """``.dcm``: COMPLETE once signed, VERIFIED only where a site lets signatures verify.

    One that would be larger than ``MOST_BYTES`` has its slices in ``-slices1.dcm`` and so on,
    further documents of its series. In DICOM's default transfer syntax, which every peer takes: a
    document of this many sequences is 4 % smaller in it.
    """
    empty = unreferable("sr", report)
    if empty is not None:
        return empty
    said, slices = [*reader_groups(report), *model_groups(report)], [*slice_groups(report)]
    if not said:
        return Rendering((), ("sr: not analysed, and nothing entered by a reader",))
    whole = _document(report, [*said, *slices])
    if len(whole) <= MOST_BYTES or not slices:
        return Rendering((Document(".dcm", whole),))
    return Rendering(tuple(_parted(report, said, slices)))


def _parted(
    report: Report, said: Sequence[Dataset], slices: Sequence[Dataset]
) -> Iterator[Document]:
    """What was said, then the slices; each with the examination, so that it stands by itself."""
    series = fresh_uid()
    yield Document(".dcm", _document(report, said, series))
    for number, start in enumerate(range(0, len(slices), SLICES_APART), start=1):
        exam = () if report.findings is None else (exam_group(report, report.findings),)
        groups = [*exam, *slices[start : start + SLICES_APART]]
        yield Document(f"-slices{number}.dcm", _document(report, groups, series, number + 1))


def _document(
    report: Report, groups: Sequence[Dataset], series: str | None = None, instance_number: int = 1
) -> bytes:
    """``series`` None is a series of its own."""
    dataset = new_object(ComprehensiveSRStorage, "SR")
    dataset.SeriesInstanceUID = series or dataset.SeriesInstanceUID
    dataset.InstanceNumber = instance_number
    _add_document(dataset, report, groups)
    dataset.update(_root(report, groups))
    return encode(dataset, report, KIND, ImplicitVRLittleEndian)


def _add_document(dataset: Dataset, report: Report, groups: Sequence[Dataset]) -> None:
    """SR Document Series and General modules (PS3.3 C.17.1, C.17.2)."""
    dataset.ReferencedPerformedProcedureStepSequence = []
    dataset.ContentDate = dataset.ContentTime = ""
    dataset.CompletionFlag = "PARTIAL" if report.sign_off is None else "COMPLETE"
    dataset.CompletionFlagDescription = NOTICE
    dataset.VerificationFlag = verification_flag(report)
    dataset.PreliminaryFlag = "FINAL" if dataset.VerificationFlag == VERIFIED else "PRELIMINARY"
    if dataset.VerificationFlag == VERIFIED:
        dataset.VerifyingObserverSequence = verifying_observers(report)
    dataset.PerformedProcedureCodeSequence = []
    dataset.CodingSchemeIdentificationSequence = [local_scheme()]
    dataset.CurrentRequestedProcedureEvidenceSequence = evidence(report, _shown(report, groups))


def _shown(report: Report, groups: Sequence[Dataset]) -> Iterator[int]:
    """The slices that the groups refer to; all of a document that refers to none."""
    uids = {e.value for group in groups for e in group.iterall() if e.keyword == _REFERS_TO}
    for index, source in enumerate(report.series.slices):
        if source.sop_instance_uid in uids or not uids:
            yield index


def _root(report: Report, groups: Sequence[Dataset]) -> Dataset:
    children = [
        items.code(codes.LANGUAGE, codes.ENGLISH, Relation.CONCEPT_MODIFIER),
        *observers(report),
        items.code(codes.PROCEDURE_REPORTED, codes.COMPUTED_TOMOGRAPHY, Relation.CONCEPT_MODIFIER),
        items.container(codes.IMAGING_MEASUREMENTS, groups),
    ]
    return items.container(
        codes.IMAGING_MEASUREMENT_REPORT, children, template="1500", relation=None
    )
