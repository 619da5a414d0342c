"""The studies of the library as a table: one a row, with a small picture."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QPixmap

from pe_viewer.display.palette import PALETTE
from pe_viewer.display.texts import count_text, date_text
from pe_viewer.library.entry import BadgeKind, LibraryEntry, ReadingStage
from pe_viewer.state import QueuedStudy, ReviewSnapshot
from pe_viewer.views.library.library_order import Column
from pe_viewer.views.library.library_text import (
    STAGE_TEXTS,
    activity_of,
    badge_text,
    opened_text,
    patient_text,
    queue_text,
)
from pe_viewer.views.qimages import grey_image
from pe_viewer.views.style import plain_tip

PICTURE_PX: Final = 40
_DENSITY: Final = 2
"""Pixels of the picture to one of the list, for screens of double density."""

AnyIndex = QModelIndex | QPersistentModelIndex
_TOP: Final = QModelIndex()


class LibraryTable(QAbstractTableModel):
    """Draws LibraryEntry, in the order in which they are given."""

    _HEADINGS: Final = ("Patient", "Date", "Study", "Model", "Reading", "Opened")

    def __init__(self) -> None:
        super().__init__()
        self._entries: tuple[LibraryEntry, ...] = ()
        self._queue: tuple[QueuedStudy, ...] = ()
        self._hides_identity = False
        self._pictures: dict[str, tuple[NDArray[np.uint8], QPixmap]] = {}

    @property
    def entries(self) -> tuple[LibraryEntry, ...]:
        return self._entries

    def show_entries(self, entries: Sequence[LibraryEntry], snapshot: ReviewSnapshot) -> None:
        """Draws ``entries``; rows keep their places where the same studies stay in the list."""
        same = [e.study_key for e in entries] == [e.study_key for e in self._entries]
        if not same:
            self.beginResetModel()
        self._entries, self._queue = tuple(entries), snapshot.queue
        self._hides_identity = snapshot.hides_identity
        self._take_pictures(snapshot.library_pictures)
        if not same:
            self.endResetModel()
        elif self._entries:
            last = self.index(len(self._entries) - 1, len(self._HEADINGS) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def rowCount(self, parent: AnyIndex = _TOP) -> int:
        return 0 if parent.isValid() else len(self._entries)

    def columnCount(self, parent: AnyIndex = _TOP) -> int:
        return 0 if parent.isValid() else len(self._HEADINGS)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        entry = self._entries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._words(entry, index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(self._tip(entry, index.column())) or None
        if role == Qt.ItemDataRole.DecorationRole and index.column() == Column.PATIENT:
            return self._pictures.get(entry.study_key, (None, None))[1]
        if role == Qt.ItemDataRole.ForegroundRole:
            return _colour(entry, index.column())
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> str | None:
        is_shown = orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole
        return self._HEADINGS[section] if is_shown else None

    def _words(self, entry: LibraryEntry, column: int) -> str:
        hides = self._hides_identity
        if column == Column.PATIENT:
            name = patient_text(entry, hides_identity=hides)
            return name if hides or not entry.patient_id else f"{name}\nID {entry.patient_id}"
        if column == Column.DATE:
            return "" if hides else date_text(entry.date)
        if column == Column.STUDY:
            series = count_text(entry.n_series, "series", "series")
            return "\n".join(part for part in (entry.description, series) if part)
        if column == Column.MODEL:
            waiting = queue_text(activity_of(self._queue, entry.study_key))
            return waiting or badge_text(entry.badge)
        return STAGE_TEXTS[entry.stage] if column == Column.READING else opened_text(entry)

    def _tip(self, entry: LibraryEntry, column: int) -> str:
        """The words of a cell, which may be cut; of a study also where its files lie."""
        words = self._words(entry, column)
        if column != Column.STUDY or self._hides_identity:
            return words
        return "\n".join((words, *map(str, entry.paths)))

    def _take_pictures(self, pictures: Mapping[str, NDArray[np.uint8]]) -> None:
        for study_key, grey in pictures.items():
            if self._pictures.get(study_key, (None, None))[0] is not grey:
                image = grey_image(grey).scaled(
                    _DENSITY * PICTURE_PX,
                    _DENSITY * PICTURE_PX,
                    Qt.AspectRatioMode.KeepAspectRatio,
                    Qt.TransformationMode.SmoothTransformation,
                )
                image.setDevicePixelRatio(_DENSITY)
                self._pictures[study_key] = grey, QPixmap.fromImage(image)
        for study_key in self._pictures.keys() - pictures.keys():
            del self._pictures[study_key]


def _colour(entry: LibraryEntry, column: int) -> QColor | None:
    """What the model says is amber, what the reader did is cyan; the rest steps back."""
    is_flagged = entry.badge is not None and entry.badge.kind is BadgeKind.FLAGGED
    if column == Column.MODEL and is_flagged:
        return QColor(PALETTE.model)
    if column == Column.READING and entry.stage is not ReadingStage.OPENED:
        return QColor(PALETTE.reader)
    return (
        QColor(PALETTE.dim_text)
        if column in (Column.MODEL, Column.READING, Column.OPENED)
        else None
    )
