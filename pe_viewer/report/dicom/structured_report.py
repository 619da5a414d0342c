"""The report as a DICOM structured report (TID 1500), a slice score for every slice."""

from typing import Final

from pydicom.dataset import Dataset
from pydicom.uid import ComprehensiveSRStorage, ImplicitVRLittleEndian

from pe_models import NOTICE
from pe_viewer.report import codes
from pe_viewer.report.dicom import content_items as items
from pe_viewer.report.dicom.content_items import Relation
from pe_viewer.report.dicom.identity import ObjectKind, encode, new_object, verbatim
from pe_viewer.report.dicom.observers import (
    VERIFIED,
    local_scheme,
    observers,
    verification_flag,
    verifying_observers,
)
from pe_viewer.report.dicom.sources import evidence, unreferable
from pe_viewer.report.dicom.sr_model import model_groups
from pe_viewer.report.dicom.sr_reader import reader_groups
from pe_viewer.report.model import Report
from pe_viewer.report.writer import Document, Rendering

KIND: Final = ObjectKind(9701, "CTPA report, slice scores")


@verbatim
def write_structured_report(report: Report) -> Rendering:
    """``.dcm``: COMPLETE once signed, VERIFIED only where a site lets signatures verify.

    In DICOM's default transfer syntax, which every peer takes: a document of this many sequences is
    4 % smaller in it.
    """
    empty = unreferable("sr", report)
    if empty is not None:
        return empty
    groups = [*reader_groups(report), *model_groups(report)]
    if not groups:
        return Rendering((), ("sr: not analysed, and nothing entered by a reader",))
    dataset = new_object(ComprehensiveSRStorage, "SR")
    _add_document(dataset, report)
    dataset.update(_root(report, groups))
    content = encode(dataset, report, KIND, ImplicitVRLittleEndian)
    return Rendering((Document(".dcm", content),))


def _add_document(dataset: Dataset, report: Report) -> None:
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
    every_slice = range(report.series.n_slices)
    dataset.CurrentRequestedProcedureEvidenceSequence = evidence(report, every_slice)


def _root(report: Report, groups: list[Dataset]) -> Dataset:
    children = [
        items.code(codes.LANGUAGE, codes.ENGLISH, Relation.CONCEPT_MODIFIER),
        *observers(report),
        items.code(codes.PROCEDURE_REPORTED, codes.COMPUTED_TOMOGRAPHY, Relation.CONCEPT_MODIFIER),
        items.container(codes.IMAGING_MEASUREMENTS, groups),
    ]
    return items.container(
        codes.IMAGING_MEASUREMENT_REPORT, children, template="1500", relation=None
    )
