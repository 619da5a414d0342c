"""Nothing open: one line, one button, a place to drop a folder, and what was open lately."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from pe_viewer.state import Phase, ReviewSnapshot, ReviewState
from pe_viewer.views.icons import ICON, icon
from pe_viewer.views.style import label, plain_tip


class Welcome(QWidget):
    """The page before the first study, and after one that could not be opened."""

    open_requested = Signal()
    path_opened = Signal(object)

    def __init__(self, state: ReviewState) -> None:
        super().__init__()
        self.setObjectName("welcome")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._title = label("Open a chest CT", "headline")
        self._hint = label("Drop a folder, a DICOMDIR or a zip here", "dim")
        self._problem = label("", "bad")
        self._problem.setWordWrap(True)
        self._problem.setFixedWidth(560)
        self._problem.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._open = QPushButton("Open folder")
        self._open.setIcon(icon("ph.folder-open"))
        self._open.setIconSize(ICON)
        self._open.setToolTip("Open a folder of CT slices (Ctrl+O)")
        self._open.clicked.connect(self.open_requested)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(2)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addStretch(2)
        for widget in (self._title, self._hint, self._open):
            column.addWidget(widget, alignment=Qt.AlignmentFlag.AlignHCenter)
        row = QHBoxLayout()  # not an alignment: it would cut a message of several lines
        row.addStretch(1)
        row.addWidget(self._problem)
        row.addStretch(1)
        column.addLayout(row)
        column.addSpacing(16)
        column.addLayout(self._recent)
        column.addStretch(3)
        state.changed.connect(self._on_changed)
        self._show_recent(state.snapshot.recent)
        self._show_problem(state.snapshot)

    def showEvent(self, event: QShowEvent) -> None:
        self._open.setFocus()

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        if old.recent != new.recent:
            self._show_recent(new.recent)
        if old.scanning != new.scanning or old.loading != new.loading:
            self._show_problem(new)

    def _show_problem(self, snapshot: ReviewSnapshot) -> None:
        activities = (snapshot.scanning, snapshot.loading)
        failed = [a.message for a in activities if a.phase is Phase.FAILED]
        self._problem.setText("\n".join(failed))
        self._problem.setVisible(bool(failed))
        self._hint.setText(
            "Looking through the files"
            if snapshot.scanning.is_running
            else "Drop a folder, a DICOMDIR or a zip here"
        )

    def _show_recent(self, paths: tuple[Path, ...]) -> None:
        while (item := self._recent.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        if paths:
            title = label("Recent", "section")
            self._recent.addWidget(title, alignment=Qt.AlignmentFlag.AlignHCenter)
        for path in paths:
            button = QPushButton(path.name or str(path))
            button.setProperty("kind", "recent")
            button.setToolTip(plain_tip(str(path)))
            button.clicked.connect(partial(self.path_opened.emit, path))
            self._recent.addWidget(button, alignment=Qt.AlignmentFlag.AlignHCenter)
