"""What every DICOM object has in common: identity, notice, time, and the checkers of others."""

import io
import logging
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from pydicom import config, dcmread, dcmwrite

from pe_models import NOTICE
from pe_models.findings import Findings
from pe_models.imaging.warnings import SeriesWarning, WarningCode
from pe_viewer.report.content import impression
from pe_viewer.report.dicom.encapsulated_pdf import write_encapsulated_pdf
from pe_viewer.report.dicom.key_objects import write_key_objects
from pe_viewer.report.dicom.parametric_map import write_parametric_maps
from pe_viewer.report.dicom.presentation_state import write_presentation_states
from pe_viewer.report.dicom.secondary_capture import write_secondary_captures
from pe_viewer.report.dicom.segmentation import write_segmentation
from pe_viewer.report.dicom.structured_report import write_structured_report
from pe_viewer.report.model import Report
from pe_viewer.report.writer import Writer
from pe_viewer.review import Review

REPOSITORY = Path(__file__).resolve().parents[4]

MakeReport = Callable[..., Report]
Check = Callable[[bytes], list[str]]

pytestmark = pytest.mark.usefixtures("qapp")

WRITERS: dict[str, Writer] = {
    "sr": write_structured_report,
    "pmap": write_parametric_maps,
    "seg": write_segmentation,
    "key": write_key_objects,
    "gsps": write_presentation_states,
    "sc": write_secondary_captures,
    "dicompdf": write_encapsulated_pdf,
}
every_format = pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)

some_formats = pytest.mark.parametrize(
    "write", [write_structured_report, write_segmentation], ids=["sr", "seg"]
)
"""One made here, one by highdicom: what is tested lies in what all have in common."""

IDENTIFYING = (
    "QUIXOTEWITZ",
    "Quixotewitz",
    "ID-4711",
    "ACC-0815",
    "STUDY-1",
    "CT CHEST DOE",
    "DOE PULM",
    "jane7",
    "19630201",
    "20261120",
    "1.2.3.10.87654321",
    "1.2.3.20",
    "1.2.3.30",
    "1.2.3.40",
)


def contents(write: Writer, report: Report) -> list[bytes]:
    found = [document.content for document in write(report).documents]
    assert found
    return found


def with_patient(report: Report, **changes: str) -> Report:
    study = report.study
    return replace(report, study=replace(study, patient=replace(study.patient, **changes)))


@every_format
def test_the_checker_of_dicom3tools_finds_no_error(
    full_report: Report, write: Writer, dciodvfy_errors: Check
) -> None:
    assert [dciodvfy_errors(content) for content in contents(write, full_report)[:2]] in (
        [[]],
        [[], []],
    )


@every_format
def test_objects_of_frames_are_without_error(
    scored_frames: Report, write: Writer, dciodvfy_errors: Check
) -> None:
    report = replace(scored_frames, key_images=_key_images(scored_frames))
    assert dciodvfy_errors(contents(write, report)[0]) == []


@every_format
def test_a_study_that_says_nothing_of_itself_is_without_error(
    unsigned_report: Report, write: Writer, dciodvfy_errors: Check
) -> None:
    """No name, id, date, study UID, series UID or frame of reference."""
    bare = with_patient(unsigned_report, name="", patient_id="", birth_date="", sex="", age="")
    study = replace(bare.study, study_uid="", date="", time="", description="", accession_number="")
    series = replace(bare.series, study_uid="", series_uid="", frame_of_reference_uid="")
    assert bare.findings is not None
    findings = replace(bare.findings, study_uid="", series_uid="")
    report = replace(bare, study=study, series=series, findings=findings)
    content = contents(write, report)[0]

    assert dciodvfy_errors(content) == []
    assert re.fullmatch(r"2\.25\.\d+", dcmread(io.BytesIO(content)).StudyInstanceUID)


@every_format
def test_the_study_and_patient_are_those_of_the_images(full_report: Report, write: Writer) -> None:
    dataset = dcmread(io.BytesIO(contents(write, full_report)[0]))

    assert dataset.PatientName == "DOE^JANE"
    assert (dataset.PatientID, dataset.PatientBirthDate) == ("ID-4711", "19630201")
    assert (dataset.PatientSex, dataset.PatientAge) == ("F", "063Y")
    assert dataset.StudyInstanceUID == "1.2.3.10.87654321"
    assert (dataset.StudyDate, dataset.StudyTime) == ("20261120", "091500")
    assert (dataset.AccessionNumber, dataset.StudyID) == ("ACC-0815", "STUDY-1")
    assert dataset.SeriesInstanceUID != "1.2.3.20"


@every_format
def test_research_the_notice_and_the_bundle_stand_in_each(
    full_report: Report, write: Writer
) -> None:
    dataset = dcmread(io.BytesIO(contents(write, full_report)[0]))

    assert dataset.SeriesDescription.startswith("RESEARCH ")
    assert NOTICE in dataset.SoftwareVersions
    assert dataset.ManufacturerModelName == "pe-test 1.2"
    assert dataset.DeviceSerialNumber == "ab" * 32


@every_format
def test_pydicom_accepts_every_value_and_writes_the_same_file(
    full_report: Report, write: Writer
) -> None:
    """Strictly: a value that breaks the rules of its representation raises."""
    content = contents(write, full_report)[0]
    with config.strict_reading():
        dataset = dcmread(io.BytesIO(content))
        n_elements = sum(1 for _ in dataset.iterall())
    again = io.BytesIO()
    dcmwrite(again, dataset, enforce_file_format=True)

    assert n_elements > 30
    assert again.getvalue() == content


@some_formats
@pytest.mark.parametrize("name", ["Müller-Lüdenscheidt^Jürgen", "Wang^XiaoDong=王^小东", "Яцек^Ёж"])
def test_names_of_any_script_survive(full_report: Report, write: Writer, name: str) -> None:
    dataset = dcmread(io.BytesIO(contents(write, with_patient(full_report, name=name))[0]))

    assert dataset.SpecificCharacterSet == "ISO_IR 192"
    assert str(dataset.PatientName) == name


@every_format
def test_identifiers_too_long_for_dicom_stay_whole_and_are_not_logged(
    full_report: Report, write: Writer, caplog: pytest.LogCaptureFixture
) -> None:
    report = with_patient(full_report, patient_id="P" * 70, name="N" * 70)
    report = replace(report, study=replace(report.study, accession_number="A" * 64))
    with caplog.at_level(logging.DEBUG):
        content = contents(write, report)[0]

    assert b"P" * 70 in content
    assert b"A" * 64 in content
    assert not any("P" * 70 in record.getMessage() for record in caplog.records)


@every_format
def test_uids_that_break_the_rules_are_kept(
    make_report: MakeReport, unsigned_report: Report, write: Writer
) -> None:
    """A component with a leading zero is wrong (PS3.5 9.1) and all too common."""
    study = replace(unsigned_report.study, study_uid="1.2.03.00000000")
    report = replace(unsigned_report, study=study)

    assert b"1.2.03.00000000" in contents(write, report)[0]


@some_formats
def test_a_date_or_sex_that_is_none_is_left_empty(
    full_report: Report, write: Writer, dciodvfy_errors: Check
) -> None:
    report = with_patient(full_report, birth_date="unknown", sex="female", age="63")
    report = replace(report, study=replace(report.study, date="2026.11.20", time="9:15"))
    content = contents(write, report)[0]
    dataset = dcmread(io.BytesIO(content))

    assert (dataset.PatientBirthDate, dataset.PatientSex) == ("", "")
    assert (dataset.StudyDate, dataset.StudyTime) == ("20261120", "")
    assert dciodvfy_errors(content) == []


@every_format
def test_a_deidentified_object_holds_nothing_of_the_person_the_day_or_the_uids(
    make_report: MakeReport, write: Writer, clot_maps: object, measured: Review
) -> None:
    name = {"name": "QUIXOTEWITZ^Jane"}
    named = make_report(heatmaps=clot_maps, review=measured, patient=name)
    report = make_report(heatmaps=clot_maps, review=measured, patient=name, deidentify=True)
    today = f"{datetime.now():%Y%m%d}"

    assert b"QUIXOTEWITZ" in contents(write, named)[0]
    for content in contents(write, report):
        assert [word for word in (*IDENTIFYING, today) if word.encode() in content] == []


@every_format
def test_a_deidentified_object_says_so_and_is_without_error(
    make_report: MakeReport,
    write: Writer,
    clot_maps: object,
    measured: Review,
    dciodvfy_errors: Check,
) -> None:
    report = make_report(heatmaps=clot_maps, review=measured, deidentify=True)
    content = contents(write, report)[0]

    assert dcmread(io.BytesIO(content)).PatientIdentityRemoved == "YES"
    assert dciodvfy_errors(content) == []


@every_format
def test_the_conformance_page_tells_what_is_written(full_report: Report, write: Writer) -> None:
    """The row of the table of objects: class, series, modality and transfer syntax."""
    (name,) = [name for name, writer in WRITERS.items() if writer is write]
    page = (REPOSITORY / "docs" / "report-dicom.md").read_text(encoding="utf-8")
    (row,) = [line for line in page.splitlines() if line.startswith(f"| `{name}` |")]
    _, sop_class, series, modality, syntax, _ = (cell.strip() for cell in row.strip("|").split("|"))
    dataset = dcmread(io.BytesIO(contents(write, full_report)[0]))
    number, description = series.split(" ", 1)

    assert dataset.file_meta.MediaStorageSOPClassUID.name.removesuffix(" Storage") == sop_class
    assert dataset.file_meta.TransferSyntaxUID.name.startswith(syntax.replace("LE", "Little"))
    assert (str(dataset.SeriesNumber), dataset.Modality) == (number, modality)
    assert dataset.SeriesDescription.startswith(description.split("*")[0])


def test_deidentified_objects_still_belong_together(
    make_report: MakeReport, clot_maps: object
) -> None:
    report = make_report(heatmaps=clot_maps, deidentify=True)
    read = [dcmread(io.BytesIO(contents(write, report)[0])) for write in WRITERS.values()]

    assert len({dataset.StudyInstanceUID for dataset in read}) == 1
    assert len({dataset.SOPInstanceUID for dataset in read}) == len(WRITERS)


@pytest.mark.parametrize("write", [write_parametric_maps, write_segmentation])
def test_a_series_with_a_frame_of_reference_a_slice_gets_one_of_its_own(
    unsigned_report: Report, write: Writer, dciodvfy_errors: Check
) -> None:
    mixed = SeriesWarning(WarningCode.MIXED_FRAMES_OF_REFERENCE, "One a slice.")
    series = replace(unsigned_report.series, warnings=(mixed,))
    content = contents(write, replace(unsigned_report, series=series))[0]
    dataset = dcmread(io.BytesIO(content))

    assert dataset.FrameOfReferenceUID != "1.2.3.40"
    assert (
        dcmread(io.BytesIO(contents(write, unsigned_report)[0])).FrameOfReferenceUID == "1.2.3.40"
    )
    assert dciodvfy_errors(content) == []


@pytest.mark.parametrize("name", ["sr", "pmap", "seg", "key", "gsps"])
def test_a_format_that_cannot_refer_to_its_images_is_named(
    unsigned_report: Report, findings: Findings, name: str
) -> None:
    slices = tuple(replace(s, sop_instance_uid="") for s in unsigned_report.series.slices)
    scores = tuple(replace(s, sop_instance_uid="") for s in findings.slices)
    report = replace(
        unsigned_report,
        series=replace(unsigned_report.series, slices=slices),
        findings=replace(findings, slices=scores),
    )

    assert WRITERS[name](report).omitted == (f"{name}: the images carry no UIDs to refer to",)


def test_dsrdump_shows_every_score_and_the_impression(full_report: Report, tmp_path: Path) -> None:
    program = shutil.which("dsrdump")
    if program is None:
        pytest.skip("dsrdump is not here: it comes with Debian's dcmtk")
    path = tmp_path / "sr.dcm"
    path.write_bytes(contents(write_structured_report, full_report)[0])
    run = subprocess.run([program, "+Pl", path], capture_output=True, text=True, check=False)

    assert run.returncode == 0
    assert run.stdout.count('NUM:(,,"Model score")') == 20 + 3
    assert impression(full_report) in run.stdout
    assert "COMPLETE" in run.stdout


def _key_images(report: Report) -> tuple:  # type: ignore[type-arg]
    from pe_viewer.report.model import KeyImage, KeyImageKind

    hu = report.heatmaps[0].values.astype("int16").repeat(2, 0).repeat(2, 1)
    return (KeyImage(15, KeyImageKind.FLAG, hu, 1, report.heatmaps[15]),)
