"""What identifies a person stays behind; what belongs together still does."""

import re
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from pe_models.errors import ExportError
from pe_models.imaging.study import Study
from pe_models.places import user_data
from pe_viewer.report.deidentified.deidentify import Pseudonyms, site_pseudonyms
from pe_viewer.report.html.page import write_html
from pe_viewer.report.model import Report
from pe_viewer.report.tables.csv_report import write_csv
from pe_viewer.report.tables.json_report import write_json
from pe_viewer.report.writer import Writer

MakeReport = Callable[..., Report]

IDENTIFYING = (
    "DOE",
    "jane",
    "ID-4711",
    "19630201",
    "1963-02",
    "20261120",
    "2026-11",
    "ACC-0815",
    "STUDY-1",
    "1.2.3.10",
    "1.2.3.20",
    "1.2.3.30",
    "1.2.3.40",
)


@pytest.fixture
def deidentified(make_report: MakeReport) -> Report:
    return make_report(deidentify=True)


@pytest.mark.parametrize("write", [write_json, write_csv, write_html])
def test_no_document_names_the_person_or_the_day(
    deidentified: Report, write: Writer, qapp: QApplication
) -> None:
    for document in write(deidentified).documents:
        without_pictures = re.sub(rb"base64,[^\"]*", b"", document.content).decode()
        assert [word for word in IDENTIFYING if word in without_pictures] == []


def test_the_same_words_do_stand_in_a_report_that_names_the_person(report: Report) -> None:
    written = write_json(report).documents[0].content.decode()

    assert [word for word in IDENTIFYING if word not in written] == [
        "1963-02",
        "STUDY-1",
        "1.2.3.40",
    ]


def test_a_uid_has_the_same_pseudonym_in_every_export(make_report: MakeReport) -> None:
    first, second = make_report(deidentify=True), make_report(deidentify=True)

    assert first.study.study_uid == second.study.study_uid
    assert first.series.series_uid == second.series.series_uid


def test_findings_and_series_still_belong_together(deidentified: Report) -> None:
    findings = deidentified.findings

    assert findings is not None
    assert findings.study_uid == deidentified.study.study_uid == deidentified.series.study_uid
    assert [score.sop_instance_uid for score in findings.slices] == [
        source.sop_instance_uid for source in deidentified.series.slices
    ]


def test_different_uids_stay_different(deidentified: Report) -> None:
    uids = {source.sop_instance_uid for source in deidentified.series.slices}

    assert len(uids) == deidentified.series.n_slices


def test_a_pseudonym_is_a_valid_uid() -> None:
    pseudonym = Pseudonyms(bytes(32)).uid("1.2.3.10.87654321")

    assert re.fullmatch(r"2\.25\.(0|[1-9]\d*)", pseudonym)  # PS3.5 B.2
    assert len(pseudonym) <= 64  # PS3.5 9.1
    assert Pseudonyms(bytes(32)).uid("") == ""


def test_studies_of_one_patient_keep_one_id_and_others_get_another(study: Study) -> None:
    pseudonyms = Pseudonyms(bytes(32))
    later = replace(study, study_uid="1.2.3.99")
    other = replace(study, patient=replace(study.patient, patient_id="ID-4712"))
    ids = [pseudonyms.study(one).patient.patient_id for one in (study, later, other)]

    assert ids[0] == ids[1] != ids[2]
    assert re.fullmatch(r"ANON-[0-9A-F]{16}", ids[0])


def test_a_study_that_names_nobody_has_an_id_of_its_own(study: Study) -> None:
    """Two without an id would be one patient to an archive."""
    pseudonyms = Pseudonyms(bytes(32))
    nobody = replace(study, patient=replace(study.patient, patient_id=""))
    another = replace(nobody, study_uid="1.2.3.99")

    assert pseudonyms.patient_id(nobody) != pseudonyms.patient_id(another)


def test_two_installations_give_different_pseudonyms() -> None:
    assert Pseudonyms(bytes(32)).uid("1.2") != Pseudonyms(b"\x01" * 32).uid("1.2")


def test_age_and_sex_stay_for_the_reader(deidentified: Report) -> None:
    assert (deidentified.study.patient.age, deidentified.study.patient.sex) == ("063Y", "F")


@pytest.mark.parametrize(
    ("age", "kept"),
    [("089Y", "089Y"), ("090Y", "090Y"), ("101Y", "090Y"), ("100D", "100D"), ("", "")],
)
def test_ages_above_89_years_are_one_class(make_report: MakeReport, age: str, kept: str) -> None:
    assert make_report(deidentify=True, patient={"age": age}).study.patient.age == kept


def test_the_key_is_readable_by_its_owner_alone() -> None:
    site_pseudonyms()
    mode = stat.S_IMODE((user_data() / "pseudonym.key").stat().st_mode)

    assert mode == 0o600
    assert [path.name for path in user_data().iterdir()] == ["pseudonym.key"]


def test_a_damaged_key_is_named_and_not_replaced() -> None:
    key = user_data() / "pseudonym.key"
    key.write_bytes(b"short")

    with pytest.raises(ExportError, match="damaged"):
        site_pseudonyms()
    assert key.read_bytes() == b"short"


def test_a_key_that_cannot_be_made_stops_the_export(make_report: MakeReport, home: Path) -> None:
    (home / "data").mkdir()
    (home / "data" / "pseudonym.key").symlink_to(home / "gone" / "key")

    with pytest.raises(ExportError, match="nothing was exported"):
        make_report(deidentify=True)
    assert [path.name for path in (home / "data").iterdir()] == ["pseudonym.key"]
