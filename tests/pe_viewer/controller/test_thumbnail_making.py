"""Small pictures of all series: made once the disk is free, for every series that can be read."""

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pytestqt.qtbot import QtBot

from pe_models.imaging.scan import scan_path
from pe_viewer.controller.thumbnail_making import ThumbnailMaking
from pe_viewer.jobs import JobRunner, Lane
from pe_viewer.services.thumbnails import ThumbnailService
from pe_viewer.state import Activity, Phase, ReviewSnapshot, ReviewState

if TYPE_CHECKING:
    from tests.pe_viewer.conftest import Bench, WriteCt


def test_every_series_gets_a_picture_after_the_first_has_loaded(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct", series=1)
    write_ct(tmp_path / "ct", series=2, n_slices=5)
    bench.open(tmp_path / "ct")
    keys = {series.key for study in bench.state.snapshot.studies for series in study.series}
    bench.wait(lambda s: set(s.thumbnails) == keys)
    assert len(keys) == 2
    first, second = bench.state.snapshot.thumbnails.values()
    assert first.shape == second.shape == (40, 60)
    assert not np.array_equal(first, second), "the middle of 12 slices is not that of 5"


def test_a_series_that_cannot_be_read_has_no_picture_and_harms_no_other(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct", series=1)
    write_ct(tmp_path / "ct", series=2, n_slices=5)
    write_ct(tmp_path / "ct", series=3, n_slices=7)
    for path in (tmp_path / "ct").glob("2-*"):
        path.write_bytes(path.read_bytes()[:-3000])
    bench.open(tmp_path / "ct")
    bench.wait(lambda s: len(s.thumbnails) == 2)
    assert {key.split("/")[0][-1] for key in bench.state.snapshot.thumbnails} == {"1", "3"}


def test_pictures_are_kept_while_the_reader_goes_from_series_to_series(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct", series=1)
    write_ct(tmp_path / "ct", series=2, n_slices=5)
    bench.open(tmp_path / "ct")
    bench.wait(lambda s: len(s.thumbnails) == 2)
    made = bench.state.snapshot.thumbnails
    bench.controller.opening.step_series(1)
    bench.wait(lambda s: s.loading.phase is Phase.DONE)
    assert bench.state.snapshot.thumbnails is made


def test_pictures_go_with_their_study(bench: "Bench", write_ct: "WriteCt", tmp_path: Path) -> None:
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    bench.wait(lambda s: len(s.thumbnails) == 1)
    bench.controller.opening.close_study()
    assert bench.state.snapshot.thumbnails == {}


def test_pictures_give_way_to_a_series_that_the_reader_asks_for(
    qtbot: QtBot, nothing_left: None, write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")
    studies = scan_path(tmp_path / "ct").studies
    runner, gate, ended = JobRunner(), threading.Event(), threading.Event()
    state = ReviewState(ReviewSnapshot(studies=studies, loading=Activity(Phase.RUNNING)))
    making = ThumbnailMaking(state, ThumbnailService(runner))
    runner.start(Lane.DISK, "hold the lane", lambda on_progress, cancel: gate.wait(10))
    state.update(loading=Activity(Phase.DONE))
    state.update(loading=Activity(Phase.RUNNING))
    gate.set()
    runner.start(Lane.DISK, "come after", lambda on_progress, cancel: None).succeeded.connect(
        lambda result: ended.set()
    )
    qtbot.waitUntil(ended.is_set)
    assert making is not None
    assert state.snapshot.thumbnails == {}
    assert runner.shutdown()
