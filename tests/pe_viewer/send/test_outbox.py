"""What waits to be sent survives; what was sent or forgotten leaves nothing."""

import os
import pickle
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from pe_models.errors import SendError
from pe_viewer.send.outbox import (
    LONGEST_DELAY_S,
    MOST_ATTEMPTS,
    Outbox,
    delay_s,
)
from pe_viewer.send.parcel import ParcelState

OBJECTS = (("sr", b"first"), ("key", b"second"))


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    made = Outbox(tmp_path / "outbox")
    made.put("PACS", "1.2.3", OBJECTS, now=100.0)
    return made


def test_what_is_put_in_is_due_at_once_and_in_order(outbox: Outbox, tmp_path: Path) -> None:
    again = Outbox(tmp_path / "outbox")

    assert [(p.kind, p.destination, p.file.read_bytes()) for p in again.due(100.0)] == [
        ("sr", "PACS", b"first"),
        ("key", "PACS", b"second"),
    ]
    assert again.due(99.0) == ()


def test_nothing_is_made_before_the_first_parcel(tmp_path: Path) -> None:
    empty = Outbox(tmp_path / "outbox")

    assert (empty.parcels(), empty.next_due_at()) == ((), None)
    empty.forget_all()
    assert not (tmp_path / "outbox").exists()


def test_files_and_folder_are_private(outbox: Outbox, tmp_path: Path) -> None:
    folder = tmp_path / "outbox"
    modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}

    assert modes == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_what_was_sent_leaves_its_line_and_no_object(outbox: Outbox) -> None:
    first, second = outbox.due(100.0)
    outbox.mark_sent(first, now=101.0)

    assert [p.state for p in outbox.parcels()] == [ParcelState.SENT, ParcelState.WAITING]
    assert not first.file.exists()
    assert outbox.due(200.0) == (second,)


def test_attempts_come_at_doubling_distances_and_end(outbox: Outbox) -> None:
    now, delays = 100.0, []
    while waiting := [p for p in outbox.parcels() if p.kind == "sr" and p.state == "waiting"]:
        now = waiting[0].due_at
        outbox.mark_unreached(waiting[0], "no answer", now=now)
        delays.append(outbox.parcels()[0].due_at - now)

    assert delays[:4] == [30.0, 60.0, 120.0, 240.0]
    assert (len(delays), delays[-1]) == (MOST_ATTEMPTS, LONGEST_DELAY_S)
    last = outbox.parcels()[0]
    assert (last.state, last.message) == (ParcelState.REFUSED, "no answer")
    assert last.file.read_bytes() == b"first"


def test_the_next_attempt_is_the_earliest_of_all(outbox: Outbox) -> None:
    first, second = outbox.due(100.0)
    outbox.mark_unreached(first, "", now=100.0)
    outbox.mark_refused(second, "no", now=100.0)

    assert outbox.next_due_at() == 100.0 + delay_s(1)


def test_a_person_may_try_all_again_or_give_up(outbox: Outbox) -> None:
    first, second = outbox.due(100.0)
    outbox.mark_sent(first, now=100.0)
    outbox.mark_refused(second, "no", now=100.0)
    outbox.retry(now=200.0)
    assert [(p.kind, p.n_attempts, p.message) for p in outbox.due(200.0)] == [("key", 0, "")]

    outbox.remove_unsent()
    assert [p.state for p in outbox.parcels()] == [ParcelState.SENT]
    assert not second.file.exists()


def test_a_forgotten_study_leaves_no_trace(outbox: Outbox, tmp_path: Path) -> None:
    outbox.put("PACS", "1.2.4", [("sr", b"other study")], now=100.0)
    outbox.forget_study("1.2.3")
    assert [p.file.read_bytes() for p in outbox.parcels()] == [b"other study"]

    outbox.forget_all()
    assert [path.name for path in (tmp_path / "outbox").iterdir()] == ["outbox.sqlite3"]
    assert b"PACS" not in (tmp_path / "outbox" / "outbox.sqlite3").read_bytes()


def test_forgetting_all_takes_what_no_database_names_any_more(
    outbox: Outbox, tmp_path: Path
) -> None:
    database = tmp_path / "outbox" / "outbox.sqlite3"
    database.write_bytes(b"no database" * 1000)
    with pytest.raises(SendError, match="set aside"):
        outbox.parcels()
    assert {path.suffix for path in database.parent.iterdir()} == {".dcm", ".unreadable"}
    outbox.forget_all()

    assert [path.name for path in database.parent.iterdir()] == ["outbox.sqlite3"]
    assert outbox.parcels() == ()


def test_neither_names_nor_uids_stand_in_the_database(outbox: Outbox, tmp_path: Path) -> None:
    assert b"1.2.3" not in (tmp_path / "outbox" / "outbox.sqlite3").read_bytes()


def test_a_damaged_database_is_set_aside_and_the_outbox_works_on(
    outbox: Outbox, tmp_path: Path
) -> None:
    path = tmp_path / "outbox" / "outbox.sqlite3"
    path.write_bytes(b"nonsense " * 1000)
    with pytest.raises(SendError, match="set aside"):
        outbox.parcels()
    assert outbox.parcels() == ()
    assert path.with_suffix(".unreadable").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no RLIMIT_FSIZE")
def test_a_full_disk_takes_all_or_nothing(tmp_path: Path) -> None:
    objects = tmp_path / "objects.pickle"
    objects.write_bytes(pickle.dumps([("sr", b"small"), ("pmap", b"x" * 50_000)]))
    script = (
        "import pathlib, pickle, resource, sys\n"
        "from pe_models.errors import SendError\n"
        "from pe_viewer.send.outbox import Outbox\n"
        "objects = pickle.loads(pathlib.Path(sys.argv[1]).read_bytes())\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))\n"
        "try:\n"
        "    Outbox(pathlib.Path(sys.argv[2])).put('PACS', '1.2', objects, now=1.0)\n"
        "except SendError as error:\n"
        "    sys.exit(f'refused: {error}')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(objects), str(tmp_path / "outbox")],
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "refused: Nothing was queued" in done.stderr
    assert [p.name for p in (tmp_path / "outbox").iterdir() if p.suffix == ".dcm"] == []


def test_two_programs_may_use_one_outbox(outbox: Outbox, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "outbox" / "outbox.sqlite3") as other:
        assert other.execute("SELECT COUNT(*) FROM parcel").fetchone() == (2,)
        outbox.put("PACS", "1.2.5", [("sr", b"third")], now=100.0)
    other.close()
    assert len(outbox.parcels()) == 3
