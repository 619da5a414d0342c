"""What was opened: studies, their series best first, reasons, warnings, what was skipped."""

from functools import partial
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent, QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from pe_models.imaging.study import Series, SkippedFile, Study
from pe_viewer.display.orientation import reading_orientation
from pe_viewer.display.slice_image import render
from pe_viewer.display.texts import (
    WARNING_TEXTS,
    count_text,
    date_text,
    person_name,
)
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.qimages import grey_image
from pe_viewer.views.style import label, plain_tip, set_kind

_THUMBNAIL_PX: Final = 48
_MOST_NAMED: Final = 20


class StudyBrowser(QWidget):
    """Lists what the last scan found; asks for a series."""

    series_requested = Signal(str)

    def __init__(self, state: ReviewState) -> None:
        super().__init__()
        self.setObjectName("study_browser")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._rows: dict[str, _SeriesRow] = {}
        self._skipped = label("", "small")
        self._skipped.setWordWrap(True)
        self._list = QVBoxLayout()
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(4)
        holder = QWidget()
        outer = QVBoxLayout(holder)
        outer.setContentsMargins(12, 12, 8, 12)
        outer.addLayout(self._list)
        outer.addWidget(self._skipped)
        outer.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(holder)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scroll)
        state.changed.connect(self._on_changed)
        self._show_studies(state.snapshot)

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        if old.studies is not new.studies or old.skipped is not new.skipped:
            self._show_studies(new)
        elif old.series is not new.series:
            self._mark_current(new)
        if old.volume is not new.volume:
            self._show_thumbnail(new)

    def _show_studies(self, snapshot: ReviewSnapshot) -> None:
        self._rows.clear()
        while (item := self._list.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        for study in snapshot.studies:
            self._list.addWidget(_heading(study))
            for series in study.series:
                row = _SeriesRow(series)
                row.chosen.connect(partial(self.series_requested.emit, series.key))
                self._rows[series.key] = row
                self._list.addWidget(row)
        self._show_skipped(snapshot.skipped)
        self._mark_current(snapshot)
        self._show_thumbnail(snapshot)

    def _show_skipped(self, skipped: tuple[SkippedFile, ...]) -> None:
        self._skipped.setVisible(bool(skipped))
        self._skipped.setText(count_text(len(skipped), "file", "files") + " skipped")
        named = [f"{file.path.name}: {file.reason}" for file in skipped[:_MOST_NAMED]]
        if len(skipped) > _MOST_NAMED:
            named.append(f"and {len(skipped) - _MOST_NAMED} more")
        self._skipped.setToolTip(plain_tip("\n".join(named)))

    def _mark_current(self, snapshot: ReviewSnapshot) -> None:
        current = None if snapshot.series is None else snapshot.series.key
        for key, row in self._rows.items():
            set_kind(row, "row-current" if key == current else "row")

    def _show_thumbnail(self, snapshot: ReviewSnapshot) -> None:
        volume, series = snapshot.volume, snapshot.series
        if volume is None or series is None or series.key not in self._rows:
            return
        middle = volume.hu[volume.n_slices // 2]
        turned = reading_orientation(volume.geometry).turn(render(middle, snapshot.window))
        self._rows[series.key].show_thumbnail(QPixmap.fromImage(grey_image(turned)))


class _SeriesRow(QFrame):
    """One series: a picture of its middle, its words, and its warnings."""

    chosen = Signal()

    def __init__(self, series: Series) -> None:
        super().__init__()
        self.setProperty("kind", "row")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        reasons = (*series.reasons, *(warning.message for warning in series.warnings))
        self.setToolTip(plain_tip("\n".join(reasons)))
        self._picture = QLabel()
        self._picture.setFixedSize(_THUMBNAIL_PX, _THUMBNAIL_PX)
        words = QVBoxLayout()
        words.setSpacing(0)
        title = label(series.description or series.modality or "No description")
        title.setWordWrap(True)
        step_mm = series.geometry.spacing_mm[0]
        slices = count_text(series.n_slices, "slice", "slices")
        words.addWidget(title)
        words.addWidget(label(f"{slices}, {step_mm:.3g} mm", "small"))
        if series.is_ctpa_candidate:
            words.addWidget(label("CTPA candidate", "small"))
        codes = dict.fromkeys(warning.code for warning in series.warnings)
        if codes:
            warned = label("▲ " + ", ".join(WARNING_TEXTS[code] for code in codes), "bad-small")
            warned.setWordWrap(True)
            words.addWidget(warned)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 6, 6, 6)
        row.setSpacing(8)
        row.addWidget(self._picture, alignment=Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, stretch=1)
        self.setAccessibleName(f"Series {title.text()}, {slices}")

    def show_thumbnail(self, picture: QPixmap) -> None:
        self._picture.setPixmap(
            picture.scaled(
                _THUMBNAIL_PX,
                _THUMBNAIL_PX,
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
        )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.chosen.emit()


def _heading(study: Study) -> QWidget:
    heading = QWidget()
    column = QVBoxLayout(heading)
    column.setContentsMargins(6, 0, 0, 4)
    column.setSpacing(0)
    for words, kind in (
        (person_name(study.patient.name) or "No name", "strong"),
        ("  ".join(part for part in (date_text(study.date), study.description) if part), "small"),
    ):
        line = label(words, kind)
        line.setWordWrap(True)
        column.addWidget(line)
    return heading
