"""The training window: runs on the left, and one of three pages: a new one, a run, the bundles."""

from typing import Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from pe_models import NOTICE
from pe_viewer.display.training_texts import STATE_TEXTS
from pe_viewer.training_state import RunView, TrainingSnapshot, TrainingState
from pe_viewer.views.screen_room import keep_within_screen
from pe_viewer.views.style import label
from pe_viewer.views.training.bundles_page import RetrainBundlesPage
from pe_viewer.views.training.check_page import RetrainCheckPage
from pe_viewer.views.training.data_page import RetrainDataPage
from pe_viewer.views.training.run_page import RetrainRunPage

_SIZE_PX: Final = (1180, 820)
_LIST_PX: Final = 260


class RetrainWindow(QWidget):
    """Closing it ends nothing. ``entered`` tells that the reader came to it from elsewhere."""

    run_selected = Signal(str)
    opened = Signal()
    entered = Signal()
    closed = Signal()

    def __init__(self, state: TrainingState, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("retrain_window")
        self.setWindowTitle("Retrain the model")
        self._state = state
        self.data_page, self.run_page = RetrainDataPage(state), RetrainRunPage(state)
        self.bundles_page, self.check_page = RetrainBundlesPage(state), RetrainCheckPage(state)
        self.new, self.bundles = QPushButton("New training"), QPushButton("Model bundles")
        self.check = QPushButton("Check this installation")
        self.runs = QListWidget()
        self.runs.setAccessibleName("Trainings")
        self.notice = label("", "notice")
        self._pages = QStackedWidget()
        for page in (self.data_page, self.run_page, self.bundles_page, self.check_page):
            self._pages.addWidget(page)
        self._place()
        self.new.clicked.connect(self.show_data_page)
        self.bundles.clicked.connect(self.show_bundles_page)
        self.check.clicked.connect(self.show_check_page)
        self.runs.itemClicked.connect(self._on_run_clicked)
        state.changed.connect(self._on_changed)
        self._show_runs(state.snapshot)
        self.resize(*_SIZE_PX)
        keep_within_screen(self)

    @property
    def page(self) -> QWidget | None:
        """The page in view."""
        return self._pages.currentWidget()

    def show_data_page(self) -> None:
        self._pages.setCurrentWidget(self.data_page)

    def show_bundles_page(self) -> None:
        self._pages.setCurrentWidget(self.bundles_page)

    def show_check_page(self) -> None:
        self._pages.setCurrentWidget(self.check_page)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.opened.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.closed.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.ActivationChange and self.isActiveWindow():
            self.entered.emit()

    def _place(self) -> None:
        left = QVBoxLayout()
        left.setContentsMargins(12, 20, 12, 12)
        left.setSpacing(8)
        left.addWidget(self.new)
        left.addWidget(label("Trainings", "section"))
        left.addWidget(self.runs, stretch=1)
        left.addWidget(self.bundles)
        left.addWidget(self.check)
        side = QWidget()
        side.setLayout(left)
        side.setFixedWidth(_LIST_PX)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(side)
        row.addWidget(self._pages, stretch=1)
        foot = QHBoxLayout()
        foot.setContentsMargins(12, 4, 12, 6)
        foot.addWidget(label(NOTICE, "small"))
        foot.addStretch(1)
        foot.addWidget(self.notice)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row, stretch=1)
        column.addLayout(foot)

    def _on_run_clicked(self, item: QListWidgetItem) -> None:
        self._pages.setCurrentWidget(self.run_page)
        self.run_selected.emit(item.data(Qt.ItemDataRole.UserRole))

    def _on_changed(self, old: TrainingSnapshot, new: TrainingSnapshot) -> None:
        self.notice.setText(new.notice)
        if new.selected != old.selected and new.selected:
            self._pages.setCurrentWidget(self.run_page)
        if new.runs != old.runs or new.selected != old.selected:
            self._show_runs(new)

    def _show_runs(self, snapshot: TrainingSnapshot) -> None:
        while self.runs.count() > len(snapshot.runs):
            self.runs.takeItem(self.runs.count() - 1)
        while self.runs.count() < len(snapshot.runs):
            self.runs.addItem(QListWidgetItem())
        for row, run in enumerate(snapshot.runs):
            item = self.runs.item(row)
            item.setText(f"{run.name}\n{_state_words(run)}")
            item.setData(Qt.ItemDataRole.UserRole, run.name)
            if run.name == snapshot.selected:
                self.runs.setCurrentRow(row)


def _state_words(run: RunView) -> str:
    if run.decision is not None and not run.status.is_alive:
        return "passes the gate" if run.decision.passes else "refused by the gate"
    return STATE_TEXTS[run.status.state]
