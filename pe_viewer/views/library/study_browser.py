"""What was opened: studies, and the series of each, best first."""

from collections.abc import Mapping
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QMargins, Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from pe_models.imaging.study import Series, Study
from pe_viewer.display.series_texts import without_file_names
from pe_viewer.library.series_id import key_of_study
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.library.library_text import activity_of
from pe_viewer.views.library.series_row import SeriesRow
from pe_viewer.views.library.study_heading import StudyHeading
from pe_viewer.views.qimages import grey_image
from pe_viewer.views.scrolled import scrolled

_BETWEEN_STUDIES_PX: Final = 12
_IN_HEADINGS: Final = ("library", "queue", "study")


class StudyBrowser(QWidget):
    """Lists what the last scan found; asks for a series, and for the details of the one in view."""

    series_requested = Signal(str)
    details_requested = Signal()
    queue_requested = Signal(object)
    dequeue_requested = Signal(str)

    def __init__(self, state: ReviewState) -> None:
        super().__init__()
        self._state = state
        self.setObjectName("study_browser")
        self.setAccessibleName("Studies and their series")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._rows: dict[str, SeriesRow] = {}
        self._headings: dict[str, StudyHeading] = {}
        self._list = QVBoxLayout()
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(4)
        self._scroll = scrolled(self._list, margins=QMargins(12, 12, 8, 12))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._scroll)
        state.changed.connect(self._on_changed)
        self._show_studies(state.snapshot)

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        if old.studies is not new.studies or old.hides_identity != new.hides_identity:
            self._show_studies(new)
            return
        if old.series is not new.series:
            self._show_current(old, new)
        if old.thumbnails is not new.thumbnails:
            self._show_thumbnails(new, known=old.thumbnails)
        if any(getattr(old, name) is not getattr(new, name) for name in _IN_HEADINGS):
            self._show_headings(new)

    def _show_studies(self, snapshot: ReviewSnapshot) -> None:
        self._rows.clear()
        self._headings.clear()
        while (item := self._list.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()  # deleted when the event loop comes round; not to be seen until then
                widget.deleteLater()
        for study in snapshot.studies:
            if self._list.count():
                self._list.addSpacing(_BETWEEN_STUDIES_PX)
            self._list.addWidget(self._make_heading(study, snapshot))
            for series in study.series:
                row = SeriesRow(_told(series, snapshot), self._state)
                row.chosen.connect(partial(self.series_requested.emit, series.key))
                row.details_requested.connect(self.details_requested)
                row.focused.connect(partial(self._scroll.ensureWidgetVisible, row))
                self._rows[series.key] = row
                self._list.addWidget(row)
        self._show_current(None, snapshot)
        self._show_thumbnails(snapshot, known={})
        self._show_headings(snapshot)

    def _make_heading(self, study: Study, snapshot: ReviewSnapshot) -> StudyHeading:
        heading = StudyHeading(study, hides_identity=snapshot.hides_identity)
        key = key_of_study(study)
        heading.queue_requested.connect(partial(self.queue_requested.emit, [key]))
        heading.dequeue_requested.connect(partial(self.dequeue_requested.emit, key))
        self._headings[key] = heading
        return heading

    def _show_headings(self, snapshot: ReviewSnapshot) -> None:
        entries = {entry.study_key: entry for entry in snapshot.library}
        in_view = None if snapshot.study is None else key_of_study(snapshot.study)
        for key, heading in self._headings.items():
            heading.show_entry(
                entries.get(key), activity_of(snapshot.queue, key), may_queue=key != in_view
            )

    def _show_current(self, old: ReviewSnapshot | None, new: ReviewSnapshot) -> None:
        """Marks the series in view, as it stands now, and brings its row into sight."""
        before = None if old is None else old.series
        if before is not None and before.key in self._rows:
            self._rows[before.key].show_series(_told(before, new), is_current=False)
        if new.series is not None and new.series.key in self._rows:
            row = self._rows[new.series.key]
            row.show_series(_told(new.series, new), is_current=True)
            self._scroll.ensureWidgetVisible(row)

    def _show_thumbnails(
        self, snapshot: ReviewSnapshot, *, known: Mapping[str, NDArray[np.uint8]]
    ) -> None:
        """Those that are not ``known``: Qt keeps copies of what a label showed before."""
        for key, grey in snapshot.thumbnails.items():
            if key in self._rows and known.get(key) is not grey:
                self._rows[key].show_thumbnail(grey_image(grey))


def _told(series: Series, snapshot: ReviewSnapshot) -> Series:
    """The series as it may be told of."""
    return without_file_names(series) if snapshot.hides_identity else series
