"""The report as one JSON object; its schema is ``resources/report/report.schema.json``.

``findings`` is the object of ``findings.json`` as it is, scores unrounded. What the model says and
what the reader says are separate objects.
"""

import json
from typing import Any, Final

from pe_models import NOTICE, SOFTWARE_NAME, __version__
from pe_models.imaging.study import Series, Study
from pe_viewer.form.ctpa_form import CtpaForm
from pe_viewer.form.form_json import form_to_dict, sign_off_to_dict
from pe_viewer.report import content
from pe_viewer.report.measurements import measurement_to_dict
from pe_viewer.report.model import KeyImage, Report
from pe_viewer.report.writer import Document, Rendering
from pe_viewer.review import Decision, Review

SCHEMA_VERSION: Final = 1


def write_json(report: Report) -> Rendering:
    """``.json``, UTF-8."""
    text = json.dumps(to_dict(report), indent=1, ensure_ascii=False, allow_nan=False)
    return Rendering((Document(".json", f"{text}\n".encode()),))


def to_dict(report: Report) -> dict[str, Any]:
    """The object of the schema, keys in its order."""
    return {
        "schema_version": SCHEMA_VERSION,
        "research_use_only": True,
        "notice": NOTICE,
        "software": {"name": SOFTWARE_NAME, "version": __version__},
        "created": None if report.created is None else report.created.isoformat(),
        "is_deidentified": report.is_deidentified,
        "study": _study(report.study),
        "series": _series(report.series),
        "reader": _reader(report),
        "findings": None if report.findings is None else report.findings.to_dict(),
        "key_images": [_key_image(report, image) for image in report.key_images],
    }


def _study(study: Study) -> dict[str, Any]:
    patient = study.patient
    return {
        "study_uid": study.study_uid,
        "date": study.date,
        "time": study.time,
        "description": study.description,
        "accession_number": study.accession_number,
        "patient": {
            "name": patient.name,
            "patient_id": patient.patient_id,
            "birth_date": patient.birth_date,
            "sex": patient.sex,
            "age": patient.age,
        },
    }


def _series(series: Series) -> dict[str, Any]:
    return {
        "series_uid": series.series_uid,
        "series_number": series.series_number,
        "description": series.description,
        "modality": series.modality,
        "n_slices": series.n_slices,
        "rows": series.rows,
        "cols": series.cols,
        "spacing_mm": list(series.geometry.spacing_mm),
        "slice_thickness_mm": series.slice_thickness_mm,
        "kernel": series.kernel,
        "contrast_agent": series.contrast_agent,
        "manufacturer": series.manufacturer,
        "warnings": [
            {"code": warning.code, "message": warning.message, "files": list(warning.files)}
            for warning in series.warnings
        ],
    }


def _reader(report: Report) -> dict[str, Any]:
    review, form, signed = report.review, report.form, report.sign_off
    said = content.impression(report)
    return {
        "impression": None if said == content.NO_IMPRESSION else said,
        "form": None if form is None else _form(form),
        "sign_off": None if signed is None else sign_off_to_dict(signed),
        "decisions": [_decision(decision) for decision in review.decisions],
        "first_read": _first_read(review),
        "coverage": _coverage(report),
        "key_slices": sorted(review.key_slices),
        "measurements": [measurement_to_dict(m) for m in report.measurements],
    }


def _form(form: CtpaForm) -> dict[str, Any]:
    """The fields, with what follows from them; no burden where no artery is marked."""
    burden = form.burden if form.sites else None
    return {
        **form_to_dict(form),
        "rv_lv_ratio": form.rv_lv_ratio,
        "sides": form.sides,
        "qanadli": None if burden is None else burden.qanadli,
        "mastora": None if burden is None else [burden.mastora_least, burden.mastora_most],
    }


def _first_read(review: Review) -> list[dict[str, Any]] | None:
    """What the reader had found before the model was seen; null where no first read was locked."""
    read = review.first_read
    return None if read is None else [_decision(decision) for decision in read]


def _coverage(report: Report) -> dict[str, Any] | None:
    """What had been on screen when the report was made; null where nobody read."""
    coverage = report.coverage
    if coverage is None:
        return None
    return {
        "n_viewed": coverage.n_viewed,
        "n_slices": coverage.n_slices,
        "unvisited_flags": [n for n, flag in report.numbered_flags if flag in coverage.unvisited],
    }


def _decision(decision: Decision) -> dict[str, Any]:
    return {
        "first": decision.first,
        "peak": decision.peak,
        "last": decision.last,
        "state": decision.state,
        "reason": decision.reason,
        "comment": decision.comment,
    }


def _key_image(report: Report, image: KeyImage) -> dict[str, Any]:
    source = report.source(image.slice_index)
    return {
        "slice_index": image.slice_index,
        "instance_number": source.instance_number,
        "frame_number": source.frame_number,
        "sop_instance_uid": source.sop_instance_uid,
        "position_mm": source.position_mm,
        "kind": image.kind,
        "flag_number": image.flag_number,
        "heatmap_method": None if image.heatmap is None else image.heatmap.method,
    }
