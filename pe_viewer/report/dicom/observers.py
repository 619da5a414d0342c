"""Who speaks in a structured document (TID 1002 to 1004), and the scheme of its local codes."""

from collections.abc import Iterator
from typing import Final

from pydicom.dataset import Dataset

from pe_models import NOTICE, SOFTWARE_NAME, __version__
from pe_viewer.report.coded import codes
from pe_viewer.report.dicom import content_items as items
from pe_viewer.report.dicom.content_items import Relation
from pe_viewer.report.dicom.identity import model_name, short, stable_uid
from pe_viewer.report.model import Report

VERIFIED: Final = "VERIFIED"
UNVERIFIED: Final = "UNVERIFIED"


def observers(report: Report) -> Iterator[Dataset]:
    """The reader who signed, then the software with the bundle and its hash."""
    context = Relation.OBSERVATION_CONTEXT
    if report.sign_off is not None and report.sign_off.reader:
        yield items.code(codes.OBSERVER_TYPE, codes.PERSON, context)
        yield items.person(codes.PERSON_NAME, short(report.sign_off.reader))
    findings = report.findings
    yield items.code(codes.OBSERVER_TYPE, codes.DEVICE, context)
    yield items.uid(codes.DEVICE_UID, stable_uid(report, f"device {model_name(report)}"))
    yield items.text(codes.DEVICE_NAME, f"{SOFTWARE_NAME} {__version__}. {NOTICE}", context)
    yield items.text(codes.DEVICE_MANUFACTURER, SOFTWARE_NAME, context)
    yield items.text(codes.DEVICE_MODEL, short(model_name(report)), context)
    if findings is not None:
        yield items.text(codes.DEVICE_SERIAL_NUMBER, findings.bundle.sha256, context)


def verification_flag(report: Report) -> str:
    """VERIFIED where somebody signed for an organization that verifies by signing."""
    sign_off = report.sign_off
    is_verified = sign_off is not None and sign_off.signed_at is not None and sign_off.organization
    return VERIFIED if is_verified else UNVERIFIED


def verifying_observers(report: Report) -> list[Dataset]:
    """Verifying Observer Sequence (PS3.3 C.17.2) of a verified report: who signed, and when."""
    sign_off = report.sign_off
    if sign_off is None or sign_off.signed_at is None:
        return []
    observer = Dataset()
    observer.VerifyingObserverName = short(sign_off.reader)
    observer.VerifyingOrganization = short(sign_off.organization)
    observer.VerificationDateTime = f"{sign_off.signed_at:%Y%m%d%H%M%S%z}"
    observer.VerifyingObserverIdentificationCodeSequence = []
    return [observer]


def local_scheme() -> Dataset:
    """Coding Scheme Identification (PS3.3 C.12.1.1.1) of ``99PEV``."""
    item = Dataset()
    item.CodingSchemeDesignator = codes.LOCAL_SCHEME
    item.CodingSchemeName = codes.LOCAL_SCHEME_NAME
    item.CodingSchemeResponsibleOrganization = SOFTWARE_NAME
    return item
