"""The planes beside the slices: what is cut, when, and what crosshair and slice tell each other."""

import gc
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from pydicom import dcmread

from pe_models.imaging.reslice import reslice
from pe_models.imaging.reslicing.slab import THIN, Projection, Slab
from pe_models.imaging.reslicing.voxels import Voxels
from pe_models.progress import CancelToken, OnProgress
from pe_viewer.controller.planes import Planes
from pe_viewer.display.looks import ViewTransform
from pe_viewer.display.planes import PlaneKind
from pe_viewer.jobs import Job, JobRunner, Lane
from pe_viewer.services.planes import PlaneRequest, PlaneService
from pe_viewer.state import ReviewSnapshot, ReviewState

if TYPE_CHECKING:
    from tests.pe_viewer.conftest import Bench, WriteCt

CORONAL, SAGITTAL = PlaneKind.CORONAL, PlaneKind.SAGITTAL


def are_cut(snapshot: ReviewSnapshot) -> bool:
    """Whether the planes through the crosshair are those that are shown."""
    point_mm = snapshot.crosshair_mm
    return (
        point_mm is not None
        and len(snapshot.reslices) == 2
        and all(
            abs(float(cut.plane.distance_mm(point_mm))) < 1e-9 and cut.slab == snapshot.slab
            for cut in snapshot.reslices.values()
        )
    )


@pytest.fixture
def opened(bench: "Bench", write_ct: "WriteCt", tmp_path: Path) -> "Bench":
    """Twelve slices of 40 x 60: 1.25 x 0.7 x 0.8 mm from (-20, -14, -100), planes beside them."""
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    bench.controller.planes.toggle_planes()
    bench.wait(are_cut)
    return bench


def test_a_wide_window_shows_the_planes_until_the_reader_says_otherwise(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    planes = bench.controller.planes
    planes.set_wide(True)
    assert not bench.state.snapshot.shows_planes, "nothing is open"
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    bench.wait(are_cut)
    planes.set_wide(False)
    assert not bench.state.snapshot.shows_planes
    planes.set_wide(True)
    planes.toggle_planes()
    planes.set_wide(False)
    planes.set_wide(True)
    assert not bench.state.snapshot.shows_planes, "the reader closed them"


def test_a_wide_window_shows_no_planes_of_what_has_none(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    bench.controller.planes.set_wide(True)
    write_ct(tmp_path / "ct", n_slices=1)
    bench.open(tmp_path / "ct")
    assert not bench.state.snapshot.shows_planes


def test_the_planes_go_through_the_middle_of_the_slice_at_first(opened: "Bench") -> None:
    snapshot = opened.state.snapshot
    assert snapshot.crosshair_mm == pytest.approx((-20 + 30 * 0.8, -14 + 20 * 0.7, -92.5))
    coronal = snapshot.reslices[CORONAL]
    assert snapshot.volume is not None
    np.testing.assert_array_equal(coronal.hu, reslice(Voxels.of(snapshot.volume), coronal.plane).hu)


def test_putting_the_crosshair_shows_its_slice_and_cuts_through_the_nearest_voxel(
    opened: "Bench",
) -> None:
    opened.controller.planes.put_crosshair((-19.0, -13.1, -89.8))
    snapshot = opened.state.snapshot
    assert snapshot.slice_index == 8
    assert snapshot.crosshair_mm == pytest.approx((-19.2, -13.3, -90.0))
    opened.wait(are_cut)


def test_scrolling_takes_the_crosshair_along_and_cuts_nothing(opened: "Bench") -> None:
    before = opened.state.snapshot
    opened.controller.navigation.step_slices(-4)
    after = opened.state.snapshot
    assert after.crosshair_mm == pytest.approx((4.0, 0.0, -97.5))
    assert after.reslices is before.reslices


def test_the_wheel_moves_a_plane_by_one_row_and_leaves_the_other(opened: "Bench") -> None:
    before = opened.state.snapshot
    opened.controller.planes.step_plane(CORONAL, 1)
    opened.wait(lambda s: s.reslices[CORONAL] is not before.reslices[CORONAL])
    after = opened.state.snapshot
    assert after.crosshair_mm == pytest.approx((4.0, 0.7, -92.5))
    assert after.slice_index == before.slice_index
    assert after.reslices[SAGITTAL] is before.reslices[SAGITTAL]


def test_of_many_requests_only_the_last_is_cut_after_the_one_that_runs(opened: "Bench") -> None:
    cuts: list[ReviewSnapshot] = []
    opened.state.changed.connect(
        lambda old, new: cuts.append(new) if new.reslices is not old.reslices else None
    )
    for row in range(20):
        opened.controller.planes.put_crosshair((4.0, -14.0 + 0.7 * row, -92.5))
    opened.wait(are_cut)
    assert opened.state.snapshot.reslices[CORONAL].plane.origin_mm[1] == pytest.approx(-0.7)
    assert len(cuts) == 2


def test_a_slab_is_cut_from_what_lies_within_it(opened: "Bench") -> None:
    """Values rise by 10 a row and by 3 a column: a MIP is what a thin plane shows 5 mm behind."""
    thin = opened.state.snapshot.reslices[CORONAL].hu
    opened.controller.planes.set_slab(Slab(5.0, Projection.MIP))
    opened.wait(are_cut)
    assert (opened.state.snapshot.reslices[CORONAL].hu > thin).all()
    opened.controller.planes.set_slab(Slab(5.0, Projection.MINIP))
    opened.wait(are_cut)
    assert (opened.state.snapshot.reslices[CORONAL].hu < thin).all()


def test_the_key_cycles_the_slab_only_while_planes_are_shown(opened: "Bench") -> None:
    opened.controller.planes.cycle_slab()
    assert opened.state.snapshot.slab == Slab(5.0)
    assert opened.state.snapshot.notice == "Planes: MIP 5 mm"
    opened.wait(are_cut)
    opened.controller.planes.toggle_planes()
    opened.controller.planes.cycle_slab()
    assert opened.state.snapshot.slab == Slab(5.0)


def test_hidden_planes_hold_nothing_and_come_back_where_they_were(opened: "Bench") -> None:
    opened.controller.planes.put_crosshair((-19.0, -13.1, -89.8))
    opened.wait(are_cut)
    opened.controller.planes.toggle_planes()
    hidden = opened.state.snapshot
    assert (hidden.voxels, hidden.reslices) == (None, {})
    opened.controller.navigation.go_to(2)
    opened.controller.planes.toggle_planes()
    opened.wait(are_cut)
    assert opened.state.snapshot.crosshair_mm == pytest.approx((-19.2, -13.3, -97.5))


def test_planes_fill_while_slices_come(bench: "Bench", write_ct: "WriteCt", tmp_path: Path) -> None:
    write_ct(tmp_path / "ct", n_slices=400)
    bench.controller.opening.open_path(tmp_path / "ct")
    shares: list[float] = []

    def note(old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        if new.series is not None and not new.shows_planes:
            bench.controller.planes.toggle_planes()
        if new.reslices is not old.reslices and new.reslices:
            shares.append(float(new.reslices[CORONAL].is_there.mean()))

    bench.state.changed.connect(note)
    bench.wait(lambda s: s.volume is not None and are_cut(s) and shares[-1] == 1.0)
    assert shares == sorted(shares)


def test_a_slice_that_cannot_be_read_is_not_there_in_the_planes(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")
    cut_short = sorted((tmp_path / "ct").iterdir())[3]
    index = round((float(dcmread(cut_short).ImagePositionPatient[2]) + 100.0) / 1.25)
    cut_short.write_bytes(cut_short.read_bytes()[:-3000])
    bench.open(tmp_path / "ct")
    bench.controller.planes.toggle_planes()
    bench.wait(are_cut)
    snapshot = bench.state.snapshot
    coronal = snapshot.reslices[CORONAL]
    z_mm = -100.0 + 1.25 * index
    row = round(float(coronal.plane.to_pixel((0.0, 0.0, z_mm))[0]))
    assert not coronal.is_there[row].any()
    assert coronal.is_there.any()


def test_a_gap_is_not_there_in_the_planes(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")
    for path in (tmp_path / "ct").iterdir():
        if -95.0 < float(dcmread(path).ImagePositionPatient[2]) < -90.0:
            path.unlink()
    bench.open(tmp_path / "ct")
    bench.controller.planes.toggle_planes()
    bench.wait(are_cut)
    coronal = bench.state.snapshot.reslices[CORONAL]

    def is_there(z_mm: float) -> bool:
        row = round(float(coronal.plane.to_pixel((0.0, 0.0, z_mm))[0]))
        return bool(coronal.is_there[row].all())

    assert [is_there(z) for z in (-97.5, -92.5, -87.5)] == [True, False, True]
    bench.controller.planes.put_crosshair((0.0, 0.0, -91.0))
    position = bench.state.snapshot.crosshair_mm
    assert position is not None
    assert position[2] == pytest.approx(-90.0), "the nearest slice that there is"


def test_a_single_slice_has_no_planes_and_says_why(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "one", n_slices=1)
    bench.open(tmp_path / "one")
    bench.controller.planes.toggle_planes()
    assert not bench.state.snapshot.shows_planes
    assert bench.state.snapshot.notice == "One slice alone has no other planes"


def test_a_single_slice_opened_beside_planes_says_so_in_their_place(
    opened: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "one", n_slices=1)
    opened.open(tmp_path / "one")
    snapshot = opened.state.snapshot
    assert snapshot.planes_refusal == "One slice alone has no other planes"
    assert (snapshot.voxels, snapshot.crosshair_mm, snapshot.reslices) == (None, None, {})
    opened.controller.planes.toggle_planes()
    assert not opened.state.snapshot.shows_planes


def test_an_mr_has_planes_of_its_own_values(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "mr", modality="MR")
    bench.open(tmp_path / "mr")
    bench.controller.planes.toggle_planes()
    bench.wait(are_cut)


def test_slices_metres_apart_are_refused_in_words(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct", n_slices=4)
    for path in (tmp_path / "ct").iterdir():
        dataset = dcmread(path)
        dataset.ImagePositionPatient[2] = 3000 * float(dataset.ImagePositionPatient[2])
        dataset.save_as(path)
    bench.open(tmp_path / "ct")
    bench.controller.planes.toggle_planes()
    assert "too much for other planes" in bench.state.snapshot.planes_refusal
    assert bench.state.snapshot.reslices == {}


def test_another_study_begins_with_its_own_crosshair_and_whole_pictures(
    opened: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    opened.controller.planes.put_crosshair((-19.0, -13.1, -89.8))
    opened.controller.planes.set_view(CORONAL, ViewTransform(3.0))
    write_ct(tmp_path / "other", n_slices=7)
    opened.open(tmp_path / "other")
    opened.wait(lambda s: s.n_slices == 7 and are_cut(s))
    snapshot = opened.state.snapshot
    assert snapshot.crosshair_mm == pytest.approx((4.0, 0.0, -96.25))
    assert snapshot.plane_views == {}


def test_fit_takes_zoom_and_pan_of_the_planes_back(opened: "Bench") -> None:
    opened.controller.planes.set_view(CORONAL, ViewTransform(3.0))
    opened.controller.planes.set_view(SAGITTAL, ViewTransform(2.0))
    assert opened.state.snapshot.plane_views[CORONAL] == ViewTransform(3.0)
    opened.controller.appearance.fit_view()
    assert opened.state.snapshot.plane_views == {}


@pytest.mark.parametrize("slab", [THIN, Slab(20.0, Projection.MEAN)])
def test_closing_gives_the_memory_back_even_while_planes_are_cut(
    opened: "Bench", slab: Slab
) -> None:
    memory = weakref.ref(opened.state.snapshot.pixels)
    opened.controller.planes.set_slab(slab)
    opened.controller.planes.put_crosshair((-19.0, -13.1, -89.8))
    opened.controller.opening.close_study()
    snapshot = opened.state.snapshot
    assert (snapshot.voxels, snapshot.crosshair_mm, snapshot.reslices) == (None, None, {})
    del snapshot

    def is_free(_: Any) -> bool:
        gc.collect()
        return memory() is None

    opened.wait(is_free)
    assert opened.state.snapshot.reslices == {}


class OutOfMemory(PlaneService):
    """Fails as a cut does that finds no memory."""

    def __init__(self, runner: JobRunner) -> None:
        super().__init__(runner)
        self._lane = runner
        self.fails = True

    def cut(self, request: PlaneRequest) -> Job:
        def fail(on_progress: OnProgress, cancel: CancelToken) -> None:
            raise MemoryError

        return self._lane.start(Lane.PLANES, "planes", fail) if self.fails else super().cut(request)


def test_a_cut_that_fails_says_so_and_the_next_one_is_shown(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    state, service = ReviewState(bench.state.snapshot), OutOfMemory(bench.runner)
    planes = Planes(state, service)
    planes.toggle_planes()
    bench.wait(lambda _: "not enough memory" in state.snapshot.planes_refusal)
    service.fails = False
    planes.put_crosshair((4.0, 0.7, -92.5))
    bench.wait(lambda _: are_cut(state.snapshot))
    assert state.snapshot.planes_refusal == ""


def test_nothing_happens_while_nothing_is_open(bench: "Bench") -> None:
    before = bench.state.snapshot
    requests: tuple[Callable[[], None], ...] = (
        bench.controller.planes.toggle_planes,
        bench.controller.planes.cycle_slab,
        lambda: bench.controller.planes.put_crosshair((0.0, 0.0, 0.0)),
        lambda: bench.controller.planes.step_plane(CORONAL, 1),
    )
    for request in requests:
        request()
    assert bench.state.snapshot is before
