"""The planes beside the slices, by key and mouse, in the whole window."""

import gc
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from pe_viewer.display.planes import PlaneKind
from pe_viewer.state import Phase, ReviewSnapshot

if TYPE_CHECKING:
    from tests.flows.conftest import Reader

SHIFT = Qt.KeyboardModifier.ShiftModifier


def are_cut(snapshot: ReviewSnapshot) -> bool:
    point_mm = snapshot.crosshair_mm
    return bool(snapshot.reslices) and all(
        cut.slab == snapshot.slab and abs(float(cut.plane.distance_mm(point_mm))) < 1e-9
        for cut in snapshot.reslices.values()
        if point_mm is not None
    )


def test_a_reader_goes_to_a_clot_through_the_coronal_plane(
    reader: "Reader", phantom: Path, tmp_path: Path
) -> None:
    reader.opens(phantom)
    views = reader.room.window.views
    coronal = views.plane_column.views[PlaneKind.CORONAL]
    assert not views.plane_column.isVisible()
    reader.presses(Qt.Key.Key_M)
    reader.waits(are_cut)
    reader.qtbot.waitUntil(coronal.isVisible)

    before = reader.sees
    placement = coronal.placement
    assert placement is not None
    x, y = placement.to_view(placement.frame.shape[0] * 0.25, placement.frame.shape[1] * 0.3)
    expected_mm = coronal.point_mm(*placement.to_pixel(round(x), round(y)))
    at = QPoint(round(x), round(y))
    reader.qtbot.mouseClick(coronal, Qt.MouseButton.LeftButton, pos=at)
    after = reader.sees
    assert after.slice_index > before.slice_index, "the click was nearer to the head"
    assert after.geometry is not None
    assert expected_mm is not None
    away = np.abs(np.subtract(after.crosshair_mm or (), expected_mm))
    assert (away <= np.array(after.geometry.spacing_mm)[::-1] / 2 + 1e-6).all()
    reader.waits(are_cut)
    assert after.window == before.window

    reader.presses(Qt.Key.Key_Down)
    assert reader.sees.crosshair_mm != after.crosshair_mm
    reader.presses(Qt.Key.Key_M, SHIFT, times=2)
    assert reader.sees.slab.thickness_mm == 10.0
    reader.waits(are_cut)
    assert views.top_bar.slab_button.text() == "Planes  MIP 10 mm"

    reader.presses(Qt.Key.Key_2)
    reader.room.controller.exporting.export(tmp_path / "report")
    reader.waits(lambda s: s.exporting.phase is Phase.DONE)
    assert "Report written" in reader.sees.notice

    reader.presses(Qt.Key.Key_M)
    assert not views.plane_column.isVisible()
    assert reader.sees.reslices == {}


@pytest.mark.parametrize("shows_planes", [False, True])
def test_closing_a_study_leaves_no_picture_of_it_in_memory(
    reader: "Reader", phantom: Path, shows_planes: bool
) -> None:
    """Views keep what they drew last; it must not keep the study."""
    reader.opens(phantom)
    if shows_planes:
        reader.presses(Qt.Key.Key_M)
        reader.waits(are_cut)
    reader.waits(lambda s: s.viewed is not None and len(s.viewed) > 0)
    memory = weakref.ref(reader.sees.pixels)
    reader.presses(Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)

    def is_free() -> bool:
        gc.collect()
        return memory() is None

    reader.qtbot.waitUntil(is_free)


def test_at_2560_px_the_planes_open_with_the_study(reader: "Reader", phantom: Path) -> None:
    reader.room.window.resize(2560, 1440)
    reader.opens(phantom)
    assert reader.sees.shows_planes
    assert reader.room.window.views.plane_column.isVisible()
    reader.presses(Qt.Key.Key_M)
    assert not reader.sees.shows_planes
