"""The audit trail: who, what, when, which study; added to and never changed."""

from pathlib import Path

import pytest

from pe_viewer.library.audit import AuditEntry, AuditTrail
from pe_viewer.library.database import Database, LibraryError


@pytest.fixture
def database(tmp_path: Path) -> Database:
    database = Database(tmp_path / "library.sqlite")
    database.prepare()
    return database


def test_acts_come_back_in_their_order_and_by_study(database: Database) -> None:
    trail = AuditTrail(database)
    first = trail.append("signed", study_key="1.2", reader="Dr Weber", detail="the first report")
    other = trail.append("opened", study_key="3.4")
    last = trail.append("addendum", study_key="1.2", reader="Dr Weber")
    assert trail.entries() == (first, other, last)
    assert trail.entries("1.2") == (first, last)
    assert trail.entries("9.9") == ()
    assert first.at <= other.at <= last.at
    assert first.at.endswith("+00:00")


def test_the_trail_outlives_the_program(database: Database, tmp_path: Path) -> None:
    entry = AuditTrail(database).append("signed", study_key="1.2")
    database.close()
    assert AuditTrail(Database(tmp_path / "library.sqlite")).entries() == (entry,)


@pytest.mark.parametrize(
    "change", ["UPDATE audit SET reader = 'another'", "DELETE FROM audit WHERE id = 1"]
)
def test_an_entry_can_be_neither_changed_nor_taken_out(database: Database, change: str) -> None:
    trail = AuditTrail(database)
    entry = trail.append("signed", study_key="1.2")
    with pytest.raises(LibraryError, match="only added to"), database.writing() as connection:
        connection.execute(change)
    assert trail.entries() == (entry,)


def test_an_act_without_a_name_is_refused() -> None:
    with pytest.raises(ValueError, match="what was done"):
        AuditEntry("2026-11-20T00:00:00+00:00", "", "", "1.2")
