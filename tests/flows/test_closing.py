"""A study that is closed leaves nothing behind: no widget, no pixels."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt

from pe_viewer.views.library.recent_study import RecentStudy

if TYPE_CHECKING:
    from tests.flows.conftest import Reader

WriteCt = Callable[..., NDArray[np.int16]]

MAPS = Path("/proc/self/maps")


def opens_and_closes(reader: "Reader", folder: Path) -> None:
    reader.opens(folder)
    reader.presses(Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
    welcome = reader.room.window.views.welcome
    reader.qtbot.waitUntil(lambda: welcome.findChild(RecentStudy) is not None)


def test_opening_and_closing_again_and_again_leaves_no_widget(
    reader: "Reader", write_ct: WriteCt, tmp_path: Path
) -> None:
    def n_objects() -> int:
        return len(reader.room.window.findChildren(QObject))

    write_ct(tmp_path / "ct")
    after = []
    for _ in range(3):
        opens_and_closes(reader, tmp_path / "ct")
        after.append(n_objects())
    for _ in range(6):
        opens_and_closes(reader, tmp_path / "ct")
    reader.qtbot.waitUntil(lambda: n_objects() <= max(after))


@pytest.mark.skipif(not MAPS.exists(), reason="memory in use is read from /proc")
def test_the_pixels_of_a_closed_study_are_given_back(
    reader: "Reader", write_ct: WriteCt, tmp_path: Path
) -> None:
    before = shared_memory()
    write_ct(tmp_path / "ct")
    reader.opens(tmp_path / "ct")
    assert shared_memory() - before
    reader.presses(Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
    reader.qtbot.waitUntil(lambda: not shared_memory() - before)


def shared_memory() -> set[str]:
    """The names of what this process has mapped."""
    lines = MAPS.read_text().splitlines()
    return {line.split()[-2] for line in lines if "/memfd:pe-memory-" in line}
