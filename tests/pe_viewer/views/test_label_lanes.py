"""The narrow tracks of single labels: whose they are, how high they stand, where a click leads."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from pe_models.findings import ExamScore, Findings
from pe_models.tasks import HEMORRHAGE
from pe_viewer.display.palette import PALETTE
from pe_viewer.display.scores import shown_exam
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.track.label_lanes import LANE_PX, LabelLanes, lane_text
from pe_viewer.views.track.score_track import ScoreTrack
from tests.pe_viewer.views.conftest import turn_wheel

Shown = Callable[..., Any]
HEIGHT = 390
SUBDURAL, BLEEDING = HEMORRHAGE.kinds.index("subdural"), 9


@pytest.fixture
def head(analysed: ReviewSnapshot, findings: Findings) -> ReviewSnapshot:
    """Findings of the task hemorrhage: subdural blood on one slice, a hint of another kind."""

    def scores(index: int) -> dict[str, float]:
        of = dict.fromkeys(HEMORRHAGE.labels, 0.02)
        if index == BLEEDING:
            of |= {"subdural": 0.9, "epidural": 0.3, "any": 0.95}
        return of

    slices = tuple(
        replace(s, pe_score=None, pe_score_raw=None, scores=scores(s.slice_index))
        for s in findings.slices
    )
    said = replace(findings, task="hemorrhage", slices=slices, verdict=None, zone=None, exam={})
    return replace(analysed, findings=said)


def lanes_of(shown: Shown, snapshot: ReviewSnapshot) -> LabelLanes:
    lanes = shown(LabelLanes(ReviewState(snapshot)), LANE_PX * 5, HEIGHT)
    assert isinstance(lanes, LabelLanes)
    return lanes


def colour(lanes: LabelLanes, place: int, score: float, slice_index: int) -> str:
    """At ``score`` of the lane in that place, a little off the middle of a slice."""
    scale = lanes.scale
    assert scale is not None
    y = HEIGHT - 8 - scale.height_px + round(scale.centre_of(slice_index)) + 6
    x = place * LANE_PX + 1 + int(23 * score)
    return str(lanes.grab().toImage().pixelColor(x, y).name()).upper()


def test_there_is_a_lane_a_kind_and_none_of_the_label_of_them_all(
    head: ReviewSnapshot, shown: Shown
) -> None:
    lanes = lanes_of(shown, head)
    assert lanes.labels == HEMORRHAGE.kinds
    assert lanes.width() == LANE_PX * 5
    assert lanes.isVisible()


def test_each_lane_shows_its_own_scores_bright_from_the_threshold_on(
    head: ReviewSnapshot, shown: Shown
) -> None:
    lanes = lanes_of(shown, head)
    assert colour(lanes, SUBDURAL, 0.8, BLEEDING) == PALETTE.model
    assert colour(lanes, HEMORRHAGE.kinds.index("epidural"), 0.15, BLEEDING) == PALETTE.model_dim
    assert colour(lanes, SUBDURAL, 0.8, BLEEDING - 2) == PALETTE.ground
    assert colour(lanes, HEMORRHAGE.kinds.index("subarachnoid"), 0.8, BLEEDING) == PALETTE.ground


def test_lanes_and_track_have_the_same_height_for_a_slice(
    head: ReviewSnapshot, shown: Shown
) -> None:
    track = shown(ScoreTrack(ReviewState(head)), 64, HEIGHT)
    lanes = lanes_of(shown, head)
    assert track.scale == lanes.scale


def test_the_track_beside_shows_the_label_of_them_all(head: ReviewSnapshot, shown: Shown) -> None:
    track = shown(ScoreTrack(ReviewState(head)), 64, HEIGHT)
    assert track.scale is not None
    y = HEIGHT - 8 - track.scale.height_px + round(track.scale.centre_of(BLEEDING)) + 6
    image = track.grab().toImage()
    assert image.pixelColor(6 + int(23 * 0.9), y).name().upper() == PALETTE.model


def test_a_press_on_a_lane_asks_for_its_slice(
    head: ReviewSnapshot, shown: Shown, qtbot: QtBot
) -> None:
    lanes = lanes_of(shown, head)
    assert lanes.scale is not None
    y = HEIGHT - 8 - lanes.scale.height_px + round(lanes.scale.centre_of(BLEEDING))
    with qtbot.waitSignal(lanes.slice_requested) as asked:
        qtbot.mouseClick(lanes, Qt.MouseButton.LeftButton, pos=QPoint(70, y))
    assert asked.args == [BLEEDING]


def test_the_wheel_over_lanes_steps_as_over_the_track(
    head: ReviewSnapshot, shown: Shown, qtbot: QtBot
) -> None:
    lanes = lanes_of(shown, head)
    with qtbot.waitSignal(lanes.slice_requested) as asked:
        turn_wheel(lanes, 120)
    assert asked.args == [head.slice_index + 1]


def test_the_exam_lists_the_label_of_them_all_first(head: ReviewSnapshot) -> None:
    assert head.findings is not None
    exam = dict.fromkeys(HEMORRHAGE.labels, ExamScore(0.1, 0.1, 0.1))
    rows = list(shown_exam(replace(head.findings, exam=exam)))
    assert rows == ["any", *HEMORRHAGE.kinds]


def test_the_tip_names_every_kind_with_its_score(head: ReviewSnapshot) -> None:
    assert lane_text(head, BLEEDING).splitlines() == [
        "Im 3",
        "Epidural 0.30",
        "Intraparenchymal 0.02",
        "Intraventricular 0.02",
        "Subarachnoid 0.02",
        "Subdural 0.90",
    ]


def test_lanes_come_and_go_with_findings_of_several_kinds(
    head: ReviewSnapshot, analysed: ReviewSnapshot, shown: Shown
) -> None:
    state = ReviewState(analysed)
    lanes = shown(LabelLanes(state), LANE_PX * 5, HEIGHT)
    assert not lanes.isVisible()
    state.update(findings=head.findings)
    assert lanes.isVisible()
    state.update(findings=None)
    assert not lanes.isVisible()
