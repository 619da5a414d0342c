"""Who was examined, how, and what made the report."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from pe_models import SOFTWARE_NAME, __version__
from pe_models.imaging.study import Series
from pe_models.tasks import DEFAULT_TASK, HEMORRHAGE, PE, PNEUMONIA
from pe_viewer.display import texts
from pe_viewer.draft.sign_off_words import signed_text
from pe_viewer.draft.words import words_of
from pe_viewer.report.content.parts import Fact, Note
from pe_viewer.report.content.phrases import Phrases, phrases_of
from pe_viewer.report.model import Report

DEIDENTIFIED: Final = (
    "The patient's name and dates were removed, also from typed text; ids and UIDs were replaced."
)

TITLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        PE.key: "CT pulmonary angiography: research report",
        HEMORRHAGE.key: "Head CT: research report",
        PNEUMONIA.key: "Chest radiograph: research report",
    }
)
"""Of every task."""


def patient_line(report: Report) -> str:
    """Who was examined: name, age and sex, id."""
    patient, say = report.study.patient, phrases_of(report)
    age_and_sex = texts.age_and_sex(patient.age, patient.sex, other=say("other"))
    identity = f"ID {patient.patient_id}" if patient.patient_id else ""
    born = (
        say("born {date}", date=texts.date_text(patient.birth_date)) if patient.birth_date else ""
    )
    name = texts.person_name(patient.name) or say("No name")
    return "   ".join(part for part in (name, age_and_sex, born, identity) if part)


def study_line(report: Report) -> str:
    """Which examination: date, description, accession number."""
    study, say = report.study, phrases_of(report)
    accession = say("Accession {number}", number=study.accession_number)
    when = " ".join(
        part for part in (texts.date_text(study.date), texts.time_text(study.time)) if part
    )
    unknown = say("Date removed" if report.is_deidentified else "No date")
    known = (when or unknown, study.description, accession if study.accession_number else "")
    return "   ".join(part for part in known if part)


def software_line(report: Report) -> str:
    """What made the report: software, bundle and the beginning of the bundle's hash."""
    software, say = f"{SOFTWARE_NAME} {__version__}", phrases_of(report)
    if report.findings is None:
        return f"{software} · {say('no model')}"
    bundle = report.findings.bundle
    named = say("bundle {name} {version}", name=bundle.name, version=bundle.version)
    return f"{software} · {named} · sha256 {bundle.sha256[:12]}"


def created_line(report: Report) -> str:
    """When it was made, and whether somebody stands by it."""
    say = phrases_of(report)
    signed = say("Not signed")
    if report.sign_off is not None:
        signed = signed_text(report.sign_off, words_of(say.language))
    if report.created is None:
        return say("{signed}. {removed}", signed=signed, removed=say(DEIDENTIFIED))
    return say("Made {time}. {signed}.", time=f"{report.created:%Y-%m-%d %H:%M}", signed=signed)


def title(report: Report) -> str:
    """What was examined, by the task that it was analysed for, and what kind of report it is."""
    task = DEFAULT_TASK if report.findings is None else report.findings.task
    if report.series.is_radiograph:
        task = PNEUMONIA.key
    return phrases_of(report)(TITLES[task])


def examination(report: Report) -> tuple[Fact, ...]:
    """What was scanned, as the files say; what they do not say is left out."""
    series, say = report.series, phrases_of(report)
    thickness = series.slice_thickness_mm
    facts = (
        ("Series", _series_name(report)),
        ("Picture" if series.is_radiograph else "Slices", _matrix(series, say)),
        ("Spacing", _spacing(series, say)),
        ("Slice thickness", "" if thickness is None else say.number(f"{thickness:g} mm")),
        ("Kernel", series.kernel),
        ("Contrast agent", series.contrast_agent),
        ("Scanner", series.manufacturer),
    )
    return tuple(Fact(say(term), value) for term, value in facts if value)


def _matrix(series: Series, say: Phrases) -> str:
    if series.is_radiograph:
        return say("{rows} x {cols} pixels", rows=series.rows, cols=series.cols)
    return say(
        "{slices}, {rows} x {cols} pixels",
        slices=series.n_slices,
        rows=series.rows,
        cols=series.cols,
    )


def _spacing(series: Series, say: Phrases) -> str:
    slice_mm, row_mm, col_mm = series.geometry.spacing_mm
    rows, cols = say.number(f"{row_mm:.3f}"), say.number(f"{col_mm:.3f}")
    if series.is_radiograph:
        return say("{rows} x {cols} mm at the detector", rows=rows, cols=cols)
    return say(
        "{between} mm between slices, {rows} x {cols} mm in plane",
        between=say.number(f"{slice_mm:.2f}"),
        rows=rows,
        cols=cols,
    )


def identifiers(report: Report) -> tuple[Fact, ...]:
    say = phrases_of(report)
    return (
        Fact(say("Study UID"), report.study.study_uid),
        Fact(say("Series UID"), report.series.series_uid),
    )


def quality(report: Report) -> tuple[Note, ...]:
    """Whether this CT can answer the question, measured, and what is odd about its files."""
    findings, say = report.findings, phrases_of(report)
    notes = [Note(say.warning(warning.message), True) for warning in report.series.warnings]
    if findings is None:
        return (*notes, Note(say("Quality was not measured, as no analysis was made."), False))
    measured = findings.quality.pulmonary_artery_hu
    notes += [Note(say.warning(warning.message), True) for warning in findings.quality.warnings]
    if measured is not None:
        notes.append(Note(say("Pulmonary artery: {hu} HU.", hu=round(measured)), False))
    if not findings.quality.warnings:
        notes.append(Note(say("Quality measured from pixels: no warnings."), False))
    return tuple(notes)


def _series_name(report: Report) -> str:
    series = report.series
    number = "" if series.series_number is None else str(series.series_number)
    return ": ".join(part for part in (number, series.description) if part)
