"""The report as one FHIR bundle (R4B, with elements that R4 shares): a collection of resources."""

import json
from collections.abc import Sequence
from typing import Any, Final

from pe_models import NOTICE, SOFTWARE_NAME, __version__
from pe_viewer.form.answers import Presence
from pe_viewer.report import content
from pe_viewer.report.coded import codes
from pe_viewer.report.dicom.identity import (
    RESEARCH,
    date_of,
    model_name,
    series_uid,
    stable_uid,
    study_uid,
)
from pe_viewer.report.fhir.elements import (
    Resource,
    concept,
    fhir_date,
    filled,
    full_url,
    resource,
    uid_identifier,
)
from pe_viewer.report.fhir.observations import Context, model_observations, reader_observations
from pe_viewer.report.model import Report
from pe_viewer.report.writer import Document, Rendering

_GENDERS: Final = {"M": "male", "F": "female", "O": "other"}
_MODALITY_SYSTEM: Final = "http://dicom.nema.org/resources/ontology/DCM"
_SOP_CLASS_SYSTEM: Final = "urn:ietf:rfc:3986"
_LONGEST_INT: Final = 2**31 - 1
"""Of FHIR's unsignedInt; an instance number may be larger."""


def write_fhir(report: Report) -> Rendering:
    """``.json``, UTF-8."""
    text = json.dumps(to_bundle(report), indent=1, ensure_ascii=False, allow_nan=False)
    return Rendering((Document(".json", f"{text}\n".encode()),))


def to_bundle(report: Report) -> Resource:
    """Patient, device, imaging study and observations, then the report that names them all."""
    context = _context(report)
    observations = dict(
        [*model_observations(report, context), *reader_observations(report, context)]
    )
    entries = {
        context.patient: _patient(report),
        context.device: _device(report),
        context.study: _imaging_study(report, context),
        **observations,
        _url(report, "diagnostic report"): _diagnostic_report(report, context, [*observations]),
    }
    return filled(
        resourceType="Bundle",
        meta={"tag": [{"display": f"{RESEARCH}. {NOTICE}"}]},
        type="collection",
        timestamp=context.issued,
        entry=[{"fullUrl": url, "resource": body} for url, body in entries.items()],
    )


def _context(report: Report) -> Context:
    created = report.created
    return Context(
        patient=_url(report, "patient"),
        device=_url(report, f"device {model_name(report)}"),
        study=full_url(study_uid(report)),
        effective=fhir_date(date_of(report.study.date)),
        issued="" if created is None else created.astimezone().isoformat(timespec="seconds"),
        is_signed=report.sign_off is not None,
    )


def _url(report: Report, what: str) -> str:
    return full_url(stable_uid(report, what))


def _patient(report: Report) -> Resource:
    patient = report.study.patient
    parts = [*patient.name.split("=")[0].split("^"), "", ""]
    given = [part for part in parts[1:3] if part]
    name = filled(text=patient.name.replace("^", " ").strip(), family=parts[0], given=given)
    return resource(
        "Patient",
        [],
        identifier=[{"value": patient.patient_id}] if patient.patient_id else [],
        name=[name] if name else [],
        gender=_GENDERS.get(patient.sex.upper(), "unknown"),
        birthDate=fhir_date(date_of(patient.birth_date)),
    )


def _device(report: Report) -> Resource:
    """The software, its bundle and the bundle's hash: what made the scores."""
    versions = [{"type": {"text": "software"}, "value": __version__}]
    if report.findings is not None:
        bundle = report.findings.bundle
        versions += [
            {"type": {"text": "bundle"}, "value": f"{bundle.name} {bundle.version}"},
            {"type": {"text": "bundle sha256"}, "value": bundle.sha256},
        ]
    return resource(
        "Device",
        [content.software_line(report)],
        manufacturer=SOFTWARE_NAME,
        deviceName=[{"name": model_name(report), "type": "model-name"}],
        type={"text": "Software for research"},
        version=versions,
    )


def _imaging_study(report: Report, context: Context) -> Resource:
    study, series = report.study, report.series
    identifiers: list[dict[str, Any]] = [uid_identifier(study_uid(report))]
    if study.accession_number:
        identifiers.append({"type": {"text": "Accession"}, "value": study.accession_number})
    modality = {"system": _MODALITY_SYSTEM, "code": series.modality or "CT"}
    one_series = filled(
        uid=series_uid(report),
        number=_unsigned(series.series_number),
        modality=modality,
        description=series.description,
        numberOfInstances=len({s.sop_instance_uid for s in series.slices}),
        instance=_instances(report),
    )
    return resource(
        "ImagingStudy",
        [],
        identifier=identifiers,
        status="available",
        modality=[modality],
        subject={"reference": context.patient},
        started=context.effective,
        description=study.description,
        series=[one_series],
    )


def _instances(report: Report) -> list[dict[str, Any]]:
    """Each file once; one without a UID cannot be named."""
    files = {s.sop_instance_uid: s for s in report.series.slices if s.sop_instance_uid}
    return [
        filled(
            uid=uid,
            sopClass={"system": _SOP_CLASS_SYSTEM, "code": f"urn:oid:{source.sop_class_uid}"},
            number=_unsigned(source.instance_number),
        )
        for uid, source in files.items()
    ]


def _diagnostic_report(report: Report, context: Context, observations: Sequence[str]) -> Resource:
    """The conclusion is the reader's impression and nothing else."""
    impression = content.impression(report)
    is_ctpa = report.series.is_ctpa_candidate
    form = report.form
    presence = None if form is None else form.presence
    elements = context.elements()
    sign_off = report.sign_off
    if sign_off is not None and sign_off.addenda:
        elements["status"] = "appended"
    signed_by = "" if sign_off is None else sign_off.reader
    return resource(
        "DiagnosticReport",
        [content.verdict(report), content.software_line(report), content.created_line(report)],
        category=[{"text": f"{RESEARCH}: radiology"}],
        code=concept(codes.CTPA_REPORT if is_ctpa else codes.IMAGING_REPORT),
        resultsInterpreter=[{"display": signed_by}] if signed_by else [],
        result=[{"reference": url} for url in observations],
        imagingStudy=[{"reference": context.study}],
        conclusion="" if impression == content.NO_IMPRESSION else impression,
        conclusionCode=[] if presence is None else [_conclusion(presence)],
        **elements,
    )


def _conclusion(presence: Presence) -> dict[str, Any]:
    return concept(codes.PRESENCES[presence], f"Pulmonary embolism: {presence}")


def _unsigned(number: int | None) -> int | None:
    return number if number is not None and 0 <= number <= _LONGEST_INT else None
