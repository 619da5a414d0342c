"""Nothing open: one line, one button, a place to drop a folder, and what was open lately."""

from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from pe_viewer.state import Activity, Phase, ReviewSnapshot, ReviewState
from pe_viewer.views.icons import ICON, icon
from pe_viewer.views.keyed_tip import KeyedTip
from pe_viewer.views.library.recent_study import RecentStudy
from pe_viewer.views.library.scan_progress import ScanProgress
from pe_viewer.views.library.session_offer import SessionOffer
from pe_viewer.views.style import label, plain_tip

_MOST_STUDIES: Final = 5


class Welcome(QWidget):
    """The page before the first study, while it is looked for, and after one that failed."""

    open_requested = Signal()
    path_opened = Signal(object)
    study_requested = Signal(str)
    pictures_requested = Signal(object)
    library_requested = Signal()
    session_requested = Signal()
    cancel_requested = Signal()

    def __init__(self, state: ReviewState) -> None:
        super().__init__()
        self._state = state
        self.setObjectName("welcome")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._problem = label("", "bad")
        self._problem.setWordWrap(True)
        self._problem.setFixedWidth(560)
        self._problem.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._open = self._make_button()
        self._session = SessionOffer(state)
        self._session.session_requested.connect(self.session_requested)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(2)
        self._scan = ScanProgress(state)
        self._scan.cancel_requested.connect(self.cancel_requested)
        self._pages = QStackedWidget()
        self._invitation = self._make_invitation()
        self._pages.addWidget(self._invitation)
        self._pages.addWidget(self._scan)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._pages)
        state.changed.connect(self._on_changed)
        self._show_recent(state.snapshot)
        self._show_session(state.snapshot)
        self._show_activities(state.snapshot)

    def showEvent(self, event: QShowEvent) -> None:
        self._open.setFocus()

    def _make_button(self) -> QPushButton:
        button = QPushButton("Open folder")
        button.setIcon(icon("ph.folder-open"))
        button.setIconSize(ICON)
        KeyedTip(button, self._state, "open_folder")
        button.clicked.connect(self.open_requested)
        return button

    def _make_invitation(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setSpacing(12)
        column.addStretch(2)
        for widget in (
            label("Open a chest CT", "headline"),
            label("Drop a folder, a DICOMDIR or a zip here", "dim"),
            self._open,
        ):
            column.addWidget(widget, alignment=Qt.AlignmentFlag.AlignHCenter)
        row = QHBoxLayout()  # not an alignment: it would cut a message of several lines
        row.addStretch(1)
        row.addWidget(self._problem)
        row.addStretch(1)
        column.addLayout(row)
        column.addWidget(self._session, alignment=Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(16)
        column.addLayout(self._recent)
        column.addStretch(3)
        return page

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        names = ("recent", "library", "library_pictures", "hides_identity")
        if any(getattr(old, name) is not getattr(new, name) for name in names):
            self._show_recent(new)
        if old.session is not new.session or old.hides_identity != new.hides_identity:
            self._show_session(new)
        if old.scanning != new.scanning or old.loading != new.loading:
            self._show_activities(new)

    def _show_activities(self, snapshot: ReviewSnapshot) -> None:
        activities = (snapshot.scanning, snapshot.loading)
        failed = [a.message for a in activities if a.phase is Phase.FAILED]
        self._problem.setText("\n".join(failed))
        self._problem.setVisible(bool(failed))
        self._show_scan(snapshot.scanning)

    def _show_scan(self, scanning: Activity) -> None:
        self._scan.show_activity(scanning)
        page = self._scan if scanning.is_running else self._invitation
        if self._pages.currentWidget() is not page:
            self._pages.setCurrentWidget(page)

    def _show_session(self, snapshot: ReviewSnapshot) -> None:
        self._session.show_session(snapshot.session, hides_identity=snapshot.hides_identity)

    def _show_recent(self, snapshot: ReviewSnapshot) -> None:
        """The studies of the library; before there are any, the folders that were opened."""
        while (item := self._recent.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()  # deleted when the event loop comes round; not to be seen until then
                widget.deleteLater()
        paths = () if snapshot.hides_identity else snapshot.recent
        rows = self._study_rows(snapshot) or [self._path_button(path) for path in paths]
        for widget in (label("Recent", "section"), *rows) if rows else ():
            self._recent.addWidget(widget, alignment=Qt.AlignmentFlag.AlignHCenter)

    def _study_rows(self, snapshot: ReviewSnapshot) -> list[QWidget]:
        newest = snapshot.library[:_MOST_STUDIES]
        rows: list[QWidget] = []
        for entry in newest:
            row = RecentStudy(entry, hides_identity=snapshot.hides_identity)
            row.chosen.connect(partial(self.study_requested.emit, entry.study_key))
            row.show_picture(snapshot.library_pictures.get(entry.study_key))
            rows.append(row)
        missing = [e.study_key for e in newest if e.study_key not in snapshot.library_pictures]
        if missing:
            self.pictures_requested.emit(missing)
        if len(snapshot.library) > len(newest):
            rows.append(self._library_button(len(snapshot.library)))
        return rows

    def _library_button(self, count: int) -> QPushButton:
        button = QPushButton(f"All {count:,} studies")
        button.setProperty("kind", "recent")
        KeyedTip(button, self._state, "library_sheet")
        button.clicked.connect(self.library_requested)
        return button

    def _path_button(self, path: Path) -> QPushButton:
        button = QPushButton(path.name or str(path))
        button.setProperty("kind", "recent")
        button.setToolTip(plain_tip(str(path)))
        button.clicked.connect(partial(self.path_opened.emit, path))
        return button
