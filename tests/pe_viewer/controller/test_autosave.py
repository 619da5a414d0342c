"""The reader's work comes back: after close, after a restart, and after a kill."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pe_viewer.form.sign_off import SignOff
from pe_viewer.jobs import Lane
from pe_viewer.library.review_json import Reading
from pe_viewer.review import Review

if TYPE_CHECKING:
    from tests.pe_viewer.conftest import Bench, WriteCt


def kept(home: Path, bench: "Bench") -> object:
    series = bench.state.snapshot.series
    assert series is not None
    return bench.library.readings.load(series.key)


@pytest.mark.wall_clock
def test_what_was_said_is_on_disk_soon_and_without_closing_anything(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path, home: Path
) -> None:
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    bench.controller.navigation.go_to(4)
    bench.controller.reviewing.toggle_key_slice()
    review, began_s = bench.state.snapshot.review, time.monotonic()
    bench.wait(lambda s: getattr(kept(home, bench), "review", None) == review)
    assert time.monotonic() - began_s < 5.0


@pytest.fixture
def slow_autosave(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that by itself saves only after an hour."""
    monkeypatch.setattr("pe_viewer.controller.autosave._AFTER_MS", 3_600_000)


SIGNED = Review(sign_off=SignOff("Dr. Weiß", datetime(2026, 11, 20, tzinfo=UTC), 12, 12, ""))


@pytest.mark.parametrize("review", [SIGNED, Review(first_read=())], ids=["signed", "locked"])
def test_a_signed_reading_and_a_locked_first_read_are_on_disk_at_once(
    slow_autosave: None,
    bench: "Bench",
    write_ct: "WriteCt",
    tmp_path: Path,
    home: Path,
    review: Review,
) -> None:
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    bench.state.update(review=review)
    bench.wait(lambda s: getattr(kept(home, bench), "review", None) == review)


def test_a_series_comes_back_with_its_review_its_slice_and_what_was_viewed(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct", series=1)
    write_ct(tmp_path / "ct", series=2)
    bench.open(tmp_path / "ct")
    bench.controller.navigation.go_to(4)
    bench.controller.viewing.slice_painted(4)
    bench.wait(lambda s: 4 in s.viewed)
    bench.controller.reviewing.toggle_added()
    review = bench.state.snapshot.review
    bench.controller.opening.close_study()
    bench.open(tmp_path / "ct")
    snapshot = bench.state.snapshot
    assert (snapshot.review, snapshot.slice_index) == (review, 4)
    assert snapshot.viewed is not None
    assert 4 in snapshot.viewed


def test_of_a_study_that_was_moved_it_is_still_known_that_the_model_was_seen(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path, home: Path
) -> None:
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    bench.wait(lambda s: bool(s.library))
    series = bench.state.snapshot.series
    assert series is not None
    bench.library.readings.save(
        series.key, bench.state.snapshot.library[0].study_key, Reading(model_was_seen=True)
    )
    bench.controller.opening.close_study()
    (tmp_path / "ct").rename(tmp_path / "archive")
    bench.open(tmp_path / "archive")
    bench.controller.reviewing.toggle_key_slice()
    review = bench.state.snapshot.review
    bench.wait(lambda s: getattr(kept(home, bench), "review", None) == review)
    assert getattr(kept(home, bench), "model_was_seen", None) is True


@contextmanager
def full_disk() -> Iterator[None]:
    """No file may grow beyond 4 KiB: less than one page of the library and its header."""
    import resource  # not on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_what_a_full_disk_refused_is_written_once_there_is_room(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path, home: Path
) -> None:
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    bench.wait(lambda s: bool(s.library))
    with full_disk():
        bench.controller.reviewing.toggle_key_slice()
        bench.wait(lambda s: "make room on the disk" in s.notice)
    review = bench.state.snapshot.review
    bench.wait(lambda s: getattr(kept(home, bench), "review", None) == review)


def test_a_save_that_never_had_its_turn_is_made_up_for_at_the_end(
    slow_autosave: None,
    bench: "Bench",
    write_ct: "WriteCt",
    tmp_path: Path,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pe_viewer.jobs.runner._DRAIN_S", 0.1)
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    bench.wait(lambda s: bool(s.library))
    is_over = threading.Event()
    try:
        bench.runner.start(Lane.LIBRARY, "a long job", lambda progress, cancel: is_over.wait(60))
        bench.state.update(review=SIGNED)
        assert not bench.runner.drain(Lane.LIBRARY)
        bench.controller.autosave.close()
        assert getattr(kept(home, bench), "review", None) == SIGNED
    finally:
        is_over.set()


READER = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from pe_viewer.app import make_application, make_room
from pe_viewer.library.library import Library
from pe_viewer.services.analysis import AnalysisWorker
from pe_viewer.settings import SettingsFile
application = make_application()
library = Library(Path(sys.argv[2]))
library.open()
room = make_room(SettingsFile(None), AnalysisWorker(), library)
room.controller.opening.open_path(Path(sys.argv[1]))
def act():
    if room.state.snapshot.volume is None:
        return
    timer.stop()
    room.controller.navigation.go_to(3)
    room.controller.reviewing.toggle_key_slice()
    print("done", flush=True)
timer = QTimer()
timer.timeout.connect(act)
timer.start(50)
application.exec()
"""


@pytest.mark.long
def test_a_killed_program_loses_at_most_five_seconds(write_ct: "WriteCt", tmp_path: Path) -> None:
    write_ct(tmp_path / "ct")
    with subprocess.Popen(
        [sys.executable, "-c", READER, str(tmp_path / "ct"), str(tmp_path / "kept")],
        stdout=subprocess.PIPE,
    ) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == b"done\n"
        time.sleep(5.0)  # the bar itself: what is older than this must be on disk
        os.kill(reader.pid, signal.SIGKILL)
    with closing(sqlite3.connect(tmp_path / "kept" / "library.sqlite")) as connection:
        ((record,),) = connection.execute("SELECT record FROM reading").fetchall()
    assert '"key_slices": [3]' in record
