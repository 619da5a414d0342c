"""A head CT in the whole window: the task that suits it, a track a label, flags and maps."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt

from pe_models.tasks import HEMORRHAGE
from tests.picture_bundles import spec_of, write_tiny

if TYPE_CHECKING:
    from tests.flows.conftest import Reader

N_SLICES = 8


@pytest.fixture(scope="module")
def head(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from pe_models.phantom.head.cohort import write_head
    from pe_models.phantom.head.spec import BleedKind, HeadSpec

    spec = HeadSpec(matrix=96, n_slices=N_SLICES, bleeds=(BleedKind.SUBDURAL,))
    return write_head(tmp_path_factory.mktemp("head") / "study", 5, spec)


@pytest.fixture
def hemorrhage_bundle(home: Path) -> None:
    """Among the user's bundles, of a tiny untrained net that flags every slice."""
    from pe_models import places

    write_tiny(places.user_bundles(), spec_of(HEMORRHAGE, "simple-cnn", width=0.25), bias=2.0)


def test_a_head_gets_a_track_a_label_from_the_bundle_that_suits_it(
    picture_reader: "Reader", head: Path, hemorrhage_bundle: None
) -> None:
    reader, views = picture_reader, picture_reader.room.window.views
    reader.opens(head)
    assert reader.sees.refusal == ""
    assert not views.label_lanes.isVisible()
    reader.analyses()

    findings = reader.sees.findings
    assert findings is not None, reader.sees.analysis.message
    assert findings.task == HEMORRHAGE.key
    assert "brain" in findings.task_reason
    assert findings.verdict is None
    assert set(findings.exam) == set(HEMORRHAGE.labels)
    assert views.label_lanes.isVisible()
    assert views.label_lanes.labels == HEMORRHAGE.kinds
    assert views.label_lanes.scale == views.score_track.scale

    reader.presses(Qt.Key.Key_Home)
    bottom = QPoint(40, views.label_lanes.height() - 10)
    reader.qtbot.mouseClick(views.label_lanes, Qt.MouseButton.LeftButton, pos=bottom)
    assert reader.sees.slice_index == 0
    reader.presses(Qt.Key.Key_B, Qt.KeyboardModifier.ShiftModifier)
    assert any(flag.peak == reader.sees.slice_index for flag in reader.sees.flags)
    reader.presses(Qt.Key.Key_G)
    reader.waits(lambda s: s.shown_heatmap is not None)


def test_a_head_without_a_bundle_for_it_is_told_what_makes_one(
    picture_reader: "Reader", head: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pe_models.places.shipped_bundles", lambda: home)
    picture_reader.opens(head)
    picture_reader.analyses()
    assert picture_reader.sees.findings is None
    assert "pe-models task hemorrhage" in picture_reader.sees.analysis.message
