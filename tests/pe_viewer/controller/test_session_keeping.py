"""The last session: kept while reading, offered at the next start, gone on with."""

from pathlib import Path
from typing import TYPE_CHECKING

from pe_models.imaging.window import Window

if TYPE_CHECKING:
    from tests.pe_viewer.conftest import Bench, WriteCt

LUNG = Window(1500.0, -600.0)


def read_somewhere(bench: "Bench", folder: Path) -> str:
    """Reads the second series at slice 4 in another window; its key."""
    bench.open(folder)
    study = bench.state.snapshot.study
    assert study is not None
    key = study.series[1].key
    bench.controller.opening.open_series(key)
    bench.wait(lambda s: s.series.key == key and s.volume is not None)
    bench.controller.navigation.go_to(4)
    bench.controller.appearance.set_window(LUNG)
    return key


def start_again(bench: "Bench") -> None:
    bench.controller.opening.close_study()
    bench.controller.opening._last_slice.clear()
    bench.state.update(session=None)
    bench.controller.session.begin()


def test_what_was_open_comes_back_at_its_slice_in_its_window(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    for number in (1, 2):
        write_ct(tmp_path / "ct", series=number, description=f"CTPA {number}")
    key = read_somewhere(bench, tmp_path / "ct")
    bench.wait(lambda s: getattr(bench.library.session.load(), "slice_index", None) == 4)
    session = bench.library.session.load()
    assert session is not None
    assert not session.has_ended
    start_again(bench)
    bench.wait(lambda s: s.session == session)
    bench.controller.session.restore()
    bench.wait(lambda s: s.volume is not None and s.session is None)
    snapshot = bench.state.snapshot
    assert snapshot.series is not None
    assert (snapshot.series.key, snapshot.slice_index, snapshot.window) == (key, 4, LUNG)


def test_a_program_that_ends_says_so_and_one_that_is_killed_does_not(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    bench.wait(lambda s: bench.library.session.load() is not None)
    killed = bench.library.session.load()
    assert killed is not None
    assert not killed.has_ended
    bench.controller.session.close()
    ended = bench.library.session.load()
    assert ended is not None
    assert ended.has_ended
    bench.controller.session._state.changed.connect(bench.controller.session._on_changed)


def test_the_setting_goes_on_by_itself(bench: "Bench", write_ct: "WriteCt", tmp_path: Path) -> None:
    write_ct(tmp_path / "ct")
    bench.controller.session.toggle_restore_at_start()
    bench.open(tmp_path / "ct")
    bench.wait(lambda s: bench.library.session.load() is not None)
    bench.state.update(session=None)
    kept = bench.library.session.load()
    bench.controller.opening.close_study()
    bench.library.session.save(kept)
    bench.controller.session.begin()
    bench.wait(lambda s: s.volume is not None)


def test_where_nothing_was_open_nothing_is_offered(bench: "Bench") -> None:
    bench.controller.session.begin()
    bench.controller.session.restore()
    assert bench.state.snapshot.notice == "There is no last session"


def test_files_that_have_gone_are_told_and_the_offer_stays(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    bench.wait(lambda s: bench.library.session.load() is not None)
    kept = bench.library.session.load()
    bench.controller.opening.close_study()
    bench.state.update(session=kept)
    (tmp_path / "ct").rename(tmp_path / "elsewhere")
    bench.controller.session.restore()
    bench.wait(lambda s: bool(s.scanning.message))
    assert bench.state.snapshot.session == kept
