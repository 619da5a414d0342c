"""Two bundles' tracks of one study, drawn on the track and told of the slice under the cursor."""

from dataclasses import replace

import pytest
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from pe_viewer.display.palette import PALETTE
from pe_viewer.display.track import TrackPair
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.track.score_track import ScoreTrack
from pe_viewer.views.track.track_text import value_text

IN_USE, CANDIDATE = (0.2,) * 12, (0.8,) * 12
PAIR = TrackPair("old 1", "new 2", IN_USE, CANDIDATE)


def drawn(qtbot: QtBot, snapshot: ReviewSnapshot) -> QImage:
    track = ScoreTrack(ReviewState(snapshot))
    qtbot.addWidget(track)
    track.resize(72, 300)
    return track.grab().toImage()


def columns_of(image: QImage, colour: str) -> set[int]:
    wanted = QColor(colour)
    y = image.height() // 2
    return {x for x in range(image.width()) if image.pixelColor(x, y) == wanted}


def test_both_tracks_are_lines_at_their_scores(qtbot: QtBot, opened: ReviewSnapshot) -> None:
    image = drawn(qtbot, replace(opened, compared=PAIR))
    left, right = columns_of(image, PALETTE.model), columns_of(image, PALETTE.text)
    assert left
    assert right
    assert max(left) < min(right)


def test_a_reader_who_has_not_locked_the_first_read_sees_neither(
    qtbot: QtBot, opened: ReviewSnapshot
) -> None:
    withheld = replace(opened, compared=PAIR, withholds_model=True)
    assert drawn(qtbot, withheld) == drawn(qtbot, replace(opened, withholds_model=True))
    assert "Candidate" not in value_text(withheld, 3)


def test_the_slice_under_the_cursor_tells_both_scores(opened: ReviewSnapshot) -> None:
    assert "Candidate 0.80, in use 0.20" in value_text(replace(opened, compared=PAIR), 3)


@pytest.mark.parametrize("slice_index", [0, 11])
def test_without_a_comparison_nothing_is_said_of_one(
    opened: ReviewSnapshot, slice_index: int
) -> None:
    assert "Candidate" not in value_text(opened, slice_index)
