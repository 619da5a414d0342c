"""The slices worth looking at, as a key object selection (TID 2010): references, no pixels."""

from collections.abc import Iterator
from typing import Final

from pydicom.dataset import Dataset
from pydicom.uid import KeyObjectSelectionDocumentStorage

from pe_models import NOTICE
from pe_viewer.display import texts
from pe_viewer.report.coded import codes
from pe_viewer.report.dicom import content_items as items
from pe_viewer.report.dicom.identity import RESEARCH, ObjectKind, encode, new_object, verbatim
from pe_viewer.report.dicom.observers import local_scheme, observers
from pe_viewer.report.dicom.sources import evidence, unreferable
from pe_viewer.report.model import Report
from pe_viewer.report.writer import Document, Rendering
from pe_viewer.review import DecisionState

KIND: Final = ObjectKind(9704, "key images")


@verbatim
def write_key_objects(report: Report) -> Rendering:
    """``.dcm``; omitted where nothing was flagged, added or chosen, or all was rejected."""
    empty = unreferable("key", report)
    if empty is not None:
        return empty
    why = dict(_chosen(report))
    if not why:
        return Rendering((), ("key: nothing flagged, added or chosen",))
    dataset = new_object(KeyObjectSelectionDocumentStorage, "KO")
    dataset.ReferencedPerformedProcedureStepSequence = []
    dataset.ContentDate = dataset.ContentTime = ""
    dataset.CodingSchemeIdentificationSequence = [local_scheme()]
    dataset.CurrentRequestedProcedureEvidenceSequence = evidence(report, why)
    dataset.update(_root(report, why))
    return Rendering((Document(".dcm", encode(dataset, report, KIND)),))


def _chosen(report: Report) -> Iterator[tuple[int, str]]:
    """(slice index, why), the reader's own last, so that their reason stands where both chose."""
    review = report.review
    for number, flag in report.numbered_flags:
        state = review.state_of(flag)
        if state is not DecisionState.REJECTED:
            score = texts.score_text(flag.score)
            reader = texts.DECISION_TEXTS[state]
            yield flag.peak, f"flag {number}, model score {score}, reader: {reader}"
    for run in review.added:
        yield run.peak, "added by the reader"
    for index in sorted(review.key_slices):
        yield index, "chosen by the reader"


def _root(report: Report, why: dict[int, str]) -> Dataset:
    from_the_head = sorted(why, reverse=True)
    lines = [f"{RESEARCH}. {NOTICE}"]
    lines += [f"{_name(report, index)}: {why[index]}" for index in from_the_head]
    children = [
        *observers(report),
        items.text(codes.KEY_OBJECT_DESCRIPTION, "\r\n".join(lines)),
        *(items.image(report.source(index)) for index in from_the_head),
    ]
    return items.container(codes.OF_INTEREST, children, template="2010", relation=None)


def _name(report: Report, slice_index: int) -> str:
    return texts.slice_name(slice_index, report.source(slice_index).instance_number)
