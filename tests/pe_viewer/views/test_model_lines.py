"""The model's lines across the ventricles: drawn, told, taken over and moved."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from pe_models.findings import ExamScore, Findings
from pe_models.heart_findings import (
    NO_FORECAST,
    HeartRefusal,
    RatioRange,
    RightHeart,
    Trunk,
    Width,
)
from pe_models.labels import RV_LV_GTE_1, RV_LV_LT_1
from pe_viewer.display.heart_texts import label_disagreement
from pe_viewer.display.palette import PALETTE, rgb
from pe_viewer.draft.model_lines import model_lines
from pe_viewer.form.ctpa_form import CtpaForm, Diameter
from pe_viewer.review import Length, Review, Structure
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.findings.findings_panel import FindingsPanel
from pe_viewer.views.findings.heart_row import HeartRow
from pe_viewer.views.picture.slice_view import SliceView
from pe_viewer.views.report.heart_block import HeartBlock

Shown = Callable[..., Any]

RV = Width(5, (10.0, 10.0), (20.0, 40.0), 18.0)
LV = Width(7, (25.0, 20.0), (32.0, 52.0), 16.0)
HEART = RightHeart(RV, LV, spread=0.03, range=RatioRange(1.01, 1.25, 0.997, 0.97))
TRUNK = Trunk(Width(5, (5.0, 45.0), (12.0, 55.0), 8.6), 412.0, 18.0)


@pytest.fixture
def measured(analysed: ReviewSnapshot, findings: Findings) -> ReviewSnapshot:
    """Findings with a right heart; the slice in view is that of the right ventricle."""
    return replace(analysed, findings=replace(findings, heart=HEART, trunk=TRUNK))


def has_colour(image: QImage, colour: str) -> bool:
    wanted = 0xFF000000 | int.from_bytes(bytes(rgb(colour)))
    pixels = memoryview(image.convertToFormat(QImage.Format.Format_RGB32).constBits()).cast("I")
    return wanted in pixels.tolist()


def words_of(widget: Any) -> list[str]:
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisible()]


def test_a_line_of_the_model_is_drawn_on_its_slice_alone(
    shown: Shown, measured: ReviewSnapshot
) -> None:
    plain = replace(measured, overlay=replace(measured.overlay, is_visible=False))
    drawn = {}
    for index in (4, 5, 7):
        state = ReviewState(replace(plain, slice_index=index, shows_corner_text=False))
        drawn[index] = has_colour(shown(SliceView(state), 480, 360).grab().toImage(), PALETTE.model)
    assert drawn == {4: False, 5: True, 7: True}


def test_what_was_taken_over_is_drawn_as_the_readers(
    shown: Shown, measured: ReviewSnapshot
) -> None:
    review = Review()
    for line in model_lines(measured.findings):
        review = review.with_measure(line)
    state = ReviewState(replace(measured, review=review, shows_corner_text=False))
    image = shown(SliceView(state), 480, 360).grab().toImage()
    assert has_colour(image, PALETTE.reader)
    assert not has_colour(image, PALETTE.model)


def test_the_end_of_a_width_is_moved_with_any_tool(
    shown: Shown, qtbot: QtBot, measured: ReviewSnapshot
) -> None:
    """The other end stays; what comes is another width of the same structure."""
    own = Length(5, (10.0, 10.0), (20.0, 40.0), Structure.RV)
    state = ReviewState(replace(measured, review=Review().with_measure(own)))
    view = shown(SliceView(state), 480, 360)
    assert view.placement is not None
    start, end = (QPoint(*(round(v) for v in view.placement.to_view(*at))) for at in (
        own.end, (24.0, 44.0)))  # fmt: skip
    with qtbot.waitSignal(view.measure_made) as made:
        qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
        for pos in (start + QPoint(6, 6), end):
            qtbot.mouseMove(view, pos)
        qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=end)
    moved = made.args[0]
    assert (moved.structure, moved.start, moved.slice_index) == (Structure.RV, own.start, 5)
    assert moved.end == pytest.approx((24.0, 44.0), abs=0.6)


def test_elsewhere_a_drag_does_what_the_tool_is_for(
    shown: Shown, qtbot: QtBot, measured: ReviewSnapshot
) -> None:
    own = Length(5, (10.0, 10.0), (20.0, 40.0), Structure.RV)
    state = ReviewState(replace(measured, review=Review().with_measure(own)))
    view = shown(SliceView(state), 480, 360)
    with qtbot.waitSignal(view.window_requested):
        qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(40, 300))
        qtbot.mouseMove(view, QPoint(60, 310))
        qtbot.mouseMove(view, QPoint(80, 320))
        qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(80, 320))


def test_the_panel_says_the_ratio_how_sure_it_is_and_that_it_forecasts_nothing(
    shown: Shown, measured: ReviewSnapshot
) -> None:
    row = shown(HeartRow(state := ReviewState(measured)), 360, 240)
    row.show_snapshot(state.snapshot)
    words = "\n".join(words_of(row))
    assert "RV/LV 1.12 (1.01 to 1.25)" in words
    assert "RV 18.0 mm (Im 7), LV 16.0 mm (Im 5)" in words
    assert "Right-heart strain: 1.0 or more 97 %, 0.9 or more > 99 % (on phantoms)" in words
    assert "PA trunk 8.6 mm, 412 HU (Im 7)" in words
    assert NO_FORECAST in words


def test_a_trunk_alone_leaves_no_empty_line_below_it(
    shown: Shown, measured: ReviewSnapshot, findings: Findings
) -> None:
    alone = replace(measured, findings=replace(findings, heart=None, trunk=TRUNK))
    row = shown(HeartRow(state := ReviewState(alone)), 360, 240)
    row.show_snapshot(state.snapshot)
    assert words_of(row) == ["Right heart", "PA trunk 8.6 mm, 412 HU (Im 7)"]


def test_its_buttons_go_to_the_slices_and_take_the_lines_over(
    shown: Shown, qtbot: QtBot, measured: ReviewSnapshot
) -> None:
    panel = shown(FindingsPanel(ReviewState(measured)), 380, 900)
    buttons = {b.text(): b for b in panel.findChildren(QPushButton)}
    with qtbot.waitSignal(panel.slice_requested) as asked:
        buttons["LV slice"].click()
    assert asked.args == [7]
    with qtbot.waitSignal(panel.heart_takeover_requested):
        buttons["Take over"].click()


def test_a_refusal_is_told_with_its_reason(shown: Shown, measured: ReviewSnapshot) -> None:
    assert measured.findings is not None
    refused = RightHeart(refusal=HeartRefusal.DEVICE, message="Metal crosses the ventricles.")
    state = ReviewState(replace(measured, findings=replace(measured.findings, heart=refused)))
    row = shown(HeartRow(state), 360, 240)
    row.show_snapshot(state.snapshot)
    assert "RV/LV not measured: Metal crosses the ventricles." in words_of(row)
    assert not any(b.text() == "Take over" and b.isVisible() for b in row.findChildren(QPushButton))


def test_without_findings_nothing_of_a_heart_is_there(
    shown: Shown, measured: ReviewSnapshot
) -> None:
    """As while the first read is not locked: the snapshot then holds no Findings."""
    row = shown(HeartRow(state := ReviewState(replace(measured, findings=None))), 360, 240)
    row.show_snapshot(state.snapshot)
    assert not row.isVisible()


def test_a_ratio_against_the_exams_label_is_pointed_out(
    shown: Shown, measured: ReviewSnapshot
) -> None:
    assert measured.findings is not None
    exam = {
        **measured.findings.exam,
        RV_LV_GTE_1: ExamScore(0.4, 0.4, 0.2),
        RV_LV_LT_1: ExamScore(0.6, 0.6, 0.9),
    }
    findings = replace(measured.findings, exam=exam)
    block = shown(HeartBlock(ReviewState(measured)), 360, 300)
    form = CtpaForm(rv=Diameter(44.0, 5), lv=Diameter(40.0, 7))
    block.show_form(form, {}, findings)
    words = words_of(block)
    assert "RV/LV 1.10, 1.0 or more" in words
    assert "The model's exam label says below 1, the reader's lines 1.10" in words
    block.show_form(replace(form, rv=Diameter(36.0, 5)), {}, findings)
    assert "RV/LV 0.90, 0.9 or more" in words_of(block)
    assert not any("exam label" in said for said in words_of(block))


@pytest.mark.parametrize(
    ("gte_1", "lt_1", "ratio", "said"),
    [(0.9, 0.2, 0.8, "1 or more"), (0.2, 0.9, 1.2, "below 1"), (0.9, 0.2, 1.2, ""),
     (0.2, 0.9, 0.8, ""), (0.2, 0.2, 1.2, ""), (0.9, 0.9, 0.8, "")],
)  # fmt: skip
def test_a_label_disagrees_where_it_says_the_other_side_of_one(
    findings: Findings, gte_1: float, lt_1: float, ratio: float, said: str
) -> None:
    exam = {
        **findings.exam,
        RV_LV_GTE_1: ExamScore(gte_1, gte_1, gte_1),
        RV_LV_LT_1: ExamScore(lt_1, lt_1, lt_1),
    }
    words = label_disagreement(replace(findings, exam=exam), ratio)
    assert (said in words) if said else words == ""


def test_by_hand_alone_the_ratio_stands_too(shown: Shown, opened: ReviewSnapshot) -> None:
    block = shown(HeartBlock(ReviewState(opened)), 360, 300)
    block.show_form(CtpaForm(rv=Diameter(30.0, 5), lv=Diameter(40.0, 7)), {}, None)
    assert "RV/LV 0.75, below 0.9" in words_of(block)
