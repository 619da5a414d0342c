"""The data types of FHIR that the report's resources are made of, as plain dictionaries.

Only elements that R4 and R4B share are written (HL7 FHIR R4, R4B; both of 4.x).
"""

import html
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from pydicom.sr.coding import Code

from pe_models import NOTICE

Resource = dict[str, Any]

SYSTEMS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "SCT": "http://snomed.info/sct",
        "LN": "http://loinc.org",
        "UCUM": "http://unitsofmeasure.org",
        "DCM": "http://dicom.nema.org/resources/ontology/DCM",
        "99PEV": "urn:oid:2.25.248916166930003877554069694621886400944",
    }
)
"""Coding scheme designator of DICOM -> system of FHIR; 99PEV under an OID of our own."""

_RESEARCH: Final = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason",
    "code": "HRESCH",
    "display": "healthcare research",
}
_XHTML: Final = "http://www.w3.org/1999/xhtml"


def resource(resource_type: str, words: Iterable[str], **elements: Any) -> Resource:
    """A resource marked as research, with the notice and ``words`` as its narrative."""
    lines = "".join(f"<p>{html.escape(line)}</p>" for line in (NOTICE, *words) if line)
    return filled(
        resourceType=resource_type,
        meta={"security": [dict(_RESEARCH)]},
        text={"status": "generated", "div": f'<div xmlns="{_XHTML}">{lines}</div>'},
        **elements,
    )


def filled(**elements: Any) -> dict[str, Any]:
    """Without what is empty, which FHIR does not allow; 0 and False stay."""
    return {name: value for name, value in elements.items() if value not in (None, "", [], {})}


def concept(code: Code, text: str = "") -> dict[str, Any]:
    coding = {
        "system": SYSTEMS[code.scheme_designator],
        "code": code.value,
        "display": code.meaning,
    }
    return filled(coding=[coding], text=text)


def quantity(value: float, unit: Code, text: str = "") -> dict[str, Any]:
    return {
        "value": value,
        "unit": text or unit.meaning,
        "system": SYSTEMS["UCUM"],
        "code": unit.value,
    }


def full_url(uid: str) -> str:
    """The same for the same UID, so that a second import finds the first."""
    return uuid.uuid5(uuid.NAMESPACE_OID, uid).urn


def uid_identifier(uid: str) -> dict[str, str]:
    """A DICOM UID as the standard says it is written (ImagingStudy.identifier)."""
    return {"system": "urn:dicom:uid", "value": f"urn:oid:{uid}"}


def fhir_date(dicom_date: str) -> str:
    """``2026-11-20`` of ``20261120``; "" for what is no day of the calendar."""
    try:
        return datetime.strptime(dicom_date, "%Y%m%d").strftime("%Y-%m-%d")
    except ValueError:
        return ""
