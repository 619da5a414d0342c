"""Readings on disk: all of it comes back, nothing names the patient, damage costs one file."""

import json
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pe_viewer.form.answers import Presence
from pe_viewer.form.ctpa_form import CtpaForm, Diameter
from pe_viewer.form.sign_off import SignOff
from pe_viewer.form.sites import ArterialSite, Occlusion
from pe_viewer.library.reading_folder import ReadingFolder
from pe_viewer.library.review_json import Reading, reading_from_json, reading_to_json
from pe_viewer.review import (
    Decision,
    DecisionState,
    Ellipse,
    Length,
    RejectionReason,
    Review,
    Structure,
)

KEY = "1.2.3^DOE^JANE^1.2.3.4"
REVIEW = Review(
    decisions=(
        Decision(7, 8, 9, DecisionState.REJECTED, RejectionReason.BEAM_HARDENING, "cava"),
        Decision.added(3).reaching(5),
    ),
    key_slices=frozenset({3, 8}),
    measures=(
        Length(3, (1.5, 2.0), (3.0, 4.25)),
        Ellipse(8, (0.0, 0.0), (9.0, 7.0)),
        Length(5, (1.0, 2.0), (3.0, 4.0), Structure.RV),
    ),
    first_read=(Decision.added(3),),
    comment="an impression",
    form=CtpaForm(
        presence=Presence.PRESENT,
        sites={ArterialSite.LEFT_A9: Occlusion.PARTIAL},
        lv=Diameter(38.5, 5),
    ),
    sign_off=SignOff("Dr. A", datetime(2026, 11, 21, 14, 5, tzinfo=UTC), 5, 12),
)
READING = Reading(REVIEW, 8, frozenset({0, 1, 2, 7, 11}))


def test_everything_comes_back_as_it_was(tmp_path: Path) -> None:
    folder = ReadingFolder(tmp_path / "readings")
    folder.save(KEY, READING)
    assert folder.load(KEY) == READING
    assert folder.load("another") == Reading()
    assert reading_from_json(reading_to_json(Reading())) == Reading()


def test_a_reading_from_before_there_was_a_form_is_taken() -> None:
    record = json.loads(reading_to_json(READING))
    del record["form"], record["sign_off"]
    for measure in record["measures"]:
        measure.pop("structure", None)
    review = reading_from_json(json.dumps(record)).review
    assert review.form == CtpaForm()
    assert review.sign_off is None
    assert review.decisions == REVIEW.decisions


def test_viewed_slices_are_written_as_runs() -> None:
    assert json.loads(reading_to_json(READING))["viewed"] == [[0, 2], [7, 7], [11, 11]]


def test_only_the_user_may_read_it_and_its_name_tells_nothing(tmp_path: Path) -> None:
    ReadingFolder(tmp_path / "readings").save(KEY, READING)
    (path,) = (tmp_path / "readings").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert "DOE" not in path.name
    assert "1.2.3" not in path.name


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"schema_version": 2}', '{"schema_version": 1}', "\x00", '"x"']
)
def test_a_damaged_file_is_set_aside_and_not_lost(tmp_path: Path, text: str) -> None:
    folder = ReadingFolder(tmp_path)
    folder.save(KEY, READING)
    (path,) = tmp_path.iterdir()
    path.write_text(text)
    assert folder.load(KEY) == Reading()
    assert path.with_suffix(".unreadable").read_text() == text
    folder.save(KEY, READING)
    assert folder.load(KEY) == READING


def test_slices_that_a_series_does_not_have_empty_the_reading() -> None:
    assert READING.fitting(12) == READING
    assert READING.fitting(11) == Reading()


def test_forgetting_removes_every_trace(tmp_path: Path) -> None:
    folder = ReadingFolder(tmp_path)
    folder.save(KEY, READING)
    folder.forget_all()
    assert list(tmp_path.iterdir()) == []


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from pe_viewer.form.answers import Presence
from pe_viewer.form.ctpa_form import CtpaForm, Diameter
from pe_viewer.form.sign_off import SignOff
from pe_viewer.form.sites import ArterialSite, Occlusion
from pe_viewer.library.reading_folder import ReadingFolder
from pe_viewer.library.review_json import Reading
from pe_viewer.review import Review
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
try:
    ReadingFolder(Path(sys.argv[1])).save(sys.argv[2], Reading(Review(comment="x" * 9000)))
except OSError:
    sys.exit(3)
"""


def test_a_full_disk_leaves_the_reading_before(tmp_path: Path) -> None:
    folder = ReadingFolder(tmp_path)
    folder.save(KEY, READING)
    ended = subprocess.run([sys.executable, "-c", FULL_DISK, str(tmp_path), KEY], check=False)
    assert ended.returncode == 3
    assert folder.load(KEY) == READING
