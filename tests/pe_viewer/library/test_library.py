"""What the library keeps of studies, and that nothing is left of what it forgets."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from pe_models.findings import Verdict
from pe_models.imaging.study import Study
from pe_models.imaging.window import Window
from pe_viewer.form.ctpa_form import CtpaForm
from pe_viewer.form.sign_off import SignOff
from pe_viewer.library.database import Database, LibraryError
from pe_viewer.library.entry import BadgeKind, LibraryEntry, ModelBadge, ReadingStage
from pe_viewer.library.library import FILE_NAME, OLD_READINGS, Library
from pe_viewer.library.review_json import Reading, reading_to_json
from pe_viewer.library.schema import MIGRATIONS
from pe_viewer.library.series_id import images_id, key_of_row, key_of_study, series_id
from pe_viewer.library.session import Session, session_to_json
from pe_viewer.library.studies import places_of
from pe_viewer.library.waiting import WaitingStudy
from pe_viewer.review import Decision, Review
from tests.pe_viewer.library.conftest import READING, make_findings, make_heatmaps, make_study

SIGNED = SignOff("Dr Weber", datetime(2026, 11, 20, 14, 5, tzinfo=UTC), 3, 3)

KEY = key_of_row("DOE^JANE", "ID-123", "19630101", "1.2")


def the_entry(library: Library) -> LibraryEntry:
    (entry,) = library.studies.entries()
    return entry


def key_of(study: Study) -> str:
    return study.series[0].key


def session_of(study: Study) -> Session:
    return Session(
        key_of_study(study), key_of(study), places_of(study), study.patient.name, 2, "Im 1/3",
        Window(700.0, 100.0),
    )  # fmt: skip


def test_a_study_that_was_opened_is_listed_as_its_headers_name_it(
    library: Library, study: Study, tmp_path: Path
) -> None:
    library.studies.add(study)
    entry = the_entry(library)
    assert (entry.study_uid, entry.patient_name, entry.patient_id) == ("1.2", "DOE^JANE", "ID-123")
    assert (entry.date, entry.description) == ("20261120", "CT CHEST PE PROTOCOL")
    assert (entry.paths, entry.n_series) == ((tmp_path / "ct",), 1)
    assert (entry.stage, entry.badge) == (ReadingStage.OPENED, None)


def test_the_study_opened_last_stands_first_and_once(library: Library, tmp_path: Path) -> None:
    for uid in ("1.2", "3.4", "1.2"):
        library.studies.add(make_study(tmp_path / uid, uid=uid))
    assert [entry.study_uid for entry in library.studies.entries()] == ["1.2", "3.4"]


def test_all_of_it_outlives_the_program(library: Library, study: Study, tmp_path: Path) -> None:
    library.studies.add(study)
    library.readings.save(key_of(study), KEY, READING)
    library.session.save(session_of(study))
    before = the_entry(library)
    library.close()
    again = Library(tmp_path / "data")
    assert again.open() == ""
    assert the_entry(again) == before
    assert again.readings.load(key_of(study)) == READING
    assert again.session.load() == session_of(study)
    again.close()


@pytest.mark.parametrize(
    ("review", "stage"),
    [
        (Review(), ReadingStage.OPENED),
        (Review(decisions=(Decision.added(1),)), ReadingStage.BEGUN),
        (Review(comment="seen"), ReadingStage.BEGUN),
        (Review(form=CtpaForm(limitations="motion")), ReadingStage.BEGUN),
        (Review(first_read=()), ReadingStage.LOCKED),
        (Review(first_read=(), sign_off=SIGNED), ReadingStage.SIGNED),
    ],
)
def test_the_list_tells_how_far_a_reading_has_come(
    library: Library, study: Study, review: Review, stage: ReadingStage
) -> None:
    library.studies.add(study)
    library.readings.save(key_of(study), KEY, Reading(review))
    library.readings.save("another series", KEY, Reading())
    assert the_entry(library).stage is stage


@pytest.mark.parametrize(
    ("verdict", "score", "kind"),
    [
        (Verdict.POSITIVE, 0.94, BadgeKind.FLAGGED),
        (Verdict.NEGATIVE, 0.6, BadgeKind.FLAGGED),
        (Verdict.NEGATIVE, 0.2, BadgeKind.NOTHING_FLAGGED),
        (Verdict.INDETERMINATE, 0.4, BadgeKind.CANNOT_SAY),
    ],
)
def test_the_badge_reads_as_the_verdict_does(
    library: Library, study: Study, verdict: Verdict, score: float, kind: BadgeKind
) -> None:
    library.studies.add(study)
    findings = make_findings(study, verdict=verdict, score=score)
    library.findings.save(key_of(study), KEY, findings, ())
    assert the_entry(library).badge == ModelBadge(kind, max(score, 0.1 + 0.2))


def test_a_second_reader_sees_no_badge_before_the_lock_or_unless_it_was_seen(
    library: Library, study: Study
) -> None:
    library.studies.add(study)
    assert the_entry(library).for_second_reader().badge is None, "there is nothing to hold back"
    library.findings.save(key_of(study), key_of_study(study), make_findings(study), ())
    held_back = the_entry(library).for_second_reader()
    assert held_back.badge == ModelBadge(BadgeKind.HELD_BACK)
    library.readings.save(key_of(study), KEY, Reading(Review(comment="open")))
    assert the_entry(library).for_second_reader().badge == ModelBadge(BadgeKind.HELD_BACK)
    for reading in (Reading(Review(first_read=())), Reading(model_was_seen=True)):
        library.readings.save(key_of(study), KEY, reading)
        badge = the_entry(library).for_second_reader().badge
        assert badge == ModelBadge(BadgeKind.FLAGGED, 0.94)


def test_findings_and_maps_come_back_whole(library: Library, study: Study) -> None:
    findings, heatmaps = make_findings(study), make_heatmaps()
    library.findings.save(key_of(study), KEY, findings, heatmaps)
    kept = library.findings.load(study.series[0], None)
    assert kept is not None
    assert kept.findings == findings
    assert kept.findings.slices[0].pe_score == 0.1 + 0.2, "unrounded"
    for before, after in zip(heatmaps, kept.heatmaps, strict=True):
        assert (after.slice_index, after.method, after.crop) == (
            before.slice_index,
            before.method,
            before.crop,
        )
        np.testing.assert_array_equal(after.values, before.values)


def test_each_bundle_keeps_its_own_findings(library: Library, study: Study) -> None:
    series = study.series[0]
    for sha256 in ("a" * 64, "b" * 64):
        library.findings.save(series.key, KEY, make_findings(study, sha256=sha256), ())
    newest = library.findings.load(series, None)
    first = library.findings.load(series, "a" * 64)
    assert newest is not None
    assert newest.findings.bundle.sha256 == "b" * 64
    assert first is not None
    assert first.findings.bundle.sha256 == "a" * 64
    assert library.findings.load(series, "c" * 64) is None


def test_findings_of_other_slices_at_the_same_place_are_not_shown(
    library: Library, study: Study
) -> None:
    series = study.series[0]
    library.findings.save(series.key, KEY, make_findings(study), ())
    slices = (series.slices[0], replace(series.slices[1], sop_instance_uid="8"), series.slices[2])
    assert library.findings.load(replace(series, slices=slices), None) is None


def test_findings_that_are_damaged_are_as_none(library: Library, study: Study) -> None:
    series = study.series[0]
    library.findings.save(series.key, KEY, make_findings(study), ())
    for column, damage in (("record", b"x"), ("heatmaps", b""), ("record", b"\x00" * 40)):
        with library._database.writing() as connection:
            connection.execute(f"UPDATE findings SET {column} = ?", (damage,))
        assert library.findings.load(series, None) is None


def test_the_picture_of_a_study_is_that_of_its_best_series(library: Library, study: Study) -> None:
    grey = np.arange(6, dtype=np.uint8).reshape(2, 3)
    library.studies.add(study)
    library.studies.add_pictures(
        {"another": (KEY, grey + 100), key_of(study): (KEY, grey)},
    )
    found = library.studies.pictures([KEY, "9.9"])
    assert found.keys() == {KEY}
    np.testing.assert_array_equal(found[KEY], grey)


def test_a_study_is_opened_again_from_its_own_folder_and_not_from_all_that_was_opened(
    tmp_path: Path,
) -> None:
    study = make_study(tmp_path / "disc" / "one")
    series = study.series[0]
    assert places_of(study) == (tmp_path / "disc" / "one",)
    apart = replace(series.slices[0], file=str(tmp_path / "disc" / "two" / "0.dcm"))
    spread = replace(series, slices=(apart, *series.slices[1:]))
    assert places_of(replace(study, series=(spread,))) == (tmp_path / "disc",)
    zipped = tuple(replace(s, file=str(tmp_path / "a.zip"), member=s.file) for s in series.slices)
    assert places_of(replace(study, series=(replace(series, slices=zipped),))) == (
        tmp_path / "a.zip",
    )


def test_what_was_said_follows_a_study_that_was_moved(
    library: Library, study: Study, tmp_path: Path
) -> None:
    library.studies.add(study)
    library.readings.save(key_of(study), KEY, READING)
    library.findings.save(key_of(study), key_of_study(study), make_findings(study), make_heatmaps())
    moved = make_study(tmp_path / "archive")
    images = images_id(moved, moved.series[0])
    assert library.readings.load(key_of(moved), images) == READING
    kept = library.findings.load(moved.series[0], None, images)
    assert kept is not None
    assert kept.findings == make_findings(study)
    library.studies.add(moved)
    entry = the_entry(library)
    assert (entry.paths, entry.n_series) == ((tmp_path / "archive",), 1)

    library.readings.save(key_of(moved), KEY, Reading())
    assert library.readings.load(key_of(moved), images) == Reading(), "what was said here is newer"
    assert library.readings.load(key_of(study), images) == READING
    library.forget_studies({KEY: ()})
    assert library.readings.load(key_of(study), images) == Reading()


@pytest.mark.parametrize("other", [{"name": "ROE^JOE"}, {"patient_id": "ID-9"}])
def test_a_study_of_another_patient_with_the_same_uids_gets_nothing_of_it(
    library: Library, study: Study, tmp_path: Path, other: dict[str, str]
) -> None:
    library.studies.add(study)
    library.readings.save(key_of(study), KEY, READING)
    stranger = make_study(tmp_path / "archive", **other)
    images = images_id(stranger, stranger.series[0])
    assert library.readings.load(key_of(stranger), images) == Reading()


def test_readings_of_earlier_versions_are_brought_in_and_none_is_lost(
    library: Library, study: Study, tmp_path: Path
) -> None:
    old = tmp_path / "data" / OLD_READINGS
    old.mkdir()
    (old / f"{series_id(key_of(study))}.json").write_text(reading_to_json(READING))
    (old / f"{series_id('newer here')}.json").write_text(reading_to_json(READING))
    (old / "damaged.json").write_text("{")
    library.readings.save("newer here", KEY, Reading(Review(comment="newer")))
    assert library.open() == ""
    assert library.readings.load(key_of(study)) == READING
    assert library.readings.load("newer here").review.comment == "newer"
    assert [path.name for path in old.iterdir()] == ["damaged.json"]


def test_a_damaged_library_is_told_with_the_name_of_what_was_set_aside(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database" * 500)
    library = Library(tmp_path)
    told = library.open()
    (aside,) = tmp_path.glob("library-damaged-*")
    assert aside.name in told
    assert library.studies.entries() == ()
    library.close()


def fill(library: Library, study: Study, reading: Reading = READING) -> None:
    key = key_of_study(study)
    library.studies.add(study)
    library.readings.save(key_of(study), key, reading)
    library.findings.save(key_of(study), key, make_findings(study), make_heatmaps())
    library.studies.add_pictures({key_of(study): (key, np.zeros((2, 3), np.uint8))})
    library.session.save(session_of(study))
    library.audit.append("signed", study_key=key, reader="Dr Weber", detail=study.patient.name)


def bytes_below(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


TRACES = (b"DOE^JANE", b"ID-123", b"1.2.1", b"an impression", b"ct-of-jane")


def test_of_a_study_that_is_forgotten_no_byte_is_left_and_of_others_all(
    library: Library, tmp_path: Path
) -> None:
    jane = make_study(tmp_path / "ct-of-jane")
    joe = make_study(tmp_path / "other", uid="7.7", name="ROE^JOE", patient_id="ID-9")
    others_reading = Reading(Review(comment="another"))
    fill(library, joe, others_reading)
    others = library.studies.entries()
    fill(library, jane)
    before = bytes_below(tmp_path / "data")
    assert [trace for trace in TRACES if trace not in before] == []
    library.forget_studies({key_of_study(jane): [key_of(jane)]})
    left = bytes_below(tmp_path / "data")
    assert [trace for trace in TRACES if trace in left] == []
    assert library.studies.entries() == others
    assert library.readings.load(key_of(joe)) == others_reading
    assert [entry.act for entry in library.audit.entries()] == ["signed", "forgotten"]
    assert library.audit.entries(key_of_study(jane)) == ()


def test_many_studies_are_forgotten_with_one_rewriting_of_the_file(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rewriting takes a second for a thousand studies: one for each would take minutes."""
    studies = [make_study(tmp_path / f"ct-{k}", uid=f"3.{k}", name=f"DOE^{k}") for k in range(4)]
    for study in studies:
        fill(library, study)
    n_rewritten = 0
    wipe_traces = Database.wipe_traces

    def counted(database: Database) -> None:
        nonlocal n_rewritten
        n_rewritten += 1
        wipe_traces(database)

    monkeypatch.setattr(Database, "wipe_traces", counted)
    library.forget_studies({key_of_study(study): [key_of(study)] for study in studies[:3]})
    assert n_rewritten == 1
    assert [entry.study_uid for entry in library.studies.entries()] == ["3.3"]
    left = bytes_below(tmp_path / "data")
    assert [k for k in range(4) if b"DOE^%d" % k in left] == [3]
    told = [(entry.act, entry.detail) for entry in library.audit.entries()]
    assert told == [("signed", "DOE^3"), ("forgotten", "3 studies")]


def test_an_old_reading_that_names_no_study_is_forgotten_with_its_series(
    library: Library, study: Study, tmp_path: Path
) -> None:
    old = tmp_path / "data" / OLD_READINGS
    old.mkdir()
    (old / f"{series_id(key_of(study))}.json").write_text(reading_to_json(READING))
    library.open()
    library.studies.add(study)
    library.forget_studies({KEY: ()})
    assert library.readings.load(key_of(study)) == Reading()


def test_forgetting_all_leaves_the_word_that_it_was_done(
    library: Library, study: Study, tmp_path: Path
) -> None:
    fill(library, study)
    old = tmp_path / "data" / OLD_READINGS
    old.mkdir()
    (old / "x.unreadable").write_text("DOE^JANE")
    (tmp_path / "data" / "library-damaged-1.sqlite").write_text("DOE^JANE")
    library.forget_all()
    left = bytes_below(tmp_path / "data")
    assert [trace for trace in TRACES if trace in left] == []
    assert library.studies.entries() == ()
    assert library.session.load() is None
    assert [(e.act, e.detail) for e in library.audit.entries()] == [("forgotten", "all studies")]


def test_names_of_files_tell_nothing(library: Library, study: Study, tmp_path: Path) -> None:
    fill(library, study)
    for path in (tmp_path / "data").iterdir():
        assert path.name.startswith("library.sqlite")


def test_a_session_that_is_damaged_is_as_none(library: Library, study: Study) -> None:
    library.session.save(session_of(study))
    for damage in ("{", "[]", '{"window": [1]}', '{"window": null}'):
        with closing(sqlite3.connect(library._database.file or "")) as connection, connection:
            connection.execute("UPDATE session SET record = ?", (damage,))
        assert library.session.load() is None


def two_patients(folder: Path) -> tuple[Study, Study]:
    """Of one StudyInstanceUID, as careless de-identification leaves it."""
    jane = make_study(folder / "ct-of-jane")
    joe = make_study(folder / "ct-of-joe", name="ROE^JOE", patient_id="ID-9")
    return jane, joe


def test_two_patients_who_share_a_study_uid_are_two_studies(
    library: Library, tmp_path: Path
) -> None:
    jane, joe = two_patients(tmp_path)
    fill(library, jane, Reading(Review(sign_off=SIGNED)))
    library.studies.add(joe)
    told = [(e.patient_name, e.stage, e.badge is None) for e in library.studies.entries()]
    assert told == [
        ("ROE^JOE", ReadingStage.OPENED, True),
        ("DOE^JANE", ReadingStage.SIGNED, False),
    ]


def test_of_two_patients_who_share_a_study_uid_one_is_forgotten(
    library: Library, tmp_path: Path
) -> None:
    jane, joe = two_patients(tmp_path)
    fill(library, jane)
    fill(library, joe)
    library.forget_studies({key_of_study(jane): [key_of(jane)]})
    left = bytes_below(tmp_path / "data")
    assert [word for word in (b"DOE^JANE", b"ct-of-jane") if word in left] == []
    assert the_entry(library).patient_name == "ROE^JOE"
    assert library.readings.load(key_of(joe)) == READING
    assert [entry.act for entry in library.audit.entries(key_of_study(joe))] == ["signed"]


def written_by_version_4(folder: Path, *studies: Study) -> None:
    """A library that knew studies by their UID alone, each of ``studies`` opened and read."""
    folder.mkdir()
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        connection.executescript(f"{''.join(MIGRATIONS[:4])} PRAGMA user_version = 4;")
        for study in studies:
            who, uid, series = study.patient, study.study_uid, series_id(key_of(study))
            places = json.dumps([str(path) for path in places_of(study)])
            rows = {
                "study": (uid, who.name, who.patient_id, who.birth_date, "F", "063Y", study.date,
                          "", "", places, "2026-11-20T14:05:00.000+00:00"),
                "series": (series, uid, study.series[0].series_uid, "CTPA", 3, 0,
                           images_id(study, study.series[0])),
                "reading": (series, uid, reading_to_json(READING), "begun", 1, "2026-11-20"),
                "findings": (series, "0" * 64, uid, b"", b"", "flagged", 0.94, "2026-11-20"),
                "thumbnail": (series, uid, 1, 1, b"x"),
                "session": (1, uid, session_to_json(session_of(study))),
                "audit": (None, "2026-11-20", "Dr Weber", "signed", uid, who.name),
                "waiting": (uid, 0, 0),
            }  # fmt: skip
            for table, row in rows.items():
                marks = ", ".join("?" * len(row))
                connection.execute(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", row)
        connection.commit()


def test_a_library_that_knew_studies_by_their_uid_is_brought_to_this_version_whole(
    tmp_path: Path,
) -> None:
    jane = make_study(tmp_path / "ct-of-jane")
    written_by_version_4(tmp_path / "data", jane)
    library = Library(tmp_path / "data")
    assert library.open() == ""
    entry = the_entry(library)
    assert (entry.study_key, entry.study_uid) == (key_of_study(jane), "1.2")
    assert (entry.patient_name, entry.n_series) == ("DOE^JANE", 1)
    assert (entry.stage, entry.badge) == (
        ReadingStage.BEGUN, ModelBadge(BadgeKind.FLAGGED, 0.94)
    )  # fmt: skip
    assert library.readings.load(key_of(jane)) == READING
    assert library.session.load() == session_of(jane)
    assert library.studies.pictures([entry.study_key]).keys() == {entry.study_key}
    assert library.queue.load() == (WaitingStudy(entry.study_key),)
    assert [e.detail for e in library.audit.entries(entry.study_key)] == ["DOE^JANE"]
    with pytest.raises(LibraryError), library.studies._database.writing() as connection:
        connection.execute("UPDATE audit SET detail = ''")
    library.forget_studies({entry.study_key: ()})
    left = bytes_below(tmp_path / "data")
    assert [trace for trace in TRACES if trace in left] == []
    library.close()


def test_patients_whom_an_earlier_version_took_for_one_come_apart_as_they_are_opened(
    tmp_path: Path,
) -> None:
    jane, joe = two_patients(tmp_path)
    written_by_version_4(tmp_path / "data", jane, joe)
    library = Library(tmp_path / "data")
    library.open()
    assert (the_entry(library).patient_name, the_entry(library).n_series) == ("ROE^JOE", 2)
    library.studies.add(jane)
    told = [(e.patient_name, e.n_series, e.stage) for e in library.studies.entries()]
    assert told == [("DOE^JANE", 1, ReadingStage.BEGUN), ("ROE^JOE", 1, ReadingStage.BEGUN)]
    library.close()
