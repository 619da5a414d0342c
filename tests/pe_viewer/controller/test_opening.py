"""Opening: a path becomes a study on screen, or a clear message; the old study stays till then."""

import gc
import threading
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from pydicom import dcmread

from pe_models.imaging.study import Series
from pe_models.imaging.volume import PADDING_HU, LoadedSlices
from pe_models.imaging.window import PE_WINDOW
from pe_viewer.controller.opening import Opening
from pe_viewer.jobs import Lane
from pe_viewer.services.studies import Loading, StudyService
from pe_viewer.state import Phase, ReviewSnapshot

if TYPE_CHECKING:
    from tests.pe_viewer.conftest import Bench, WriteCt


def test_a_folder_opens_on_its_best_series_with_exact_hu(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    hu = write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    snapshot = bench.state.snapshot
    assert snapshot.volume is not None
    assert snapshot.pixels is not None
    np.testing.assert_array_equal(snapshot.pixels, hu)
    assert snapshot.loaded == LoadedSlices.all_of(12)
    assert snapshot.loading.phase is Phase.DONE
    assert snapshot.window == PE_WINDOW
    assert snapshot.slice_index == 6


def test_what_is_on_screen_while_loading_is_never_more_than_what_has_come(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    hu = write_ct(tmp_path / "ct", n_slices=60)
    wrong: list[int] = []

    def check(old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        if new.pixels is not None and new.loaded is not None:
            wrong.extend(k for k in range(60) if k in new.loaded and (new.pixels[k] != hu[k]).any())

    bench.state.changed.connect(check)
    bench.open(tmp_path / "ct")
    assert wrong == []


def test_pixels_on_screen_cannot_be_written(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    assert bench.state.snapshot.pixels is not None
    assert not bench.state.snapshot.pixels.flags.writeable


def test_an_empty_folder_says_so(bench: "Bench", tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    bench.open(tmp_path / "empty")
    assert bench.state.snapshot.scanning.phase is Phase.FAILED
    assert "no files" in bench.state.snapshot.scanning.message


def test_a_folder_of_text_files_says_how_many_were_looked_at(
    bench: "Bench", tmp_path: Path
) -> None:
    for number in range(3):
        (tmp_path / f"note-{number}.txt").write_text("not a CT")
    bench.open(tmp_path)
    assert bench.state.snapshot.scanning.phase is Phase.FAILED
    assert "No CT images here: 3 files were looked at" in bench.state.snapshot.scanning.message


def test_a_path_that_does_not_exist_says_so(bench: "Bench", tmp_path: Path) -> None:
    bench.open(tmp_path / "nowhere")
    assert bench.state.snapshot.scanning.phase is Phase.FAILED
    assert bench.state.snapshot.scanning.message


def test_a_failed_scan_leaves_the_old_study_on_screen(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    before = bench.state.snapshot
    (tmp_path / "empty").mkdir()
    bench.open(tmp_path / "empty")
    after = bench.state.snapshot
    assert after.volume is before.volume
    assert after.studies == before.studies


def test_a_truncated_file_is_named_and_the_rest_is_shown(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")
    victim = tmp_path / "ct" / "1-0856.dcm"
    victim.write_bytes(victim.read_bytes()[:-3000])
    bench.open(tmp_path / "ct")
    snapshot = bench.state.snapshot
    assert snapshot.volume is not None
    assert snapshot.series is not None
    named = [file for warning in snapshot.series.warnings for file in warning.files]
    assert len(snapshot.volume.missing_slices) == 1
    assert "1-0856.dcm" in named


def test_a_series_without_one_readable_slice_fails_with_its_reason(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct", n_slices=3)
    for path in (tmp_path / "ct").iterdir():
        path.write_bytes(path.read_bytes()[:-3000])
    bench.open(tmp_path / "ct")
    snapshot = bench.state.snapshot
    assert Phase.FAILED in (snapshot.loading.phase, snapshot.scanning.phase)
    assert snapshot.pixels is None
    assert snapshot.volume is None
    assert snapshot.loading.message or snapshot.scanning.message


def test_a_single_slice_can_be_opened(bench: "Bench", write_ct: "WriteCt", tmp_path: Path) -> None:
    hu = write_ct(tmp_path / "ct", n_slices=1)
    bench.open(tmp_path / "ct")
    assert bench.state.snapshot.volume is not None
    np.testing.assert_array_equal(bench.state.snapshot.volume.hu, hu)


def test_an_mr_opens_in_a_window_over_its_own_values(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    hu = write_ct(tmp_path / "mr", modality="MR", description="T1")
    bench.open(tmp_path / "mr")
    window = bench.state.snapshot.window
    middle = hu[6]
    assert window != PE_WINDOW
    assert middle.min() <= window.low_hu < window.high_hu <= middle.max()


def test_a_perfusion_map_opens_in_a_window_over_its_own_values(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    """A CT by its modality, but its rescale type says that its values are no HU."""
    write_ct(tmp_path / "map")
    for path in (tmp_path / "map").iterdir():
        dataset = dcmread(path)
        dataset.RescaleType = "US"
        dataset.save_as(path)
    bench.open(tmp_path / "map")
    assert bench.state.snapshot.window != PE_WINDOW
    assert bench.state.snapshot.refusal.startswith("The values of this series are not")


def test_another_series_replaces_the_first_and_frees_its_memory(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct", series=1)
    write_ct(tmp_path / "ct", series=2, n_slices=5, description="LUNG 5 MM")
    bench.open(tmp_path / "ct")
    first = bench.state.snapshot
    assert first.study is not None
    assert first.series is not None
    memory = weakref.ref(first.pixels)
    other = next(s for s in first.study.series if s.key != first.series.key)
    del first
    bench.controller.opening.open_series(other.series_uid)
    bench.wait(lambda s: s.loading.phase is Phase.DONE)
    assert bench.state.snapshot.n_slices == other.n_slices
    gc.collect()
    assert memory() is None


def test_page_keys_step_through_the_series_and_stop_at_the_last(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct", series=1)
    write_ct(tmp_path / "ct", series=2, n_slices=5)
    bench.open(tmp_path / "ct")
    first = bench.state.snapshot.series
    bench.controller.opening.step_series(1)
    bench.wait(lambda s: s.loading.phase is Phase.DONE)
    assert first is not None
    assert bench.state.snapshot.series is not None
    assert bench.state.snapshot.series.key != first.key
    bench.controller.opening.step_series(1)
    assert bench.state.snapshot.notice == "Last series of this study"


def test_coming_back_to_a_series_shows_the_slice_that_was_left(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct", series=1)
    write_ct(tmp_path / "ct", series=2, n_slices=5)
    bench.open(tmp_path / "ct")
    bench.controller.navigation.go_to(2)
    left = bench.state.snapshot.series
    assert left is not None
    for by in (1, -1):
        bench.controller.opening.step_series(by)
        bench.wait(lambda s: s.loading.phase is Phase.DONE)
    assert bench.state.snapshot.series is not None
    assert bench.state.snapshot.series.key == left.key
    assert bench.state.snapshot.slice_index == 2


def test_closing_leaves_nothing_open(bench: "Bench", write_ct: "WriteCt", tmp_path: Path) -> None:
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    bench.controller.opening.close_study()
    snapshot = bench.state.snapshot
    assert (snapshot.study, snapshot.series, snapshot.pixels, snapshot.volume) == (None,) * 4
    assert snapshot.studies == ()


def test_a_second_path_opened_at_once_wins(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "one", series=1)
    write_ct(tmp_path / "two", series=2, n_slices=5)
    bench.controller.opening.open_path(tmp_path / "one")
    bench.open(tmp_path / "two")
    assert bench.state.snapshot.n_slices == 5


def test_an_opened_folder_is_remembered_as_recent(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    assert bench.state.snapshot.recent == (tmp_path / "ct",)
    assert bench.settings.settings.recent == (tmp_path / "ct",)


def test_opening_several_paths_gathers_one_study(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "one", series=1)
    write_ct(tmp_path / "two", series=2)
    bench.open(tmp_path / "one", tmp_path / "two")
    assert [len(study.series) for study in bench.state.snapshot.studies] == [2]


@pytest.mark.parametrize("cancel", ["cancel_scan", "cancel_load"])
def test_cancelling_what_does_not_run_is_refused(bench: "Bench", cancel: str) -> None:
    opening: Any = bench.controller.opening
    assert getattr(opening, cancel)() is False


def test_loading_follows_the_slice_that_the_reader_goes_to(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct", n_slices=60)
    disk_is_free = threading.Event()

    class BusyDisk(StudyService):
        def load(self, series: Series, *, first: int) -> Loading:
            bench.runner.start(Lane.DISK, "hold", lambda progress, cancel: disk_is_free.wait(10))
            self.loading = super().load(series, first=first)
            return self.loading

    service = BusyDisk(bench.runner)
    opening = Opening(
        bench.state,
        service,
        bench.controller.analysing,
        bench.controller.reviewing,
        bench.controller.autosave,
        bench.settings,
    )
    opening.open_path(tmp_path / "ct")
    bench.wait(lambda s: s.loading.is_running)
    assert service.loading.order.focus == 30

    bench.state.update(slice_index=3)
    assert service.loading.order.focus == 3
    bench.state.update(loaded=LoadedSlices(60).with_slices(range(3, 8)), slice_index=4)
    assert service.loading.order.focus == 8, "the next that is not here, where the reader travels"
    bench.state.update(slice_index=3)
    assert service.loading.order.focus == 2

    disk_is_free.set()
    bench.wait(lambda s: not s.loading.is_running)
    assert bench.state.snapshot.loaded == LoadedSlices.all_of(60)


def test_a_scan_is_counted_file_by_file(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct", n_slices=60)
    seen: list[tuple[int, int]] = []

    def watch(old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        if new.scanning.is_running and new.scanning is not old.scanning:
            seen.append((new.scanning.done, new.scanning.total))

    bench.state.changed.connect(watch)
    bench.open(tmp_path / "ct")
    assert seen[0] == (0, 0)
    assert all(done <= total for done, total in seen if total)
    assert seen[-1] == (60, 60)
    assert bench.state.snapshot.n_slices == 60


def test_a_cancelled_scan_ends_at_once_for_the_reader(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    """Whatever its job still does: a hung drive must not hold the window."""
    write_ct(tmp_path / "ct")
    bench.controller.opening.open_path(tmp_path / "ct")
    assert bench.controller.opening.cancel_scan()
    assert bench.state.snapshot.scanning.phase is Phase.CANCELLED
    assert bench.state.snapshot.notice == "Scan cancelled"
    assert bench.runner.shutdown()
    assert bench.state.snapshot.study is None


def test_after_a_cancelled_load_the_series_can_be_opened_again(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct", series=1, n_slices=5)
    hu = write_ct(tmp_path / "ct", series=2, n_slices=60)
    bench.open(tmp_path / "ct")
    opening = bench.controller.opening
    series = {each.n_slices: each for each in bench.state.snapshot.studies[0].series}
    opening.open_series(series[5].key)
    bench.wait(lambda s: s.loading.phase is Phase.DONE)
    opening.open_series(series[60].key)
    assert opening.cancel_load()
    bench.wait(lambda s: s.loading.phase is Phase.CANCELLED)
    opening.open_series(series[60].key)
    bench.wait(lambda s: s.loading.phase is Phase.DONE)
    assert bench.state.snapshot.pixels is not None
    np.testing.assert_array_equal(bench.state.snapshot.pixels, hu)


def test_what_a_path_without_a_study_held_can_be_looked_up(bench: "Bench", tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("not a CT")
    bench.open(tmp_path)
    assert [file.path.name for file in bench.state.snapshot.skipped] == ["note.txt"]


def test_a_failed_scan_leaves_the_list_of_the_study_that_is_open(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "note.txt").write_text("not a CT")
    bench.open(tmp_path / "ct")
    bench.open(tmp_path / "other")
    assert bench.state.snapshot.scanning.phase is Phase.FAILED
    assert bench.state.snapshot.skipped == ()


def test_a_slice_that_cannot_be_read_is_never_drawn_while_the_rest_loads(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    """It reads as air: as loaded, it would be taken for a slice without a patient."""
    write_ct(tmp_path / "ct", n_slices=60)
    victim = sorted((tmp_path / "ct").iterdir())[7]
    victim.write_bytes(victim.read_bytes()[:-3000])
    shown_as_air: list[int] = []

    def watch(old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        if new.pixels is not None and new.volume is None and new.loaded is not None:
            shown_as_air.extend(
                k for k in range(60) if k in new.loaded and (new.pixels[k] == PADDING_HU).all()
            )

    bench.state.changed.connect(watch)
    bench.open(tmp_path / "ct")
    assert bench.state.snapshot.volume is not None
    assert len(bench.state.snapshot.volume.missing_slices) == 1
    assert shown_as_air == []


def test_tags_go_with_their_series_and_none_that_come_late_are_of_another_one(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct", series=1)
    write_ct(tmp_path / "ct", series=2)
    bench.open(tmp_path / "ct")
    bench.controller.tags.read()
    bench.wait(lambda s: s.tags is not None)
    bench.controller.opening.step_series(1)
    assert bench.state.snapshot.tags is None
    bench.controller.tags.read()
    bench.controller.opening.step_series(-1)
    seen = []
    bench.state.changed.connect(lambda old, new: seen.append(new.tags))
    bench.wait(lambda s: s.volume is not None)
    ended = []
    bench.runner.start(Lane.HEADER, "after it", lambda p, c: None).finished.connect(
        lambda: ended.append(True)
    )
    bench.wait(lambda s: bool(ended))
    assert set(seen) == {None}
    bench.controller.opening.close_study()
    assert bench.state.snapshot.tags is None
