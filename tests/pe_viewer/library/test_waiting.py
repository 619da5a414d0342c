"""The queue of analyses as the library keeps it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pe_viewer.library.library import Library
from pe_viewer.library.series_id import key_of_row
from pe_viewer.library.waiting import WaitingStudy
from tests.pe_viewer.library.conftest import make_study

KEYS = {uid: key_of_row("DOE^JANE", "ID-123", "19630101", uid) for uid in ("1.1", "1.2", "1.3")}


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    made = Library(tmp_path / "data")
    made.open()
    for uid in KEYS:
        made.studies.add(make_study(tmp_path / uid, uid=uid))
    yield made
    made.close()


def test_what_waits_comes_back_in_its_order_and_with_what_had_begun(library: Library) -> None:
    waiting = (WaitingStudy(KEYS["1.3"], has_begun=True), WaitingStudy(KEYS["1.1"]))
    library.queue.save((WaitingStudy(KEYS["1.2"]),))
    library.queue.save(waiting)
    assert library.queue.load() == waiting


def test_a_study_that_the_library_does_not_know_does_not_come_back(library: Library) -> None:
    library.queue.save((WaitingStudy("9.9"), WaitingStudy(KEYS["1.1"])))
    assert library.queue.load() == (WaitingStudy(KEYS["1.1"]),)


def test_a_study_that_is_forgotten_waits_no_longer(library: Library, tmp_path: Path) -> None:
    library.queue.save((WaitingStudy(KEYS["1.1"]), WaitingStudy(KEYS["1.2"])))
    library.forget_studies({KEYS["1.1"]: ()})
    library.studies.add(make_study(tmp_path / "1.1", uid="1.1"))
    assert library.queue.load() == (WaitingStudy(KEYS["1.2"]),)
