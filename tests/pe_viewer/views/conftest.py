"""A tiny asymmetric study as one snapshot, for views that draw without a controller."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from pe_models.findings import (
    BundleStamp,
    Crop,
    ExamScore,
    Findings,
    Flag,
    Heatmap,
    Quality,
    SliceScore,
    Verdict,
    Zone,
)
from pe_models.imaging.geometry import Geometry
from pe_models.imaging.study import Patient, PixelFormat, Series, SliceSource, Study
from pe_models.imaging.volume import LoadedSlices, Volume, VolumeOrigin
from pe_models.labels import EXAM_LABELS
from pe_viewer.display.presets import load_window_presets
from pe_viewer.state import ModelStatus, ReviewSnapshot
from pe_viewer.views.style import apply_style

N_SLICES, ROWS, COLS = 12, 40, 60
SPACING_MM = (3.0, 1.0, 0.5)

FLAGS = (Flag(2, 3, 4, 0.7, ("left",)), Flag(8, 9, 9, 0.94, ("right",)))
"""In Volume order, from the feet up, which is not the order they are read in."""


@pytest.fixture(autouse=True)
def styled(qapp: QApplication) -> None:
    apply_style(qapp)


@pytest.fixture
def opened() -> ReviewSnapshot:
    """A loaded study that was not analysed. Every voxel differs from its neighbours."""
    pixels = PixelFormat("1.2.840.10008.1.2.1", ROWS, COLS, 16, 16, True)
    geometry = Geometry.axial((N_SLICES, ROWS, COLS), SPACING_MM, (-10.0, -20.0, -112.5))
    sources = tuple(
        SliceSource(
            file=f"{k}.dcm",
            sop_instance_uid=f"1.2.{k}",
            sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
            instance_number=N_SLICES - k,
            position_mm=-112.5 + SPACING_MM[0] * k,
            image_position=(-10.0, -20.0, -112.5 + SPACING_MM[0] * k),
            pixels=pixels,
        )
        for k in range(N_SLICES)
    )
    series = Series("1.1", "1.1.1", "CT", "CTPA 1.0", sources, geometry, N_SLICES)
    study = Study(
        "1.1", Patient("DOE^JANE", "123", sex="F", age="063Y"), (series,), "20261120",
        description="CT CHEST PE PROTOCOL",
    )  # fmt: skip
    hu = np.arange(N_SLICES * ROWS * COLS, dtype=np.int32).reshape(geometry.shape) % 900 - 400
    volume = Volume(hu.astype(np.int16), geometry, VolumeOrigin.of(series))
    return ReviewSnapshot(
        studies=(study,),
        study=study,
        series=series,
        geometry=geometry,
        pixels=volume.hu,
        loaded=LoadedSlices.all_of(N_SLICES),
        viewed=LoadedSlices(N_SLICES),
        volume=volume,
        slice_index=5,
        presets=load_window_presets(),
        model=ModelStatus("pe-test", "1", "phantoms", is_ready=True, device="cpu"),
    )


@pytest.fixture
def findings(opened: ReviewSnapshot) -> Findings:
    """A positive study with two flags."""
    scores = np.full(N_SLICES, 0.03)
    for flag in FLAGS:
        scores[flag.first : flag.last + 1] = flag.score
    assert opened.volume is not None
    return Findings(
        task="pe",
        bundle=BundleStamp("pe-test", "1", "0" * 64, "phantoms", "phantoms"),
        study_uid="1.1",
        series_uid="1.1.1",
        spacing_mm=SPACING_MM,
        crop=Crop(4, 36, 10, 50),
        slices=tuple(
            SliceScore(
                k, s.instance_number, None, s.sop_instance_uid, s.position_mm, p, p, {"pe": p}
            )
            for k, (s, p) in enumerate(
                zip(opened.volume.origin.slices, scores.tolist(), strict=True)
            )
        ),
        exam={label: ExamScore(0.3, 0.2, 0.0) for label in EXAM_LABELS},
        verdict=Verdict.POSITIVE,
        zone=Zone.POSITIVE,
        flags=FLAGS,
        flag_threshold=0.5,
        quality=Quality(350.0),
    )


@pytest.fixture
def analysed(opened: ReviewSnapshot, findings: Findings) -> ReviewSnapshot:
    """The same with Findings, and an activation map at one peak, hot toward the first corner."""
    values = np.zeros((4, 5), dtype=np.float32)
    values[0, 0] = 40.0
    return replace(
        opened, findings=findings, heatmaps=(Heatmap(FLAGS[1].peak, values, findings.crop),)
    )


@pytest.fixture
def shown(qtbot: QtBot) -> Iterator[Callable[..., Any]]:
    """Shows a widget in a size and gives it back, exposed; it goes at the end of the test.

    It lies in a plain window, as in the program: a view's least size is no window's.
    """
    windows: list[QWidget] = []

    def show(widget: QWidget, width: int, height: int) -> QWidget:
        window = QWidget()
        windows.append(window)
        window.resize(width, height)
        widget.setParent(window)
        widget.resize(width, height)
        with qtbot.waitExposed(window):
            window.show()
        return widget

    yield show
    for window in windows:
        window.close()
        window.deleteLater()


def turn_wheel(
    view: QWidget,
    angle: int,
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    """By ``angle`` eighths of a degree, over the middle of a view of 420 px."""
    at = QPointF(210.0, 210.0)
    event = QWheelEvent(
        at,
        view.mapToGlobal(at),
        QPoint(),
        QPoint(0, angle),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)
