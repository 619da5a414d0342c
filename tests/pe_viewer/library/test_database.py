"""The library's file: the user's alone, brought to this version, set aside where it is damaged."""

import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from pe_viewer.library.database import Database, LibraryError
from pe_viewer.library.schema import MIGRATIONS


def test_only_the_user_may_read_the_file_and_what_lies_beside_it(tmp_path: Path) -> None:
    database = Database(tmp_path / "data" / "library.sqlite")
    database.prepare()
    with database.writing() as connection:
        connection.execute("INSERT INTO forgetting VALUES ('1.2')")
    beside = list((tmp_path / "data").iterdir())
    assert len(beside) == 3, "the file, its write-ahead log and the index of that"
    assert {stat.S_IMODE(path.stat().st_mode) for path in beside} == {0o600}
    database.close()


def test_the_log_is_written_ahead(tmp_path: Path) -> None:
    database = Database(tmp_path / "library.sqlite")
    database.prepare()
    with database.reading() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    database.close()


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    database = Database(tmp_path / "library.sqlite")
    database.prepare()
    two = "INSERT INTO forgetting VALUES ('1.2')", "INSERT INTO no_such_table VALUES (1)"
    with pytest.raises(LibraryError), database.writing() as connection:
        any(connection.execute(statement) is None for statement in two)
    with database.reading() as connection:
        assert connection.execute("SELECT count(*) FROM forgetting").fetchone() == (0,)
    database.close()


def test_a_file_that_is_no_database_is_set_aside_and_named(tmp_path: Path) -> None:
    file = tmp_path / "library.sqlite"
    file.write_bytes(b"this is no database " * 400)
    database = Database(file)
    aside = database.prepare()
    assert aside is not None
    assert aside.name.startswith("library-damaged-")
    assert aside.read_bytes().startswith(b"this is no database")
    assert database.is_sound()
    database.close()


def test_pages_that_are_damaged_are_found_by_the_check(tmp_path: Path) -> None:
    file = tmp_path / "library.sqlite"
    database = Database(file)
    database.prepare()
    with database.writing() as connection:
        connection.executemany(
            "INSERT INTO forgetting VALUES (?)", [(f"{k:0200d}",) for k in range(400)]
        )
    assert database.is_sound()
    database.close()
    damaged = bytearray(file.read_bytes())
    damaged[-20_000:] = b"\xa5" * 20_000
    file.write_bytes(damaged)
    database = Database(file)
    assert database.prepare() is None, "its first page is sound"
    assert not database.is_sound()
    assert database.set_aside() is not None
    assert database.is_sound()
    database.close()


def test_a_library_of_the_first_version_is_brought_to_this_one(tmp_path: Path) -> None:
    file = tmp_path / "library.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(f"{MIGRATIONS[0]} PRAGMA user_version = 1;")
        connection.execute("INSERT INTO series VALUES ('f00d', '1.2', '1.2.1', 'CTPA', 3, 0)")
        connection.commit()
    database = Database(file)
    assert database.prepare() is None
    with database.reading() as connection:
        told = connection.execute("SELECT series_id, images_id, n_slices FROM series").fetchall()
    assert told == [("f00d", "f00d", 3)]
    database.close()


def test_the_file_of_a_newer_version_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "library.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE newer (x)")
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(LibraryError, match="newer version"):
        Database(file).prepare()
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT count(*) FROM newer").fetchone() == (0,)


def test_a_folder_that_is_a_file_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(LibraryError, match="cannot be used"):
        Database(tmp_path / "data" / "library.sqlite").prepare()


def test_in_memory_all_connections_see_the_same_and_nothing_is_left(tmp_path: Path) -> None:
    database, other = Database(None), Database(None)
    for each in (database, other):
        each.prepare()
    with database.writing() as connection:
        connection.execute("INSERT INTO forgetting VALUES ('1.2')")
    with database.reading() as connection:
        assert connection.execute("SELECT count(*) FROM forgetting").fetchone() == (1,)
    with other.reading() as connection:
        assert connection.execute("SELECT count(*) FROM forgetting").fetchone() == (0,)
    for each in (database, other):
        each.close()
    assert list(tmp_path.iterdir()) == []


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from pe_viewer.library.database import Database, LibraryError
database = Database(Path(sys.argv[1]))
database.prepare()
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
try:
    with database.writing() as connection:
        connection.execute("INSERT INTO forgetting VALUES (?)", ("x" * 900_000,))
except LibraryError as error:
    print(error)
    sys.exit(3)
"""


def test_a_full_disk_is_told_and_leaves_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "library.sqlite"
    database = Database(file)
    database.prepare()
    with database.writing() as connection:
        connection.execute("INSERT INTO forgetting VALUES ('1.2')")
    ended = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(file)], check=False, capture_output=True, text=True
    )
    assert (ended.returncode, ended.stderr) == (3, "")
    assert "make room on the disk" in ended.stdout
    with database.reading() as connection:
        assert connection.execute("SELECT study_key FROM forgetting").fetchall() == [("1.2",)]
    database.close()


KILLED = """
import os, signal, sys
from pathlib import Path
from pe_viewer.library.database import Database
database = Database(Path(sys.argv[1]))
database.prepare()
with database.writing() as connection:
    connection.execute("INSERT INTO forgetting VALUES ('kept')")
with database.writing() as connection:
    connection.execute("INSERT INTO forgetting VALUES ('half')")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_kill_within_a_transaction_leaves_all_of_the_one_before(tmp_path: Path) -> None:
    file = tmp_path / "library.sqlite"
    assert subprocess.run([sys.executable, "-c", KILLED, str(file)], check=False).returncode == -9
    database = Database(file)
    assert database.prepare() is None
    with database.reading() as connection:
        assert connection.execute("SELECT study_key FROM forgetting").fetchall() == [("kept",)]
    database.close()
